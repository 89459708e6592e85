//! Row groups: gathered until they are full, then encoded a few columns at a time, on all threads.
//!
//! Encoders of thousands of columns at once would take more memory than their values. So the values wait here as they
//! came, and columns are encoded while those before them are written.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, Field, Fields, Schema};
use arrow_select::concat::concat;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::ColumnDescPtr;

use super::column_orders::ColumnOrders;
use super::float_chunks::{Chunk, PageIndex, PageMaker, memory_of};
use super::in_order::in_order;
use super::pages::PAGE_ROWS;
use crate::float::Float;
use crate::profile::Profile;

/// Of how many columns there are encoders at once, and how many are being encoded or wait to be written.
const COLUMNS_AT_ONCE: usize = 32;

/// A row group of fewer bytes than this is encoded on one thread: waking others takes longer.
const PARALLEL_BYTES: usize = 1 << 20;

/// Pieces of a row group are put together when there are so many: arrays of a few values take more room than those.
const PIECES_AT_ONCE: usize = 64;

/// Writes row groups of so many rows, the last one of what is left.
pub(super) struct RowGroups<W: Write + Send> {
    file: SerializedFileWriter<ColumnOrders<W>>,
    blocks: Vec<Block>,
    max_rows: usize,
    /// What the next row group has so far: the columns of each piece.
    pieces: Vec<Vec<ArrayRef>>,
    /// How many of the pieces are put together already.
    merged: usize,
    rows: usize,
    makers: PageMakers,
}

/// Columns whose encoders are made together.
struct Block {
    columns: Vec<Column>,
    /// For those of its columns that are no floats.
    encoders: ArrowRowGroupWriterFactory,
}

/// A column, and what was seen of it.
struct Column {
    /// Its position in the file.
    position: usize,
    field: Arc<Field>,
    descriptor: ColumnDescPtr,
    seen: Seen,
}

/// What was seen of a column so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// The bits of the first NaN in a column of floats.
    pub(super) missing: Option<u64>,
    pub(super) has_nulls: bool,
}

/// A column chunk, ready to be written.
enum Encoded {
    Floats(Chunk),
    Other(ArrowColumnChunk),
}

thread_local! {
    static KEPT: RefCell<Option<PageMaker>> = const { RefCell::new(None) };
}

/// Page makers that no thread uses at the moment.
struct PageMakers {
    profile: Profile,
    page_index: PageIndex,
    idle: Mutex<Vec<PageMaker>>,
    /// The memory of chunks that are written.
    memory: Mutex<Vec<Vec<u8>>>,
}

impl<W: Write + Send> RowGroups<W> {
    pub(super) fn new(
        out: W,
        schema: &Schema,
        properties: &WriterPropertiesPtr,
        profile: Profile,
        max_rows: usize,
    ) -> Result<Self> {
        let out = ColumnOrders::new(out, schema.fields().len());
        let file = file_of(out, schema, properties)?;
        let columns: Vec<Column> = schema
            .fields()
            .iter()
            .zip(file.schema_descr().columns())
            .enumerate()
            .map(|(position, (field, descriptor))| Column {
                position,
                field: Arc::clone(field),
                descriptor: Arc::clone(descriptor),
                seen: Seen::default(),
            })
            .collect();
        let mut blocks = Vec::new();
        let mut columns = columns.into_iter().peekable();
        while columns.peek().is_some() {
            blocks.push(Block::new(columns.by_ref().take(COLUMNS_AT_ONCE).collect(), properties)?);
        }
        let makers = PageMakers {
            profile,
            page_index: PageIndex::OfSeveral,
            idle: Mutex::default(),
            memory: Mutex::default(),
        };
        Ok(Self { file, blocks, max_rows, pieces: Vec::new(), merged: 0, rows: 0, makers })
    }

    /// Takes the next rows of all columns, and writes the row groups that are full.
    pub(super) fn push(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let count = columns.first().map_or(0, Array::len);
        let mut start = 0;
        while start < count {
            let rows = (self.max_rows - self.rows).min(count - start);
            self.pieces.push(columns.iter().map(|column| column.slice(start, rows)).collect());
            self.rows += rows;
            start += rows;
            if self.rows == self.max_rows {
                self.flush()?;
            } else if self.pieces.len() - self.merged == PIECES_AT_ONCE {
                let small = self.pieces.split_off(self.merged);
                let merged = (0..columns.len()).map(|column| {
                    let arrays: Vec<&dyn Array> = small.iter().map(|piece| piece[column].as_ref()).collect();
                    concat(&arrays).map_err(ParquetError::from)
                });
                self.pieces.push(merged.collect::<Result<_>>()?);
                self.merged += 1;
            }
        }
        Ok(())
    }

    pub(super) fn add_entry(&mut self, key: &str, value: String) {
        self.file.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }

    /// Writes the footer, and gives the writer back.
    pub(super) fn finish(mut self) -> Result<W> {
        self.flush()?;
        Ok(self.file.into_inner()?.finish()?)
    }

    /// What was seen of each column in the row groups that are written.
    pub(super) fn seen(&self) -> impl Iterator<Item = Seen> {
        self.blocks.iter().flat_map(|block| block.columns.iter().map(|column| column.seen))
    }

    /// Writes what there is as a row group.
    pub(super) fn flush(&mut self) -> Result<()> {
        let pieces = std::mem::take(&mut self.pieces);
        let rows = std::mem::take(&mut self.rows);
        self.merged = 0;
        if rows == 0 {
            return Ok(());
        }
        let number = self.file.flushed_row_groups().len();
        let mut group = self.file.next_row_group()?;
        if number > 0 && self.max_rows > PAGE_ROWS {
            // Row groups before this one have several pages.
            self.makers.page_index = PageIndex::OfAll;
        }
        let makers = &self.makers;
        let columns: usize = self.blocks.iter().map(|block| block.columns.len()).sum();
        let encode = |(column, encoder): (&mut Column, Result<Option<ArrowColumnWriter>>)| {
            column.encode(&pieces, encoder?, makers)
        };
        let write = |chunk: Result<Encoded>| chunk?.append_to(&mut group, makers);
        let work = self.blocks.iter_mut().flat_map(|block| block.work(number));
        if rows * columns * size_of::<f64>() < PARALLEL_BYTES {
            work.map(encode).try_for_each(write)?;
        } else {
            in_order(work, COLUMNS_AT_ONCE, encode, write)?;
        }
        group.close()?;
        Ok(())
    }
}

impl Block {
    /// Encoders are made for all columns of a file, so those that are no floats are given a file that goes nowhere.
    fn new(columns: Vec<Column>, properties: &WriterPropertiesPtr) -> Result<Self> {
        let others = columns.iter().filter(|column| !column.is_float());
        let schema =
            Arc::new(Schema::new(others.map(|column| Arc::clone(&column.field)).collect::<Fields>()));
        let file = file_of(io::sink(), &schema, properties)?;
        Ok(Self { columns, encoders: ArrowRowGroupWriterFactory::new(&file, schema) })
    }

    /// The columns, with encoders of a row group for those that are no floats.
    fn work(
        &mut self,
        row_group: usize,
    ) -> impl Iterator<Item = (&mut Column, Result<Option<ArrowColumnWriter>>)> {
        let (mut encoders, mut failure) = match self.encoders.create_column_writers(row_group) {
            Ok(encoders) => (encoders.into_iter(), None),
            Err(error) => (Vec::new().into_iter(), Some(error)),
        };
        self.columns.iter_mut().map(move |column| {
            let encoder = if column.is_float() { None } else { encoders.next() };
            (column, failure.take().map_or(Ok(encoder), Err))
        })
    }
}

impl Column {
    fn is_float(&self) -> bool {
        matches!(self.field.data_type(), DataType::Float32 | DataType::Float64)
    }

    fn encode(
        &mut self,
        pieces: &[Vec<ArrayRef>],
        encoder: Option<ArrowColumnWriter>,
        makers: &PageMakers,
    ) -> Result<Encoded> {
        let arrays = pieces.iter().map(|piece| &piece[self.position]);
        if let Some(mut encoder) = encoder {
            // In one piece, so that pages are the same however the values come.
            let values = match arrays.collect::<Vec<_>>().as_slice() {
                [whole] => Arc::clone(whole),
                pieces => concat(&pieces.iter().map(AsRef::as_ref).collect::<Vec<_>>())?,
            };
            self.seen.has_nulls |= values.null_count() > 0;
            for leaf in compute_leaves(&self.field, &values)? {
                encoder.write(&leaf)?;
            }
            let mut chunk = encoder.close()?;
            let close = chunk.close_mut();
            let is_one_page = |index: &OffsetIndexMetaData| index.page_locations().len() == 1;
            if makers.page_index == PageIndex::OfSeveral
                && close.offset_index.as_ref().is_some_and(is_one_page)
            {
                (close.column_index, close.offset_index) = (None, None);
            }
            return Ok(Encoded::Other(chunk));
        }
        let chunk = match self.field.data_type() {
            DataType::Float32 => self.encode_floats(&floats::<Float32Type>(arrays), makers)?,
            _ => self.encode_floats(&floats::<Float64Type>(arrays), makers)?,
        };
        self.seen.has_nulls |= chunk.nulls > 0;
        Ok(Encoded::Floats(chunk))
    }

    fn encode_floats<F: Float>(&mut self, pieces: &[&[F]], makers: &PageMakers) -> Result<Chunk> {
        let (missing, column) = (&mut self.seen.missing, &self.descriptor);
        let memory = makers.memory().pop().unwrap_or_default();
        makers.with(|maker| maker.chunk(memory, pieces, missing, column, makers.page_index))
    }
}

fn floats<'a, T: ArrowPrimitiveType>(arrays: impl Iterator<Item = &'a ArrayRef>) -> Vec<&'a [T::Native]> {
    arrays.map(|array| array.as_primitive::<T>().values().as_ref()).collect()
}

impl Encoded {
    fn append_to<W: Write + Send>(
        self,
        group: &mut SerializedRowGroupWriter<'_, W>,
        makers: &PageMakers,
    ) -> Result<()> {
        match self {
            Self::Floats(chunk) => {
                group.append_column(&chunk.bytes, chunk.close)?;
                makers.memory().push(memory_of(chunk.bytes));
                Ok(())
            }
            Self::Other(chunk) => chunk.append_to_row_group(group),
        }
    }
}

impl PageMakers {
    fn memory(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, make: impl FnOnce(&mut PageMaker) -> Result<T>) -> Result<T> {
        // Making a context of zstd takes as long as packing a column of a short table, so each thread keeps one, of a few
        // hundred KB. Those of high levels take a hundred times as much, and are given back with the file.
        if self.profile == Profile::Fast {
            return KEPT.with_borrow_mut(|kept| match kept {
                Some(maker) => make(maker),
                None => make(kept.insert(PageMaker::new(self.profile)?)),
            });
        }
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut maker = taken.map_or_else(|| PageMaker::new(self.profile), Ok)?;
        let chunk = make(&mut maker)?;
        idle().push(maker);
        Ok(chunk)
    }
}

fn file_of<W: Write + Send>(
    out: W,
    schema: &Schema,
    properties: &WriterPropertiesPtr,
) -> Result<SerializedFileWriter<W>> {
    let schema = ArrowSchemaConverter::new().convert(schema)?;
    SerializedFileWriter::new(out, schema.root_schema_ptr(), Arc::clone(properties))
}

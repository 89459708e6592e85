//! Row groups: gathered until they are full, then encoded a few columns at a time.
//!
//! `ArrowWriter` has an encoder for every column at once. Each has buffers and zstd contexts, which for thousands of
//! columns are more than the values. So the values wait here as they came, and the encoders take turns.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Fields, Schema};
use arrow_select::concat::concat_batches;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::SerializedFileWriter;

/// How many columns have an encoder at once.
const COLUMNS_AT_ONCE: usize = 128;

/// Pieces of a row group are put together when there are so many: arrays of a few values take more room than those.
const PIECES_AT_ONCE: usize = 64;

/// Writes row groups of so many rows, the last one of what is left.
pub(super) struct RowGroups<W: Write + Send> {
    file: SerializedFileWriter<W>,
    schema: Arc<Schema>,
    blocks: Vec<Block>,
    max_rows: usize,
    /// What the next row group has so far.
    pieces: Vec<RecordBatch>,
    /// How many of the pieces are put together already.
    merged: usize,
    rows: usize,
}

/// Columns that are encoded together.
struct Block {
    fields: Fields,
    encoders: ArrowRowGroupWriterFactory,
}

impl<W: Write + Send> RowGroups<W> {
    pub(super) fn new(
        out: W,
        schema: Arc<Schema>,
        properties: &WriterPropertiesPtr,
        max_rows: usize,
    ) -> Result<Self> {
        let file = file_of(out, &schema, properties)?;
        let blocks =
            schema.fields().chunks(COLUMNS_AT_ONCE).map(|fields| Block::new(fields.into(), properties));
        let blocks = blocks.collect::<Result<_>>()?;
        Ok(Self { file, schema, blocks, max_rows, pieces: Vec::new(), merged: 0, rows: 0 })
    }

    /// Takes the next rows, and writes the row groups that are full.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut start = 0;
        while start < batch.num_rows() {
            let rows = (self.max_rows - self.rows).min(batch.num_rows() - start);
            self.pieces.push(batch.slice(start, rows));
            self.rows += rows;
            start += rows;
            if self.rows == self.max_rows {
                self.flush()?;
            } else if self.pieces.len() - self.merged == PIECES_AT_ONCE {
                let small = self.pieces.split_off(self.merged);
                self.pieces.push(concat_batches(&self.schema, &small)?);
                self.merged += 1;
            }
        }
        Ok(())
    }

    pub(super) fn add_entry(&mut self, key: &str, value: String) {
        self.file.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }

    /// Writes what is left and the footer, and gives the writer back.
    pub(super) fn finish(mut self) -> Result<W> {
        self.flush()?;
        self.file.into_inner()
    }

    fn flush(&mut self) -> Result<()> {
        let pieces = std::mem::take(&mut self.pieces);
        (self.merged, self.rows) = (0, 0);
        if pieces.is_empty() {
            return Ok(());
        }
        let number = self.file.flushed_row_groups().len();
        let mut group = self.file.next_row_group()?;
        let mut column = 0;
        for Block { fields, encoders } in &self.blocks {
            for (field, mut encoder) in fields.iter().zip(encoders.create_column_writers(number)?) {
                for piece in &pieces {
                    for leaf in compute_leaves(field, piece.column(column))? {
                        encoder.write(&leaf)?;
                    }
                }
                encoder.close()?.append_to_row_group(&mut group)?;
                column += 1;
            }
        }
        group.close()?;
        Ok(())
    }
}

impl Block {
    /// Encoders are made for all columns of a file, so the columns of a block are given a file that goes nowhere.
    fn new(fields: Fields, properties: &WriterPropertiesPtr) -> Result<Self> {
        let schema = Arc::new(Schema::new(fields.clone()));
        let file = file_of(io::sink(), &schema, properties)?;
        Ok(Self { fields, encoders: ArrowRowGroupWriterFactory::new(&file, schema) })
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

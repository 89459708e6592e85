//! Columns of values out of rows of bytes.

mod columns;

use std::ops::Range;

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use column_memory::OutOfMemory;
use rayon::prelude::*;

use crate::text::TextCodec;
use crate::{Hdf5Error, Hdf5ErrorKind};
use columns::Columns;
use hdf5_file::read::{Dataset, Element, Number, NumberKind};

/// What one value is in a file, and how it is read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Number(Number),
    Text { size: usize, codec: TextCodec },
}

/// A value in each row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    /// Bytes before it in a row.
    pub(crate) offset: usize,
    pub(crate) item: Item,
}

impl Item {
    /// The item that an element is, unless it is one that no table holds.
    pub(crate) fn of(element: &Element, codec: &TextCodec) -> Option<Self> {
        match element {
            Element::Number(number) => Some(Self::Number(*number)),
            Element::Text(size) => Some(Self::Text { size: *size, codec: codec.clone() }),
            _ => None,
        }
    }

    /// Bytes of one value.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Number(number) => number.kind.size(),
            Self::Text { size, .. } => *size,
        }
    }

    /// The type of an array of such values.
    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Text { .. } => DataType::Utf8,
            Self::Number(number) => match number.kind {
                NumberKind::F32 => DataType::Float32,
                NumberKind::F64 => DataType::Float64,
                NumberKind::I8 => DataType::Int8,
                NumberKind::I16 => DataType::Int16,
                NumberKind::I32 => DataType::Int32,
                NumberKind::I64 => DataType::Int64,
                NumberKind::U8 => DataType::UInt8,
                NumberKind::U16 => DataType::UInt16,
                NumberKind::U32 => DataType::UInt32,
                NumberKind::U64 => DataType::UInt64,
                NumberKind::Bool => DataType::Boolean,
            },
        }
    }
}

/// Below this many bytes of rows threads cost more than they bring.
const PARALLEL_BYTES: u64 = 4 << 20;

/// So many pieces for each thread, as some are decoded sooner than others.
const PIECES_PER_THREAD: usize = 4;

/// Reads the values at these places of some rows, which the slots do not leave. Large ones are read by several
/// threads.
pub(crate) fn read<'a>(
    dataset: &Dataset,
    rows: Range<u64>,
    slots: impl IntoIterator<Item = &'a Slot>,
) -> Result<Vec<ArrayRef>, Hdf5Error> {
    let failed = |error: FillError| error.within(dataset, rows.start);
    let held = dataset.check(&rows)?;
    let mut columns = Columns::new(slots, dataset.row_bytes());
    let count = usize::try_from(rows.end - rows.start).unwrap_or(usize::MAX);
    // What a file only declares is not given memory at once.
    if held < count || !columns.are_numbers() {
        dataset.visit::<Hdf5Error>(rows.clone(), &mut |slab| columns.extend(slab).map_err(failed))?;
        return Ok(columns.finish());
    }
    columns.take_rows(count).map_err(failed)?;
    let bytes = (rows.end - rows.start).saturating_mul(dataset.row_bytes() as u64);
    let threads = if bytes < PARALLEL_BYTES { 1 } else { rayon::current_num_threads() };
    if threads == 1 {
        let mut part = columns.part();
        dataset.visit::<Hdf5Error>(rows, &mut |slab| {
            part.put(slab);
            Ok(())
        })?;
    } else {
        let pieces = dataset.split(&rows, threads * PIECES_PER_THREAD);
        let parts = columns
            .parts(pieces.iter().map(|piece| usize::try_from(piece.end - piece.start).unwrap_or(usize::MAX)));
        parts.into_par_iter().zip(pieces).try_for_each(|(mut part, piece)| {
            dataset.visit::<Hdf5Error>(piece, &mut |slab| {
                part.put(slab);
                Ok(())
            })
        })?;
    }
    Ok(columns.finish())
}

/// The values at a place of rows that are here.
pub(crate) fn take(rows: &[u8], row_bytes: usize, slot: &Slot) -> Result<ArrayRef, FillError> {
    let mut columns = Columns::new([slot], row_bytes);
    columns.extend(rows)?;
    Ok(columns.finish().remove(0))
}

/// Why values could not be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FillError {
    OutOfMemory,
    /// A text is not of its encoding.
    Text {
        column: usize,
        row: u64,
        encoding: &'static str,
    },
    /// A column of texts is larger than an array of them can be.
    TooMuchText {
        column: usize,
    },
}

impl From<OutOfMemory> for FillError {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

impl FillError {
    /// The error that it makes of values of a dataset, of which this row was the first one wanted.
    pub(crate) fn within(self, dataset: &Dataset, first_row: u64) -> Hdf5Error {
        let (path, object) = (dataset.file().path().to_owned(), dataset.name().to_owned());
        match self {
            Self::OutOfMemory => Hdf5ErrorKind::OutOfMemory { path, object },
            Self::Text { row, encoding, .. } => {
                Hdf5ErrorKind::Text { path, object, row: first_row.saturating_add(row), encoding }
            }
            Self::TooMuchText { .. } => {
                let what = "more than 2 GiB of text in one column of what is read at once".to_owned();
                Hdf5ErrorKind::Unsupported { path, object, what }
            }
        }
        .into()
    }
}

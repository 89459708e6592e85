//! Positions in time: a dataset for each point, filled row by row.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, downcast_integer_array};
use hdf5_file::FileWriter;
use pose_frame::{PoseFrame, PoseTable, Selection, default_batch_frames};
use rayon::prelude::*;

use super::NwbWriteError;
use super::beside::Beside;
use super::poses::Context;
use super::times::{FrameTimes, Times};
use crate::plan::{Float, Point};
use crate::timing::Clock;

/// Where the values of a point are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series {
    /// The positions.
    pub(super) data: u64,
    /// The likelihoods, or as many NaN of `f32`.
    pub(super) confidence: u64,
}

/// What was written.
pub(super) struct Written {
    /// Of each point of each individual.
    pub(super) places: Vec<Vec<Series>>,
    pub(super) times: Times,
}

/// Below this many bytes of a batch threads cost more than they bring.
const PARALLEL_BYTES: usize = 1 << 20;

/// Rows that are written at once: of two float64 a mebibyte. The kernel lets one thread at a time write to a file, and takes long
/// pieces in larger pages.
const PIECE_ROWS: usize = 64 << 10;

/// Writes the values of all points, and the moments of the frames.
pub(super) fn write(
    context: &Context<'_>,
    clock: &Clock<'_>,
    beside: &mut Beside,
    writer: &mut FileWriter,
) -> Result<Written, NwbWriteError> {
    let rows = context.table.num_frames() as u64;
    let mut times = FrameTimes::reserve(clock, rows, writer)?;
    let mut places = Vec::with_capacity(context.plan.bodies.len());
    for body in &context.plan.bodies {
        let mut series = Vec::with_capacity(body.points.len());
        for point in &body.points {
            let data = writer.reserve(rows.saturating_mul(row_bytes(point) as u64))?;
            let confidence = writer.reserve(rows.saturating_mul(confidence_of(point).size() as u64))?;
            series.push(Series { data, confidence });
        }
        places.push(series);
    }
    let points: Vec<(&Point, Series)> = context
        .plan
        .bodies
        .iter()
        .zip(&places)
        .flat_map(|(body, series)| body.points.iter().zip(series.iter().copied()))
        .collect();
    let schema = context.table.schema();
    let buffers = Buffers::default();
    let mut first = 0;
    for batch in context.table.batches(&Selection::all(), default_batch_frames(schema))? {
        let batch = batch?;
        let write = |&(point, place): &(&Point, Series)| {
            let mut buffer = buffers.take();
            put_point(writer, point, place, &batch, first, &mut buffer)?;
            buffers.give(buffer);
            Ok::<(), NwbWriteError>(())
        };
        if batch.num_frames().saturating_mul(schema.row_bytes()) > PARALLEL_BYTES {
            points.par_iter().try_for_each(write)?;
        } else {
            points.iter().try_for_each(write)?;
        }
        times.write(writer, batch.index())?;
        beside.write(writer, &batch)?;
        first += batch.num_frames() as u64;
    }
    Ok(Written { places, times: times.into_times() })
}

/// Memory that rows are put together in. It is kept: to have a mebibyte cleared each time takes as long as to fill it.
#[derive(Default)]
struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

/// What the confidence of a point is stored as.
pub(super) fn confidence_of(point: &Point) -> Float {
    point.confidence.map_or(Float::F32, |(_, element)| element)
}

fn row_bytes(point: &Point) -> usize {
    point.axes.len() * point.element.size()
}

fn put_point(
    writer: &FileWriter,
    point: &Point,
    place: Series,
    batch: &PoseFrame,
    first: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), NwbWriteError> {
    let axes: Vec<Numbers<'_>> = point.axes.iter().map(|&axis| Numbers::of(&batch.columns()[axis])).collect();
    put(writer, place.data, point.element, &axes, batch.num_frames(), first, buffer)?;
    let element = confidence_of(point);
    let confidence = match point.confidence {
        Some((column, _)) => Numbers::of(&batch.columns()[column]),
        None => Numbers::Missing,
    };
    put(writer, place.confidence, element, &[confidence], batch.num_frames(), first, buffer)
}

/// Writes rows of one or several numbers each.
fn put(
    writer: &FileWriter,
    address: u64,
    element: Float,
    axes: &[Numbers<'_>],
    rows: usize,
    first: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), NwbWriteError> {
    let row_bytes = axes.len() * element.size();
    let mut start = 0;
    while start < rows {
        let end = rows.min(start + PIECE_ROWS);
        let at = address + (first + start as u64) * row_bytes as u64;
        if let Some(bytes) = as_stored(element, axes, start..end) {
            writer.write_at(at, bytes)?;
        } else {
            buffer.resize((end - start) * row_bytes, 0);
            fill(buffer, element, axes, start..end);
            writer.write_at(at, buffer)?;
        }
        start = end;
    }
    Ok(())
}

/// The bytes of some rows, where a column has them as they are stored.
fn as_stored<'a>(element: Float, axes: &'a [Numbers<'_>], rows: Range<usize>) -> Option<&'a [u8]> {
    match (element, axes) {
        _ if cfg!(target_endian = "big") => None,
        (Float::F64, [Numbers::F64(values)]) => Some(bytemuck::cast_slice(&values[rows])),
        (Float::F32, [Numbers::F32(values)]) => Some(bytemuck::cast_slice(&values[rows])),
        _ => None,
    }
}

/// Puts the numbers of some rows one after the other.
fn fill(buffer: &mut [u8], element: Float, axes: &[Numbers<'_>], rows: Range<usize>) {
    // What nearly all tables are: two numbers of 64 bits in each row, which the processor takes several of at once.
    if let (Float::F64, [Numbers::F64(x), Numbers::F64(y)]) = (element, axes) {
        for ((row, x), y) in buffer.chunks_exact_mut(16).zip(&x[rows.clone()]).zip(&y[rows]) {
            row[..8].copy_from_slice(&x.to_le_bytes());
            row[8..].copy_from_slice(&y.to_le_bytes());
        }
        return;
    }
    let row_bytes = axes.len() * element.size();
    for (axis, numbers) in axes.iter().enumerate() {
        match element {
            Float::F32 => scatter(buffer, row_bytes, 4 * axis, numbers.f32s(rows.clone())),
            Float::F64 => scatter(buffer, row_bytes, 8 * axis, numbers.f64s(rows.clone())),
        }
    }
}

/// Puts a number into each row.
fn scatter<const N: usize>(
    rows: &mut [u8],
    row_bytes: usize,
    offset: usize,
    numbers: impl Iterator<Item = [u8; N]>,
) {
    for (row, number) in rows.chunks_exact_mut(row_bytes).zip(numbers) {
        row[offset..offset + N].copy_from_slice(&number);
    }
}

/// The values of a column as floats.
pub(super) enum Numbers<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    /// What were integers.
    Converted(Vec<f64>),
    /// There is no column.
    Missing,
}

impl<'a> Numbers<'a> {
    pub(super) fn of(array: &'a ArrayRef) -> Self {
        match array.data_type() {
            arrow_schema::DataType::Float32 => Self::F32(array.as_primitive::<Float32Type>().values()),
            arrow_schema::DataType::Float64 => Self::F64(array.as_primitive::<Float64Type>().values()),
            _ => Self::Converted(integers_as_floats(array)),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "only where all columns are of f32, or none is there")]
    fn f32s(&self, rows: Range<usize>) -> impl Iterator<Item = [u8; 4]> {
        rows.map(|row| match self {
            Self::F32(values) => values[row].to_le_bytes(),
            Self::F64(values) => (values[row] as f32).to_le_bytes(),
            Self::Converted(values) => (values[row] as f32).to_le_bytes(),
            Self::Missing => f32::NAN.to_le_bytes(),
        })
    }

    fn f64s(&self, rows: Range<usize>) -> impl Iterator<Item = [u8; 8]> {
        rows.map(|row| self.f64(row).to_le_bytes())
    }

    /// The value of a row.
    pub(super) fn f64(&self, row: usize) -> f64 {
        match self {
            Self::F32(values) => f64::from(values[row]),
            Self::F64(values) => values[row],
            Self::Converted(values) => values[row],
            Self::Missing => f64::NAN,
        }
    }
}

/// For other readers: what the bits of the column do not fit into is kept beside.
#[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "the column itself is kept beside")]
fn integers_as_floats(array: &ArrayRef) -> Vec<f64> {
    let array = array.as_ref();
    downcast_integer_array!(
        array => array.iter().map(|value| value.map_or(f64::NAN, |value| value as f64)).collect(),
        _ => vec![f64::NAN; array.len()]
    )
}

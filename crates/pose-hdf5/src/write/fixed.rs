//! `format="fixed"`: a block of values per type of column, and the labels beside it.

mod columns;
mod rows;

use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use hdf5_file::{Dataset, Datatype, FileWriter, Group, Storage as FileStorage};
use pose_frame::{PoseTable, Selection};

use super::labels::{datatype, numpy_type};
use super::objects::ObjectArray;
use super::pytables::NodeAttributes;
use super::rows::{Labels, RowLayout, Source, size_of};
use super::stream::{RowStream, chunk_rows};
use super::{Hdf5WriteError, WriteOptions, blocks, frames_at_once};
use crate::compression::Compression;
use rows::Rows;

/// Writes a table and gives the group that holds it.
pub(super) fn write(
    table: &dyn PoseTable,
    writer: &mut FileWriter,
    options: &WriteOptions,
) -> Result<Group, Hdf5WriteError> {
    let schema = table.schema();
    let blocks = blocks(table);
    let mut group = Group::default();
    let mut node = NodeAttributes::group()
        .text("pandas_type", "frame")
        .text("pandas_version", super::PANDAS_VERSION)
        .text("encoding", "UTF-8")
        .text("errors", "strict")
        .integer("ndim", 2)
        .integer("nblocks", blocks.len() as u64);

    let all: Vec<usize> = (0..schema.columns().len()).collect();
    node = columns::write(writer, &mut group, node, "axis0", table, &all)?;
    let mut datasets = Vec::new();
    for (number, (_, columns)) in blocks.iter().enumerate() {
        node = columns::write(writer, &mut group, node, &format!("block{number}_items"), table, columns)?;
        datasets.push(format!("block{number}_values"));
    }
    let mut rows = Rows::new(table)?;
    node = rows.variety(node);
    group.attributes = node.finish();
    group.attributes.push(options.entry(table)?);

    if table.num_frames() == 0 {
        for (name, (data_type, columns)) in datasets.iter().zip(&blocks) {
            let dtype =
                if *data_type == DataType::Utf8 { "object".to_owned() } else { numpy_type(data_type, None) };
            let shape = [i64::try_from(columns.len()).unwrap_or(i64::MAX), 0];
            group.insert(name, empty_array(writer, &dtype, &shape, NodeAttributes::default())?)?;
        }
        rows.write_empty(writer, &mut group)?;
        return Ok(group);
    }

    let num_rows = table.num_frames() as u64;
    let all_bytes = blocks.iter().map(|(data_type, columns)| size_of(data_type) * columns.len()).sum();
    // The axis does not grow, so that a chunk must not be longer.
    let piece_rows = chunk_rows(num_rows, all_bytes).min(table.num_frames());
    let mut values = Vec::new();
    for (data_type, columns) in &blocks {
        values.push(if *data_type == DataType::Utf8 {
            Values::Objects(columns[0], ObjectArray::new(table.num_frames()))
        } else {
            let mut layout = RowLayout::default();
            for &column in columns {
                layout.push(Source::Column(column), data_type, None);
            }
            Values::Numbers(match options.compression {
                Compression::None => RowStream::contiguous(writer, layout, num_rows)?,
                compression => {
                    let element = size_of(data_type);
                    RowStream::chunked(writer, layout, num_rows, piece_rows, element, compression, false)?
                }
            })
        });
    }
    rows.begin(writer, table)?;
    let frames = frames_at_once(table).div_ceil(piece_rows).max(1) * piece_rows;
    let mut first_row = 0;
    for frame in table.batches(&Selection::all(), frames)? {
        let frame = frame?;
        let labels = Labels::of(frame.index());
        for values in &mut values {
            match values {
                Values::Objects(column, objects) => {
                    objects.extend(frame.columns()[*column].as_string::<i32>());
                }
                Values::Numbers(stream) => {
                    let batch = stream.layout().batch(&frame, &labels, first_row)?;
                    stream.write(writer, &batch, frame.num_frames())?;
                }
            }
        }
        rows.write(writer, &frame, &labels, first_row)?;
        first_row += frame.num_frames();
    }
    for ((name, values), (data_type, columns)) in datasets.iter().zip(values).zip(&blocks) {
        let shape = [num_rows, columns.len() as u64];
        let dataset = match values {
            Values::Objects(_, objects) => objects_dataset(writer, &objects.finish())?,
            Values::Numbers(stream) => {
                let node = if options.compression == Compression::None {
                    NodeAttributes::array()
                } else {
                    NodeAttributes::chunked_array()
                };
                stream.finish(datatype(data_type, None), &shape).with_attributes(node.finish())
            }
        };
        group.insert(name, dataset)?;
    }
    rows.finish(&mut group)?;
    Ok(group)
}

enum Values {
    Numbers(RowStream),
    Objects(usize, ObjectArray),
}

/// An array without values, in whose place pandas has a single one.
fn empty_array(
    writer: &mut FileWriter,
    dtype: &str,
    shape: &[i64],
    more: NodeAttributes,
) -> Result<Dataset, Hdf5WriteError> {
    let storage = writer.contiguous(&0f64.to_le_bytes())?;
    let ones = vec![1; shape.len()];
    let mut attributes = NodeAttributes::empty_array(dtype, shape).finish();
    attributes.extend(more.finish());
    Ok(Dataset::new(Datatype::F64, &ones, storage).with_attributes(attributes))
}

/// A list of one pickled object.
fn objects_dataset(writer: &mut FileWriter, pickle: &[u8]) -> Result<Dataset, Hdf5WriteError> {
    let reference = writer.blob(pickle)?.to_bytes();
    let address = writer.reserve(reference.len() as u64)?;
    writer.write_at(address, &reference)?;
    let chunk = hdf5_file::Chunk::new(address, u32::try_from(reference.len()).unwrap_or(u32::MAX));
    let storage = FileStorage::Chunked { rows: 1, chunks: vec![chunk], filters: Vec::new(), growing: true };
    Ok(Dataset::new(Datatype::Blob, &[1], storage).with_attributes(NodeAttributes::objects().finish()))
}

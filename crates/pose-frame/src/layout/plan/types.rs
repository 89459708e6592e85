//! The types that the columns of a long table have.

use arrow_schema::DataType;

use super::{Holds, LongColumn, Place, labelled_by_frame, misfit};
use crate::layout::LayoutErrorKind;
use crate::{Column, PoseSchema, TableError};

/// The types of the columns.
pub(super) fn types(
    wide: &PoseSchema,
    columns: &[LongColumn],
    places: &[Place],
) -> Result<Vec<DataType>, TableError> {
    let fields = wide.index().fields();
    let mut types: Vec<Option<DataType>> = Vec::with_capacity(columns.len());
    for column in columns {
        types.push(match &column.holds {
            Holds::Frame if labelled_by_frame(wide.index()) => Some(fields[0].data_type.clone()),
            Holds::Frame => Some(DataType::Int64),
            Holds::Time => Some(DataType::Float64),
            Holds::RowLabel(level) => {
                let data_type = fields[*level].data_type.clone();
                if !Column::can_hold(&data_type) {
                    return Err(LayoutErrorKind::RowLabels { data_type }.into());
                }
                Some(data_type)
            }
            Holds::Level(level) => Some(level_type(wide, *level)?),
            Holds::Coord(_) => None,
        });
    }
    for (Column { key, data_type }, place) in wide.columns().iter().zip(places) {
        let found = types[place.column].get_or_insert_with(|| data_type.clone());
        if found != data_type {
            let Holds::Coord(coord) = &columns[place.column].holds else { continue };
            let (coord, first) = (coord.clone(), found.clone());
            let (key, other) = (key.clone(), data_type.clone());
            return Err(LayoutErrorKind::CoordTypes { coord, first, key, other }.into());
        }
    }
    let of_columns = types.into_iter().zip(columns);
    of_columns
        .map(|(data_type, column)| {
            data_type
                .ok_or_else(|| misfit(format!("no column of the table is of what {:?} holds", column.name)))
        })
        .collect()
}

/// The type of the labels in a level.
fn level_type(wide: &PoseSchema, level: usize) -> Result<DataType, TableError> {
    let is_text = |column: &Column| column.key.labels()[level].as_text().is_some();
    let first = wide.columns().first().is_some_and(is_text);
    match wide.columns().iter().find(|column| is_text(column) != first) {
        Some(odd) => Err(LayoutErrorKind::MixedLevel { level, key: odd.key.clone() }.into()),
        None => Ok(if first { DataType::Utf8 } else { DataType::Int64 }),
    }
}

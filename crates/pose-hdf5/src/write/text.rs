//! Texts, which in a table have a fixed number of bytes and no way to be missing.

use std::collections::HashSet;

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use pose_frame::{PoseTable, Selection};

use super::error::column_name;
use super::rows::{Labels, Source};
use super::{Hdf5WriteError, Hdf5WriteErrorKind, frames_at_once};

/// How a field of texts is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextField {
    size: usize,
    missing: String,
}

impl TextField {
    /// Texts of at most so many bytes, one of which stands for a missing one.
    pub(super) fn new(size: usize, missing: &str) -> Self {
        Self { size: size.max(1), missing: missing.to_owned() }
    }

    /// Bytes of the field.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// What stands for a missing text.
    pub(super) fn missing(&self) -> &str {
        &self.missing
    }
}

/// What is known of a field of texts before it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextStatistics {
    /// Bytes of the longest text.
    pub(super) longest: usize,
    /// Whether any text is missing.
    pub(super) any_missing: bool,
    /// Those texts that could be taken for a missing one.
    sentinels: HashSet<String>,
}

/// What pandas takes for missing unless told otherwise.
const USUAL_SENTINEL: &str = "nan";

impl TextStatistics {
    /// A text for missing ones that none of these is.
    pub(super) fn sentinel<'a>(all: impl IntoIterator<Item = &'a Self>) -> String {
        let taken: HashSet<&str> =
            all.into_iter().flat_map(|statistics| statistics.sentinels.iter().map(String::as_str)).collect();
        let mut sentinel = USUAL_SENTINEL.to_owned();
        while taken.contains(sentinel.as_str()) {
            sentinel = format!("_{sentinel}_");
        }
        sentinel
    }

    fn add(
        &mut self,
        texts: &ArrayRef,
        first_row: usize,
        name: &dyn Fn() -> String,
    ) -> Result<(), Hdf5WriteError> {
        for (row, text) in texts.as_string::<i32>().iter().enumerate() {
            let Some(text) = text else {
                self.any_missing = true;
                continue;
            };
            if text.ends_with('\0') {
                let (column, row) = (name(), first_row + row);
                return Err(Hdf5WriteErrorKind::TextEndsWithZero { column, row }.into());
            }
            self.longest = self.longest.max(text.len());
            if text.trim_matches('_') == USUAL_SENTINEL {
                self.sentinels.insert(text.to_owned());
            }
        }
        Ok(())
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surveyed {
    /// All texts.
    ColumnsAndLevels,
    /// The labels of rows only: where columns of texts are pickled, their length does not matter.
    Levels,
}

/// Looks at all texts. Reads nothing when there are none.
pub(super) fn survey(
    table: &dyn PoseTable,
    what: Surveyed,
) -> Result<Vec<(Source, TextStatistics)>, Hdf5WriteError> {
    let schema = table.schema();
    let columns: Vec<usize> = (0..schema.columns().len())
        .filter(|_| what == Surveyed::ColumnsAndLevels)
        .filter(|&column| schema.columns()[column].data_type == DataType::Utf8)
        .collect();
    let levels: Vec<usize> = (schema.index().fields().iter().enumerate())
        .filter(|(_, field)| field.data_type == DataType::Utf8)
        .map(|(level, _)| level)
        .collect();
    let sources = columns.iter().map(|&column| Source::Column(column));
    let sources = sources.chain(levels.iter().map(|&level| Source::Level(level)));
    let mut found: Vec<_> = sources.map(|source| (source, TextStatistics::default())).collect();
    if found.is_empty() {
        return Ok(found);
    }
    let selection = Selection::all().columns(columns.iter().copied());
    let mut first_row = 0;
    for batch in table.batches(&selection, frames_at_once(table))? {
        let batch = batch?;
        let labels = Labels::of(batch.index());
        for (position, (source, statistics)) in found.iter_mut().enumerate() {
            match (*source, &labels) {
                (Source::Column(column), _) => {
                    let name = || column_name(&schema.columns()[column].key);
                    statistics.add(&batch.columns()[position], first_row, &name)?;
                }
                (Source::Level(level), Labels::Arrays(arrays)) => {
                    let name = || Source::Level(level).to_string();
                    statistics.add(&arrays[level], first_row, &name)?;
                }
                (Source::Level(_), Labels::Range { .. }) | (Source::RowNumber, _) => {}
            }
        }
        first_row += batch.num_frames();
    }
    Ok(found)
}

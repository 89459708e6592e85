//! Which columns of which frames to read.

use std::fmt::Display;
use std::ops::Range;

use crate::{ColumnKey, Label, PoseSchema, Role, TableError, TableErrorKind};

/// Which columns of which frames to read, said in the field's terms.
///
/// Labels given for one level add up (`snout` or `tailbase`); different levels narrow each other (`snout`, and
/// of it `x`). Columns come in the order of the table, whatever the order they were asked for.
///
/// # Examples
///
/// ```
/// use pose_frame::Selection;
///
/// let noses = Selection::all().individual("mouse1").bodypart("snout").coord("x").coord("y").frames(0..100);
/// # let _ = noses;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    levels: Vec<LevelFilter>,
    columns: Option<Vec<usize>>,
    keys: Option<Vec<ColumnKey>>,
    frames: Option<Frames>,
}

/// Frames by position; an open end is that of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frames {
    start: usize,
    end: Option<usize>,
}

/// The labels that a column may have in one level.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LevelFilter {
    level: Level,
    labels: Vec<Label>,
}

/// How a level is told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Level {
    Role(Role),
    Name(String),
    Position(usize),
}

/// A selection with its levels and labels looked up in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedSelection {
    /// Positions of the columns, ascending.
    pub columns: Vec<usize>,
    /// Positions of the frames, within the table.
    pub frames: Range<usize>,
}

impl Selection {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Only columns of this scorer, or of those named before.
    #[must_use]
    pub fn scorer(self, label: impl Into<Label>) -> Self {
        self.filter(Level::Role(Role::Scorer), label.into())
    }

    /// Only columns of this individual, or of those named before.
    #[must_use]
    pub fn individual(self, label: impl Into<Label>) -> Self {
        self.filter(Level::Role(Role::Individual), label.into())
    }

    /// Only columns of this bodypart, or of those named before.
    #[must_use]
    pub fn bodypart(self, label: impl Into<Label>) -> Self {
        self.filter(Level::Role(Role::Bodypart), label.into())
    }

    /// Only this coord, or those named before.
    ///
    /// A likelihood is called `likelihood` or `conf`: where a table has only the one, the other stands for it.
    #[must_use]
    pub fn coord(self, label: impl Into<Label>) -> Self {
        self.filter(Level::Role(Role::Coord), label.into())
    }

    /// Only columns with this label, or those named before, in the level of this name.
    #[must_use]
    pub fn level(self, name: impl Into<String>, label: impl Into<Label>) -> Self {
        self.filter(Level::Name(name.into()), label.into())
    }

    /// Only columns with this label, or those named before, in the level at this position: for unnamed levels.
    #[must_use]
    pub fn level_at(self, position: usize, label: impl Into<Label>) -> Self {
        self.filter(Level::Position(position), label.into())
    }

    /// Only the column with this key, or those named before.
    #[must_use]
    pub fn key(mut self, key: ColumnKey) -> Self {
        self.keys.get_or_insert_default().push(key);
        self
    }

    /// Only the columns at these positions.
    #[must_use]
    pub fn columns(mut self, positions: impl IntoIterator<Item = usize>) -> Self {
        self.columns.get_or_insert_default().extend(positions);
        self
    }

    /// Only these frames, by position, counted from 0.
    #[must_use]
    pub fn frames(mut self, frames: Range<usize>) -> Self {
        self.frames = Some(Frames { start: frames.start, end: Some(frames.end) });
        self
    }

    /// Only the frames from this one on, by position, counted from 0.
    #[must_use]
    pub fn frames_from(mut self, start: usize) -> Self {
        self.frames = Some(Frames { start, end: None });
        self
    }

    /// Looks the levels and labels up in a schema.
    ///
    /// # Errors
    ///
    /// When the schema has no such level, no column with such a label in it, no such column, or the frames do
    /// not lie within the table. Columns that exist but share no combination asked for give none, not an error.
    pub fn resolve(&self, schema: &PoseSchema, num_frames: usize) -> Result<ResolvedSelection, TableError> {
        let Frames { start, end } = self.frames.unwrap_or(Frames { start: 0, end: None });
        // A start behind the end of the table is told as such.
        let frames = start..end.unwrap_or(num_frames.max(start));
        if frames.start > frames.end || frames.end > num_frames {
            return Err(TableErrorKind::FramesOutOfRange { frames, num_frames }.into());
        }
        let num_columns = schema.columns().len();
        let mut wanted = vec![true; num_columns];
        for filter in &self.levels {
            filter.narrow(schema, &mut wanted)?;
        }
        if let Some(positions) = &self.columns {
            let mut named = vec![false; num_columns];
            for &column in positions {
                *named.get_mut(column).ok_or(TableErrorKind::ColumnOutOfRange { column, num_columns })? =
                    true;
            }
            wanted.iter_mut().zip(named).for_each(|(wanted, named)| *wanted &= named);
        }
        if let Some(keys) = &self.keys {
            let mut named = vec![false; num_columns];
            for key in keys {
                let column =
                    schema.position(key).ok_or_else(|| TableErrorKind::UnknownColumn { key: key.clone() })?;
                named[column] = true;
            }
            wanted.iter_mut().zip(named).for_each(|(wanted, named)| *wanted &= named);
        }
        let columns = (0..num_columns).filter(|&column| wanted[column]).collect();
        Ok(ResolvedSelection { columns, frames })
    }

    fn filter(mut self, level: Level, label: Label) -> Self {
        match self.levels.iter_mut().find(|filter| filter.level == level) {
            Some(filter) => filter.labels.push(label),
            None => self.levels.push(LevelFilter { level, labels: vec![label] }),
        }
        self
    }
}

impl LevelFilter {
    /// Takes from `wanted` the columns that have none of the labels.
    fn narrow(&self, schema: &PoseSchema, wanted: &mut [bool]) -> Result<(), TableError> {
        let level = self.position(schema)?;
        let label_of = |column: usize| &schema.columns()[column].key.labels()[level];
        let labels: Vec<Label> = self.labels.iter().map(|label| self.called(label, schema, level)).collect();
        for label in &labels {
            if !(0..wanted.len()).any(|column| label_of(column) == label) {
                return Err(TableErrorKind::UnknownLabel {
                    level: schema.levels()[level].as_deref().map_or_else(|| level.to_string(), str::to_owned),
                    label: label.clone(),
                    available: list(schema.labels_at(level)),
                }
                .into());
            }
        }
        for (column, wanted) in wanted.iter_mut().enumerate() {
            *wanted &= labels.contains(label_of(column));
        }
        Ok(())
    }

    /// What a table calls what was asked for.
    fn called(&self, label: &Label, schema: &PoseSchema, level: usize) -> Label {
        let other = match label.as_text() {
            Some("likelihood") => "conf",
            Some("conf") => "likelihood",
            _ => return label.clone(),
        };
        let has =
            |wanted: &Label| schema.columns().iter().any(|column| column.key.labels()[level] == *wanted);
        let other = Label::from(other);
        if self.level == Level::Role(Role::Coord) && !has(label) && has(&other) {
            other
        } else {
            label.clone()
        }
    }

    fn position(&self, schema: &PoseSchema) -> Result<usize, TableError> {
        let (position, level) = match &self.level {
            Level::Role(role) => (schema.level_of(*role), role.name().to_owned()),
            Level::Name(name) => {
                (schema.levels().iter().position(|level| level.as_deref() == Some(name)), format!("{name:?}"))
            }
            Level::Position(position) => {
                (Some(*position).filter(|position| *position < schema.levels().len()), position.to_string())
            }
        };
        position.ok_or_else(|| {
            let available = list(schema.levels().iter().map(|name| name.as_deref().unwrap_or("(unnamed)")));
            TableErrorKind::UnknownLevel { level, available }.into()
        })
    }
}

/// How many labels an error lists before it only counts them.
const LISTED: usize = 12;

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut items = items.into_iter();
    let shown: Vec<String> = items.by_ref().take(LISTED).map(|item| item.to_string()).collect();
    match items.count() {
        0 if shown.is_empty() => "nothing".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::DataType;

    use super::*;
    use crate::{Column, IndexSchema};

    fn columns(selection: &Selection, coords: &[&str]) -> Result<Vec<usize>, TableError> {
        let column = |coord: &&str| Column::new(ColumnKey::new(["snout", *coord]), DataType::Float64);
        let levels = ["bodyparts", "coordinates"].map(|name| Some(name.into())).to_vec();
        let index = IndexSchema::Range { name: None };
        let schema = PoseSchema::new(levels, coords.iter().map(column).collect(), index)?;
        Ok(selection.resolve(&schema, 0)?.columns)
    }

    #[test]
    fn a_likelihood_is_found_by_either_name() {
        let all = Selection::all;
        assert_eq!(columns(&all().coord("likelihood"), &["x", "y", "conf"]).unwrap(), [2]);
        assert_eq!(columns(&all().coord("conf").coord("x"), &["x", "y", "likelihood"]).unwrap(), [0, 2]);
        assert_eq!(columns(&all().coord("conf"), &["likelihood", "conf"]).unwrap(), [1], "both are there");
        let by_name = all().level("coordinates", "likelihood");
        columns(&by_name, &["x", "y", "conf"]).expect_err("levels by name are taken at their word");
        columns(&all().coord("likelihood"), &["x", "y"]).expect_err("there is none");
    }
}

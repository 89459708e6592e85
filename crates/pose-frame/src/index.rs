//! What rows are labelled by.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array};
use arrow_schema::DataType;

use crate::value::text;
use crate::{LevelName, TableError, TableErrorKind};

/// The labels of the rows of a table.
///
/// The three shapes are those that pandas tells apart, because a table must come back there as it was:
/// a counted range, one label per row, or several labels per row.
#[derive(Clone, Debug)]
pub enum RowIndex {
    /// Rows counted from a start in equal steps; holds no values.
    Range(RangeIndex),
    /// One label per row: frame numbers, times, file names.
    Labels(IndexLevel),
    /// Several labels per row, such as `labeled-data`, video and image.
    Multi(Vec<IndexLevel>),
}

/// Rows counted from `start` in steps of `step`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeIndex {
    /// The name of the index, if it has one.
    pub name: LevelName,
    /// The label of the first row.
    pub start: i64,
    /// The difference from one row's label to the next one's.
    pub step: i64,
    /// How many rows there are.
    pub len: usize,
}

impl RangeIndex {
    /// The labels, counted out. Labels past the ends of `i64` wrap around.
    #[must_use]
    pub fn to_array(&self) -> Int64Array {
        let labels = std::iter::successors(Some(self.start), |label| Some(label.wrapping_add(self.step)));
        labels.take(self.len).collect::<Vec<_>>().into()
    }
}

/// One level of row labels.
#[derive(Clone, Debug)]
pub struct IndexLevel {
    /// The name of the level, if it has one.
    pub name: LevelName,
    /// One label per row. Missing labels are null, or NaN where the labels are floats.
    pub values: ArrayRef,
}

impl IndexLevel {
    /// A level of these labels.
    #[must_use]
    pub fn new(name: LevelName, values: ArrayRef) -> Self {
        Self { name, values }
    }

    fn field(&self) -> IndexField {
        IndexField { name: self.name.clone(), data_type: self.values.data_type().clone() }
    }
}

impl RowIndex {
    /// Rows counted 0, 1, 2, …, without a name.
    #[must_use]
    pub fn range(len: usize) -> Self {
        Self::Range(RangeIndex { name: None, start: 0, step: 1, len })
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len,
            Self::Labels(level) => level.values.len(),
            Self::Multi(levels) => levels.first().map_or(0, |level| level.values.len()),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the rows are labelled by, without the labels.
    #[must_use]
    pub fn schema(&self) -> IndexSchema {
        match self {
            Self::Range(range) => IndexSchema::Range { name: range.name.clone() },
            Self::Labels(level) => IndexSchema::Labels(level.field()),
            Self::Multi(levels) => IndexSchema::Multi(levels.iter().map(IndexLevel::field).collect()),
        }
    }

    /// The labels of some of the rows. Copies no labels.
    ///
    /// # Panics
    ///
    /// When `rows` does not lie within the index.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        assert!(rows.start <= rows.end && rows.end <= self.len(), "rows {rows:?} of {}", self.len());
        let cut = |level: &IndexLevel| {
            IndexLevel::new(level.name.clone(), level.values.slice(rows.start, rows.len()))
        };
        match self {
            Self::Range(range) => {
                let skipped = i64::try_from(rows.start).unwrap_or(i64::MAX).wrapping_mul(range.step);
                Self::Range(RangeIndex {
                    name: range.name.clone(),
                    start: range.start.wrapping_add(skipped),
                    step: range.step,
                    len: rows.len(),
                })
            }
            Self::Labels(level) => Self::Labels(cut(level)),
            Self::Multi(levels) => Self::Multi(levels.iter().map(cut).collect()),
        }
    }

    /// The labels as arrays, one per level. A range is counted out.
    #[must_use]
    pub fn to_levels(&self) -> Vec<IndexLevel> {
        match self {
            Self::Range(range) => vec![IndexLevel::new(range.name.clone(), Arc::new(range.to_array()))],
            Self::Labels(level) => vec![level.clone()],
            Self::Multi(levels) => levels.clone(),
        }
    }

    /// The label of a row as text for people; levels are separated by commas.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    #[must_use]
    pub fn label_text(&self, row: usize) -> String {
        let levels = self.slice(row..row + 1).to_levels();
        levels.iter().map(|level| text(&level.values, 0)).collect::<Vec<_>>().join(", ")
    }

    /// Checks that the levels are of one length.
    pub(crate) fn validate(&self) -> Result<(), TableError> {
        let levels = match self {
            Self::Range(_) => &[][..],
            Self::Labels(level) => std::slice::from_ref(level),
            Self::Multi(levels) => levels,
        };
        let first = self.len();
        for (position, IndexLevel { values, .. }) in levels.iter().enumerate() {
            if values.len() != first {
                return Err(TableErrorKind::IndexLength { first, other: values.len() }.into());
            }
            // Whoever takes their values would take what happens to stand there.
            if matches!(values.data_type(), DataType::Float32 | DataType::Float64) && values.null_count() > 0
            {
                return Err(TableErrorKind::NullLabel { level: position }.into());
            }
        }
        Ok(())
    }
}

/// What the rows of a table are labelled by, without the labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexSchema {
    /// Rows counted in equal steps.
    Range {
        /// The name of the index, if it has one.
        name: LevelName,
    },
    /// One label per row.
    Labels(IndexField),
    /// Several labels per row.
    Multi(Vec<IndexField>),
}

/// Name and type of one level of row labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexField {
    /// The name of the level, if it has one.
    pub name: LevelName,
    /// The type of the labels.
    pub data_type: DataType,
}

impl IndexSchema {
    /// The levels. A range has one level of 64-bit integers.
    #[must_use]
    pub fn fields(&self) -> Vec<IndexField> {
        match self {
            Self::Range { name } => vec![IndexField { name: name.clone(), data_type: DataType::Int64 }],
            Self::Labels(field) => vec![field.clone()],
            Self::Multi(fields) => fields.clone(),
        }
    }

    /// Checks that every level is of a type that labels rows.
    pub(crate) fn validate(&self) -> Result<(), TableError> {
        for field in self.fields() {
            let labels_rows = matches!(
                field.data_type,
                DataType::Utf8 | DataType::Boolean | DataType::Timestamp(..) | DataType::Duration(_)
            ) || field.data_type.is_integer()
                || matches!(field.data_type, DataType::Float32 | DataType::Float64);
            if !labels_rows {
                return Err(TableErrorKind::UnsupportedIndexType { data_type: field.data_type }.into());
            }
        }
        Ok(())
    }
}

impl fmt::Display for IndexSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Range { name } = self {
            f.write_str("range")?;
            return name.as_ref().map_or(Ok(()), |name| write!(f, " named {name:?}"));
        }
        for (level, field) in self.fields().iter().enumerate() {
            if level > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", field.data_type)?;
            if let Some(name) = &field.name {
                write!(f, " named {name:?}")?;
            }
        }
        Ok(())
    }
}

//! Which columns a table has, and what its rows are labelled by.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::DataType;

use crate::{ColumnKey, IndexSchema, Label, Metadata, TableError, TableErrorKind, TableKind};

/// The name of a level of columns or rows. Levels need not have one.
pub type LevelName = Option<Arc<str>>;

/// A column: what it is called and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its label in each level.
    pub key: ColumnKey,
    /// The type of its values: a float, an integer, a boolean or UTF-8 text.
    pub data_type: DataType,
}

impl Column {
    /// A column with this key and type.
    #[must_use]
    pub fn new(key: ColumnKey, data_type: DataType) -> Self {
        Self { key, data_type }
    }

    /// Whether a column can hold values of a type.
    #[must_use]
    pub fn can_hold(data_type: &DataType) -> bool {
        data_type.is_integer()
            || matches!(data_type, DataType::Float32 | DataType::Float64 | DataType::Boolean | DataType::Utf8)
    }
}

/// What a level of columns says, in the terms of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Which network or person set the positions.
    Scorer,
    /// Which animal.
    Individual,
    /// Which part of it.
    Bodypart,
    /// Which coordinate, or its likelihood.
    Coord,
}

impl Role {
    /// The role of a level of this name, as DeepLabCut and the tools around it call their levels.
    #[must_use]
    pub fn of_level_name(name: &str) -> Option<Self> {
        match name {
            "scorer" => Some(Self::Scorer),
            "individuals" | "individual" => Some(Self::Individual),
            "bodyparts" | "bodypart" => Some(Self::Bodypart),
            "coords" | "coord" | "coordinates" => Some(Self::Coord),
            _ => None,
        }
    }

    /// The name of the role, in the singular.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scorer => "scorer",
            Self::Individual => "individual",
            Self::Bodypart => "bodypart",
            Self::Coord => "coord",
        }
    }
}

/// Which columns a table has, what its rows are labelled by, what it is, and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseSchema {
    levels: Vec<LevelName>,
    columns: Vec<Column>,
    index: IndexSchema,
    kind: TableKind,
    metadata: Metadata,
}

impl PoseSchema {
    /// A schema of these columns, whose keys have one label for each of `levels`. The [kind](TableKind) is told
    /// from them.
    ///
    /// # Errors
    ///
    /// When two columns have one key, a key has another number of labels than there are levels, or a column or
    /// the index is of a type that a table cannot hold.
    pub fn new(levels: Vec<LevelName>, columns: Vec<Column>, index: IndexSchema) -> Result<Self, TableError> {
        index.validate()?;
        let mut seen = HashSet::with_capacity(columns.len());
        for Column { key, data_type } in &columns {
            if key.labels().len() != levels.len() {
                let (expected, found) = (levels.len(), key.labels().len());
                return Err(TableErrorKind::LevelCount { key: key.clone(), expected, found }.into());
            }
            if !Column::can_hold(data_type) {
                let data_type = data_type.clone();
                return Err(TableErrorKind::UnsupportedType { key: key.clone(), data_type }.into());
            }
            if !seen.insert(key) {
                return Err(TableErrorKind::DuplicateKey { key: key.clone() }.into());
            }
        }
        let kind = TableKind::classify(&levels, &columns);
        Ok(Self { levels, columns, index, kind, metadata: Metadata::default() })
    }

    /// The same schema with this metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The names of the column levels, outermost first.
    #[must_use]
    pub fn levels(&self) -> &[LevelName] {
        &self.levels
    }

    /// The columns, in the order of the source.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What the rows are labelled by.
    #[must_use]
    pub fn index(&self) -> &IndexSchema {
        &self.index
    }

    /// What the table is.
    #[must_use]
    pub fn kind(&self) -> TableKind {
        self.kind
    }

    /// What is known of the table beside its values.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The position of the level with this role.
    ///
    /// Levels are told by their names. A frame with plain, unnamed columns such as `x`, `y`, `likelihood` has
    /// its coords in its only level.
    #[must_use]
    pub fn level_of(&self, role: Role) -> Option<usize> {
        let named = |name: &LevelName| name.as_deref().and_then(Role::of_level_name) == Some(role);
        self.levels.iter().position(named).or_else(|| {
            let flat_coords = role == Role::Coord && self.levels == [None] && self.kind != TableKind::Generic;
            flat_coords.then_some(0)
        })
    }

    /// The different labels in a level, in the order of their first column.
    ///
    /// # Panics
    ///
    /// When there is no such level.
    #[must_use]
    pub fn labels_at(&self, level: usize) -> Vec<&Label> {
        assert!(level < self.levels.len(), "level {level} of {}", self.levels.len());
        let mut seen = HashSet::new();
        self.columns
            .iter()
            .map(|column| &column.key.labels()[level])
            .filter(|label| seen.insert(*label))
            .collect()
    }

    /// The different labels in the level with this role, in the order of their first column; none without it.
    #[must_use]
    pub fn labels_of(&self, role: Role) -> Vec<&Label> {
        self.level_of(role).map_or_else(Vec::new, |level| self.labels_at(level))
    }

    /// The position of the column with this key.
    #[must_use]
    pub fn position(&self, key: &ColumnKey) -> Option<usize> {
        self.columns.iter().position(|column| column.key == *key)
    }

    /// The same schema with only the columns at these positions, for implementors of
    /// [`PoseTable`](crate::PoseTable). The kind stays that of the whole: one coord of a prediction is still of a
    /// prediction.
    ///
    /// # Panics
    ///
    /// When there is no column at one of the positions.
    #[must_use]
    pub fn project(&self, positions: &[usize]) -> Self {
        Self {
            levels: self.levels.clone(),
            columns: positions.iter().map(|&position| self.columns[position].clone()).collect(),
            index: self.index.clone(),
            kind: self.kind,
            metadata: self.metadata.clone(),
        }
    }
}

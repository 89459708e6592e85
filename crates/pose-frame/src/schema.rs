//! Which columns a table has, and what its rows are labelled by.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::DataType;

use crate::{ColumnKey, IndexSchema, Label, Metadata, TableError, TableErrorKind, TableKind};

/// The name of a level of columns or rows. Levels need not have one.
pub type LevelName = Option<Arc<str>>;

/// The individual that DeepLabCut gives the bodyparts that belong to no animal.
pub const UNIQUE: &str = "single";

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

    /// The same schema for rows that are labelled by this.
    pub(crate) fn with_index(mut self, index: IndexSchema) -> Self {
        self.index = index;
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

    /// The position of the level that holds coords, or what stands for them: where no level is [called](Self::level_of) so,
    /// the innermost, if its labels say what the table [is](TableKind), as those of skeletons do.
    #[must_use]
    pub fn coord_level(&self) -> Option<usize> {
        let told_by_innermost = self.kind != TableKind::Generic;
        let innermost = || self.levels.len().checked_sub(1).filter(|_| told_by_innermost);
        self.level_of(Role::Coord).or_else(innermost)
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

    /// The animals, in the order of their first column; none where columns are not told apart by animal.
    #[must_use]
    pub fn individuals(&self) -> Vec<&Label> {
        self.labels_of(Role::Individual)
    }

    /// The bodyparts of all animals, in the order of their first column.
    #[must_use]
    pub fn bodyparts(&self) -> Vec<&Label> {
        self.labels_of(Role::Bodypart)
    }

    /// The bodyparts of one animal. They differ where [unique ones](Self::unique_bodyparts) are among them.
    #[must_use]
    pub fn bodyparts_of(&self, individual: &Label) -> Vec<&Label> {
        let (Some(of_animal), Some(of_part)) =
            (self.level_of(Role::Individual), self.level_of(Role::Bodypart))
        else {
            return Vec::new();
        };
        let mut seen = HashSet::new();
        let keys = self.columns.iter().map(|column| column.key.labels());
        keys.filter(|key| key[of_animal] == *individual)
            .map(|key| &key[of_part])
            .filter(|label| seen.insert(*label))
            .collect()
    }

    /// The bodyparts that belong to no animal, such as the corner of a box: DeepLabCut puts them under an
    /// individual of their own, [`UNIQUE`], next to the animals. None where that is the only individual.
    #[must_use]
    pub fn unique_bodyparts(&self) -> Vec<&Label> {
        let individuals = self.individuals();
        match individuals.iter().find(|label| label.as_text() == Some(UNIQUE)) {
            Some(unique) if individuals.len() > 1 => self.bodyparts_of(unique),
            _ => Vec::new(),
        }
    }

    /// About how many bytes a row takes in memory, its labels included. How long texts are is not known before they
    /// are read: they count for 64 bytes each.
    #[must_use]
    pub fn row_bytes(&self) -> usize {
        const TEXT_BYTES: usize = 64;
        let width = |data_type: &DataType| data_type.primitive_width().unwrap_or(TEXT_BYTES);
        let labels: usize = self.index.fields().iter().map(|level| width(&level.data_type)).sum();
        labels + self.columns.iter().map(|column| width(&column.data_type)).sum::<usize>()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(keys: &[[&str; 3]]) -> PoseSchema {
        let column = |key: &[&str; 3]| Column::new(ColumnKey::new(*key), DataType::Float64);
        let levels = ["individuals", "bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
        let index = IndexSchema::Range { name: None };
        PoseSchema::new(levels, keys.iter().map(column).collect(), index).expect("it is well formed")
    }

    fn texts(labels: Vec<&Label>) -> Vec<&str> {
        labels.into_iter().filter_map(Label::as_text).collect()
    }

    #[test]
    fn unique_bodyparts_are_those_of_no_animal() {
        let schema = schema(&[
            ["2", "tail", "x"],
            ["2", "snout", "x"],
            ["1", "snout", "x"],
            ["single", "corner", "x"],
            ["single", "corner", "y"],
        ]);
        assert_eq!(texts(schema.individuals()), ["2", "1", "single"]);
        assert_eq!(texts(schema.bodyparts()), ["tail", "snout", "corner"]);
        assert_eq!(texts(schema.bodyparts_of(&"2".into())), ["tail", "snout"]);
        assert_eq!(texts(schema.bodyparts_of(&"1".into())), ["snout"]);
        assert_eq!(texts(schema.bodyparts_of(&"3".into())), [""; 0]);
        assert_eq!(texts(schema.unique_bodyparts()), ["corner"]);
    }

    #[test]
    fn an_only_individual_has_no_unique_bodyparts() {
        let schema = schema(&[["single", "snout", "x"], ["single", "snout", "y"]]);
        assert_eq!(texts(schema.unique_bodyparts()), [""; 0]);
        assert_eq!(texts(schema.bodyparts_of(&"single".into())), ["snout"]);
    }
}

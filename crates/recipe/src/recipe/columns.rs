//! Which columns of a table an array takes.

use std::collections::{BTreeMap, HashMap, HashSet};

use arrow_schema::DataType;
use pose_frame::{ColumnKey, Label, PoseSchema, Selection};
use serde::{Deserialize, Serialize};

use super::NumberType;
use crate::{Error, Result};

/// Columns, in the field's terms: labels of one level add up, levels narrow each other, and so do keys and types.
/// All columns, where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Columns {
    /// Scorers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scorer: Vec<KeyLabel>,
    /// Animals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub individual: Vec<KeyLabel>,
    /// Bodyparts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bodypart: Vec<KeyLabel>,
    /// Coords.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coord: Vec<KeyLabel>,
    /// Labels of other levels, by the name of the level.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub level: BTreeMap<String, Vec<KeyLabel>>,
    /// Whole keys: a label for each level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<Vec<KeyLabel>>>,
    /// Types of numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<NumberType>,
}

/// A label, as JSON has it: text or a whole number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyLabel {
    /// A whole number.
    Integer(i64),
    /// A name.
    Text(String),
}

impl Columns {
    /// All numbers of a type.
    #[must_use]
    pub fn of_type(number: NumberType) -> Self {
        Self { types: vec![number], ..Self::default() }
    }

    /// The columns at these positions, by their keys.
    pub(crate) fn at(schema: &PoseSchema, positions: &[usize]) -> Self {
        let keys = positions.iter().map(|column| key_labels(&schema.columns()[*column].key));
        Self { keys: Some(keys.collect()), ..Self::default() }
    }

    /// Where the columns stand in a table.
    pub(super) fn positions(&self, schema: &PoseSchema, field: &str) -> Result<Vec<usize>> {
        let mut selected = vec![true; schema.columns().len()];
        let mut narrow = |selection: Selection, name: &str| -> Result<()> {
            let resolved = selection
                .resolve(schema, 0)
                .map_err(|error| Error::recipe(format!("{field}.{name}"), error.to_string()))?;
            let found: HashSet<usize> = resolved.columns.into_iter().collect();
            selected
                .iter_mut()
                .enumerate()
                .for_each(|(column, selected)| *selected &= found.contains(&column));
            Ok(())
        };
        let all = Selection::all;
        let fold = |labels: &[KeyLabel], by: fn(Selection, Label) -> Selection| {
            labels.iter().fold(all(), |selection, label| by(selection, label.into()))
        };
        narrow(fold(&self.scorer, Selection::scorer), "scorer")?;
        narrow(fold(&self.individual, Selection::individual), "individual")?;
        narrow(fold(&self.bodypart, Selection::bodypart), "bodypart")?;
        narrow(fold(&self.coord, Selection::coord), "coord")?;
        for (name, labels) in &self.level {
            let selection = labels.iter().fold(all(), |selection, label| selection.level(name, label));
            narrow(selection, &format!("level.{name}"))?;
        }
        if let Some(keys) = &self.keys {
            let found = of_keys(keys, schema, field)?;
            selected.iter_mut().zip(found).for_each(|(selected, found)| *selected &= found);
        }
        if !self.types.is_empty() {
            let types: Vec<DataType> = self.types.iter().map(|number| number.data_type()).collect();
            for (selected, column) in selected.iter_mut().zip(schema.columns()) {
                *selected &= types.contains(&column.data_type);
            }
        }
        Ok((0..selected.len()).filter(|column| selected[*column]).collect())
    }
}

/// Whether each column has one of these keys.
fn of_keys(keys: &[Vec<KeyLabel>], schema: &PoseSchema, field: &str) -> Result<Vec<bool>> {
    let columns = schema.columns().iter().enumerate();
    let position_of: HashMap<&ColumnKey, usize> =
        columns.map(|(position, column)| (&column.key, position)).collect();
    let mut found = vec![false; position_of.len()];
    for (number, labels) in keys.iter().enumerate() {
        let key = ColumnKey::new(labels.iter().map(Label::from));
        let position = position_of.get(&key).ok_or_else(|| {
            Error::recipe(format!("{field}.keys[{number}]"), format!("the table has no column {key}"))
        })?;
        found[*position] = true;
    }
    Ok(found)
}

pub(crate) fn key_labels(key: &ColumnKey) -> Vec<KeyLabel> {
    key.labels().iter().map(KeyLabel::from).collect()
}

impl From<&Label> for KeyLabel {
    fn from(label: &Label) -> Self {
        match label {
            Label::Integer(number) => Self::Integer(*number),
            label => Self::Text(label.to_string()),
        }
    }
}

impl From<&KeyLabel> for Label {
    fn from(label: &KeyLabel) -> Self {
        match label {
            KeyLabel::Integer(number) => Self::Integer(*number),
            KeyLabel::Text(text) => text.as_str().into(),
        }
    }
}

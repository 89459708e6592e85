//! What a file of ours says beyond what NWB can: which table stood there, column by column.
//!
//! It is JSON in an entry of `/scratch`, which other programs show and pass over. The format page says what is in it.

mod types;

use arrow_schema::DataType;
use pose_frame::{ColumnKey, Label, Metadata, TableKind};
use serde::{Deserialize, Serialize};

pub(crate) use types::{parse_type, type_name};

/// The version that is written; higher ones are passed over.
const VERSION: u64 = 1;

/// The largest note that is read: one of a table of some hundred thousand columns.
pub(crate) const MAX_NOTE_BYTES: u64 = 64 << 20;

/// The note about a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) pose: u64,
    /// For people: here it is told anew from the columns.
    #[serde(default, skip_deserializing)]
    pub(crate) kind: TableKind,
    pub(crate) rows: u64,
    pub(crate) levels: Vec<Option<String>>,
    pub(crate) columns: Vec<NotedColumn>,
    pub(crate) index: NotedIndex,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

/// A column, and where its values are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NotedColumn {
    pub(crate) key: Vec<NotedLabel>,
    #[serde(rename = "type")]
    pub(crate) data_type: String,
    #[serde(flatten)]
    pub(crate) place: Place,
}

/// A label of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum NotedLabel {
    Integer(i64),
    Text(String),
}

/// A dataset, or a column of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The path of the dataset from the root on. Of labels it is the group of the frames.
    pub(crate) at: String,
    /// Which of its columns, where it has several; of labels, which coord.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) axis: Option<usize>,
    /// Of labels: the name of the instance in each frame, and which of its nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<(String, usize)>,
    /// The path of a dataset that has 0 where a value is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) valid: Option<String>,
}

/// What the rows are labelled by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotedIndex {
    /// Rows counted in equal steps.
    Range { name: Option<String>, start: i64, step: i64 },
    /// One label per row.
    Labels(NotedLevel),
    /// Several labels per row.
    Multi(Vec<NotedLevel>),
}

/// A level of row labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NotedLevel {
    pub(crate) name: Option<String>,
    #[serde(rename = "type")]
    pub(crate) data_type: String,
    #[serde(flatten)]
    pub(crate) labels: NotedLabels,
}

/// The labels of a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum NotedLabels {
    /// Whole numbers in equal steps, which need no place.
    Steps { start: i64, step: i64 },
    /// Labels in a dataset.
    Stored(Place),
}

impl Place {
    pub(crate) fn of(at: impl Into<String>) -> Self {
        Self { at: at.into(), axis: None, node: None, valid: None }
    }
}

impl Note {
    pub(crate) fn new(kind: TableKind, rows: u64, levels: Vec<Option<String>>, metadata: Metadata) -> Self {
        let index = NotedIndex::Range { name: None, start: 0, step: 1 };
        Self { pose: VERSION, kind, rows, levels, columns: Vec::new(), index, metadata }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers serialise")
    }

    /// Reads a note; none when the text is something else, or a newer one: the poses are there without it.
    pub(crate) fn from_json(json: &str) -> Option<Self> {
        if !json.starts_with("{\"pose\":") {
            return None;
        }
        serde_json::from_str(json).ok().filter(|note: &Self| note.pose == VERSION)
    }
}

impl NotedColumn {
    pub(crate) fn new(key: &ColumnKey, data_type: &DataType, place: Place) -> Self {
        let label = |label: &Label| match label {
            Label::Text(text) => NotedLabel::Text(text.to_string()),
            Label::Integer(number) => NotedLabel::Integer(*number),
            other => NotedLabel::Text(other.to_string()),
        };
        Self { key: key.labels().iter().map(label).collect(), data_type: type_name(data_type), place }
    }

    pub(crate) fn key(&self) -> ColumnKey {
        ColumnKey::new(self.key.iter().map(|label| match label {
            NotedLabel::Text(text) => Label::from(text.as_str()),
            NotedLabel::Integer(number) => Label::from(*number),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_comes_back_as_it_was() {
        let mut metadata = Metadata::default();
        metadata.frame_rate_hz = Some(30_000.0 / 1_001.0);
        let levels = vec![Some("scorer".to_owned()), None];
        let mut note = Note::new(TableKind::Generic, 7, levels, metadata);
        let key = ColumnKey::new([Label::from("it's\n"), Label::from(7)]);
        let place = Place { axis: Some(1), valid: Some("/b".to_owned()), ..Place::of("/a") };
        note.columns.push(NotedColumn::new(&key, &DataType::UInt8, place));
        note.index = NotedIndex::Multi(vec![
            NotedLevel {
                name: None,
                data_type: "int64".to_owned(),
                labels: NotedLabels::Steps { start: i64::MIN, step: -3 },
            },
            NotedLevel {
                name: Some(String::new()),
                data_type: "text".to_owned(),
                labels: NotedLabels::Stored(Place::of("/c")),
            },
        ]);
        let found = Note::from_json(&note.to_json()).expect("it is one");
        assert_eq!(found, note);
        assert_eq!(found.columns[0].key(), key);
    }

    #[test]
    fn what_is_no_note_is_passed_over() {
        let newer = r#"{"pose":2,"rows":0,"levels":[],"columns":[],"index":{"range":{"name":null,"start":0,"step":1}}}"#;
        assert_eq!(Note::from_json(newer), None);
        assert!(Note::from_json(&newer.replace(":2", ":1")).is_some());
        for text in ["", "{}", "[1]", "{\"pose\":1}", "{\"pose\":\"1\"}"] {
            assert_eq!(Note::from_json(text), None);
        }
    }
}

//! What the `pose` entry of a long file says of the wide table: see the format page in the crate's documentation.

use std::collections::{HashMap, HashSet};

use arrow_schema::DataType;
use pose_frame::{
    Column, ColumnKey, Holds, IndexField, IndexSchema, Label, LayoutErrorKind, LongColumn, LongLayout,
    PoseSchema, RangeIndex, TableError,
};
use serde::{Deserialize, Serialize};

/// The wide table of a long file, and which column holds what of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LongEntry {
    frames: usize,
    levels: Vec<Option<String>>,
    columns: Vec<Vec<LabelEntry>>,
    rows: RowsEntry,
    stored: Vec<StoredColumn>,
}

/// A label of a column.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum LabelEntry {
    Integer(i64),
    Text(String),
}

/// What labels the rows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RowsEntry {
    /// They are counted.
    Range { name: Option<String>, start: i64, step: i64 },
    /// The name of the level.
    Labels(Option<String>),
    /// The names of the levels.
    Multi(Vec<Option<String>>),
}

/// A column of the file.
#[derive(Debug, Serialize, Deserialize)]
struct StoredColumn {
    name: String,
    holds: HoldsEntry,
}

/// What it holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HoldsEntry {
    Frame,
    Time,
    RowLabel(usize),
    Level(usize),
    Coord(LabelEntry),
}

impl LongEntry {
    pub(super) fn of(layout: &LongLayout, counted: Option<&RangeIndex>, frames: usize) -> Self {
        let wide = layout.wide();
        let text = |name: &Option<std::sync::Arc<str>>| name.as_deref().map(str::to_owned);
        let columns = wide.columns().iter();
        let rows = match wide.index() {
            IndexSchema::Range { name } => {
                let (start, step) = counted.map_or((0, 1), |range| (range.start, range.step));
                RowsEntry::Range { name: text(name), start, step }
            }
            IndexSchema::Labels(field) => RowsEntry::Labels(text(&field.name)),
            IndexSchema::Multi(fields) => {
                RowsEntry::Multi(fields.iter().map(|field| text(&field.name)).collect())
            }
        };
        let stored = layout.columns().iter();
        Self {
            frames,
            levels: wide.levels().iter().map(text).collect(),
            columns: columns.map(|column| column.key.labels().iter().map(LabelEntry::of).collect()).collect(),
            rows,
            stored: stored
                .map(|column| StoredColumn {
                    name: column.name.clone(),
                    holds: HoldsEntry::of(&column.holds),
                })
                .collect(),
        }
    }

    /// The layout of a file of these columns and so many rows, and the row labels of the wide table where they are counted.
    pub(super) fn layout(
        &self,
        stored: &PoseSchema,
        num_rows: usize,
    ) -> Result<(LongLayout, Option<RangeIndex>), TableError> {
        let mut types: HashMap<String, &DataType> = HashMap::with_capacity(stored.columns().len());
        for column in stored.columns() {
            types.insert(column.key.to_string(), &column.data_type);
        }
        let type_of = |name: &str| {
            types.get(name).copied().cloned().ok_or_else(|| misfit(format!("there is no column {name:?}")))
        };
        let columns: Vec<LongColumn> = self
            .stored
            .iter()
            .map(|column| LongColumn { name: column.name.clone(), holds: column.holds.holds() })
            .collect();

        let mut coords: HashMap<&Label, DataType> = HashMap::new();
        for LongColumn { name, holds } in &columns {
            if let Holds::Coord(coord) = holds {
                coords.insert(coord, type_of(name)?);
            }
        }
        let held: HashSet<usize> = columns.iter().filter_map(|column| level_of(&column.holds)).collect();
        let coord_level = (0..self.levels.len()).find(|level| !held.contains(level));
        let coord_level = coord_level.ok_or_else(|| misfit("no level is left for the coords".to_owned()))?;
        let mut wide_columns = Vec::with_capacity(self.columns.len());
        for labels in &self.columns {
            let labels: Vec<Label> = labels.iter().map(LabelEntry::label).collect();
            let data_type = labels.get(coord_level).and_then(|coord| coords.get(coord)).cloned();
            let key = ColumnKey::new(labels);
            let data_type =
                data_type.ok_or_else(|| misfit(format!("no column holds the values of {key}")))?;
            wide_columns.push(Column::new(key, data_type));
        }

        let name = |name: &Option<String>| name.as_deref().map(Into::into);
        let frame = columns.iter().find(|column| column.holds == Holds::Frame);
        let row_labels: HashMap<usize, &LongColumn> = columns
            .iter()
            .filter_map(|column| match column.holds {
                Holds::RowLabel(level) => Some((level, column)),
                _ => None,
            })
            .collect();
        let label_type = |level: usize| match row_labels.get(&level).copied().or(frame) {
            Some(column) => type_of(&column.name),
            None => Err(misfit("no column holds the frame".to_owned())),
        };
        let field = |level: usize, own: &Option<String>| {
            Ok::<_, TableError>(IndexField { name: name(own), data_type: label_type(level)? })
        };
        let mut counted = None;
        let index = match &self.rows {
            RowsEntry::Range { name: own, start, step } => {
                counted = Some(RangeIndex { name: name(own), start: *start, step: *step, len: self.frames });
                IndexSchema::Range { name: name(own) }
            }
            RowsEntry::Labels(own) => IndexSchema::Labels(field(0, own)?),
            RowsEntry::Multi(names) => {
                let fields = names.iter().enumerate().map(|(level, own)| field(level, own));
                IndexSchema::Multi(fields.collect::<Result<_, _>>()?)
            }
        };
        let levels = self.levels.iter().map(name).collect();
        let wide = PoseSchema::new(levels, wide_columns, index)?.with_metadata(stored.metadata().clone());
        let layout = LongLayout::new(wide, columns)?;
        let long = layout.long();
        if (stored.levels(), stored.columns(), stored.index())
            != (long.levels(), long.columns(), long.index())
        {
            return Err(misfit("the columns of the file are others, or of other types".to_owned()));
        }
        if self.frames.checked_mul(layout.num_points()) != Some(num_rows) {
            let (frames, points) = (self.frames, layout.num_points());
            return Err(misfit(format!("{num_rows} rows are not {frames} frames of {points} points each")));
        }
        Ok((layout, counted))
    }
}

impl LabelEntry {
    fn of(label: &Label) -> Self {
        match label {
            Label::Integer(number) => Self::Integer(*number),
            other => Self::Text(other.to_string()),
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Integer(number) => Label::Integer(*number),
            Self::Text(text) => Label::from(text.as_str()),
        }
    }
}

impl HoldsEntry {
    fn of(holds: &Holds) -> Self {
        match holds {
            Holds::Frame => Self::Frame,
            Holds::Time => Self::Time,
            Holds::RowLabel(level) => Self::RowLabel(*level),
            Holds::Level(level) => Self::Level(*level),
            Holds::Coord(coord) => Self::Coord(LabelEntry::of(coord)),
        }
    }

    fn holds(&self) -> Holds {
        match self {
            Self::Frame => Holds::Frame,
            Self::Time => Holds::Time,
            Self::RowLabel(level) => Holds::RowLabel(*level),
            Self::Level(level) => Holds::Level(*level),
            Self::Coord(coord) => Holds::Coord(coord.label()),
        }
    }
}

fn level_of(holds: &Holds) -> Option<usize> {
    match holds {
        Holds::Level(level) => Some(*level),
        _ => None,
    }
}

fn misfit(reason: String) -> TableError {
    LayoutErrorKind::Misfit { reason }.into()
}

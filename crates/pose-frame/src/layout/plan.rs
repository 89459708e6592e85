//! Which column of a long table holds what of a wide one.

mod parts;
mod types;

use std::collections::HashMap;

use self::parts::Parts;
use self::types::types;
use super::{LayoutErrorKind, LongNames};
use crate::{
    Column, ColumnKey, IndexField, IndexSchema, Label, PoseSchema, Role, TableError, TableErrorKind,
};

/// What the position of a frame is called where a level of row labels is called as frames are.
const POSITION: &str = "position";

/// What a column of a long table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The frame: the label of its row in the wide table, or the position of that row, from 0.
    Frame,
    /// The time of the frame in seconds: its number over the frame rate.
    Time,
    /// The label of the frame's row in this level of row labels.
    RowLabel(usize),
    /// The label of the point in this level of columns.
    Level(usize),
    /// The values of this coord.
    Coord(Label),
}

/// A column of a long table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongColumn {
    /// What it is called.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
}

/// Which column of a long table holds what of a wide one, whose schema it knows: enough to make each of the other. See
/// [`layout`](crate::layout).
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use pose_frame::{Holds, LongLayout, LongNames, PoseTable, testing};
///
/// let layout = LongLayout::of(testing::predictions(10).schema(), &LongNames::default())?;
/// let names: Vec<&str> = layout.columns().iter().map(|column| &*column.name).collect();
/// assert_eq!(names, ["frame", "scorer", "bodypart", "x", "y", "likelihood"]);
/// assert_eq!(layout.num_points(), 2);
/// # }
/// # Ok::<(), pose_frame::TableError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LongLayout {
    wide: PoseSchema,
    columns: Vec<LongColumn>,
    long: PoseSchema,
    /// For each point a column of the wide table that is of it.
    points: Vec<usize>,
    /// For each column of the wide table its point, and the column of the long table that holds its values.
    places: Vec<Place>,
}

/// Where a column of the wide table is in the long one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) point: usize,
    pub(super) column: usize,
}

impl LongLayout {
    /// How a table of this schema is laid out long, under these names.
    ///
    /// # Errors
    ///
    /// When it cannot be: see [`LayoutErrorKind`].
    pub fn of(wide: &PoseSchema, names: &LongNames) -> Result<Self, TableError> {
        if wide.columns().is_empty() {
            return Err(LayoutErrorKind::NoColumns.into());
        }
        let Some(coord_level) = wide.coord_level() else {
            let levels = wide.levels().iter().map(|name| name.as_deref().unwrap_or("(unnamed)"));
            let levels = levels.collect::<Vec<_>>().join(", ");
            return Err(LayoutErrorKind::NoCoords { levels }.into());
        };
        let labelled_by_frame = labelled_by_frame(wide.index());
        // A rate that is no number is not known: files cannot say it either.
        let rate = wide.metadata().frame_rate_hz.filter(|rate| rate.is_finite());
        let has_time = labelled_by_frame && rate.is_some();
        let row_label = |(level, field): (usize, IndexField)| {
            let name = field.name.as_deref().map_or_else(|| format!("row_label_{level}"), str::to_owned);
            LongColumn { name, holds: Holds::RowLabel(level) }
        };
        let row_labels = if labelled_by_frame { Vec::new() } else { wide.index().fields() };
        let row_labels: Vec<LongColumn> = row_labels.into_iter().enumerate().map(row_label).collect();
        let frame = if has_time { &names.frame } else { &names.frame_without_time };
        let is_taken = row_labels.iter().any(|column| column.name == *frame);
        let frame = if is_taken { POSITION.to_owned() } else { frame.clone() };
        let mut columns = vec![LongColumn { name: frame, holds: Holds::Frame }];
        if has_time {
            columns.push(LongColumn { name: names.time.clone(), holds: Holds::Time });
        }
        columns.extend(row_labels);
        for (level, name) in wide.levels().iter().enumerate().filter(|(level, _)| *level != coord_level) {
            let role = name.as_deref().and_then(Role::of_level_name);
            let own = || name.as_deref().map_or_else(|| format!("level_{level}"), str::to_owned);
            let name = role.and_then(|role| names.of_role(role)).map_or_else(own, str::to_owned);
            columns.push(LongColumn { name, holds: Holds::Level(level) });
        }
        let coords = wide.labels_at(coord_level).into_iter();
        columns.extend(
            coords
                .map(|coord| LongColumn { name: names.of_coord(coord), holds: Holds::Coord(coord.clone()) }),
        );
        Self::new(wide.clone(), columns)
    }

    /// The layout of a table of this schema in which the columns hold what is said of them.
    ///
    /// # Errors
    ///
    /// When they do not hold all of the table, or some of it twice, and as [`of`](Self::of).
    pub fn new(wide: PoseSchema, columns: Vec<LongColumn>) -> Result<Self, TableError> {
        if wide.columns().is_empty() {
            return Err(LayoutErrorKind::NoColumns.into());
        }
        let coord_level = Parts::of(&columns)?.check(&wide)?;
        let mut column_of_coord = HashMap::new();
        for (column, LongColumn { holds, .. }) in columns.iter().enumerate() {
            if let Holds::Coord(coord) = holds
                && column_of_coord.insert(coord, column).is_some()
            {
                return Err(misfit(format!("two columns hold the coord {coord}")));
            }
        }
        let mut point_of: HashMap<Vec<&Label>, usize> = HashMap::new();
        let (mut points, mut places) = (Vec::new(), Vec::with_capacity(wide.columns().len()));
        for (position, Column { key, .. }) in wide.columns().iter().enumerate() {
            let coord = &key.labels()[coord_level];
            let Some(&column) = column_of_coord.get(coord) else {
                return Err(misfit(format!("no column holds the coord {coord} of {key}")));
            };
            let others = key.labels().iter().enumerate().filter(|(level, _)| *level != coord_level);
            let point = *point_of.entry(others.map(|(_, label)| label).collect()).or_insert_with(|| {
                points.push(position);
                points.len() - 1
            });
            places.push(Place { point, column });
        }
        let types = types(&wide, &columns, &places)?;
        let mut called: HashMap<&str, &Holds> = HashMap::new();
        for LongColumn { name, holds } in &columns {
            if let Some(other) = called.insert(name, holds) {
                let (first, second) = (describe(other, &wide), describe(holds, &wide));
                return Err(LayoutErrorKind::NameClash { name: name.clone(), first, second }.into());
            }
        }
        let fields = columns.iter().zip(types);
        let fields =
            fields.map(|(column, data_type)| Column::new(ColumnKey::new([&*column.name]), data_type));
        let long = PoseSchema::new(vec![None], fields.collect(), IndexSchema::Range { name: None })?
            .with_metadata(wide.metadata().clone());
        Ok(Self { wide, columns, long, points, places })
    }

    /// The schema of the wide table.
    #[must_use]
    pub fn wide(&self) -> &PoseSchema {
        &self.wide
    }

    /// The schema of the long table: one level of columns, rows counted from 0.
    #[must_use]
    pub fn long(&self) -> &PoseSchema {
        &self.long
    }

    /// The columns of the long table, with what they hold.
    #[must_use]
    pub fn columns(&self) -> &[LongColumn] {
        &self.columns
    }

    /// How many rows of the long table a frame has.
    #[must_use]
    pub fn num_points(&self) -> usize {
        self.points.len()
    }

    /// The label of every point in a level of columns.
    pub(super) fn labels_of_points(&self, level: usize) -> impl Iterator<Item = &Label> {
        self.points.iter().map(move |&column| &self.wide.columns()[column].key.labels()[level])
    }

    /// Where each column of the wide table is in the long one.
    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The column of the long table that holds this.
    pub(super) fn column_of(&self, holds: &Holds) -> Option<usize> {
        self.columns.iter().position(|column| column.holds == *holds)
    }

    /// Whether the frame is what labels the rows of the wide table.
    pub(super) fn labelled_by_frame(&self) -> bool {
        labelled_by_frame(self.wide.index())
    }
}

fn labelled_by_frame(index: &IndexSchema) -> bool {
    match index {
        IndexSchema::Range { .. } => true,
        IndexSchema::Labels(field) => field.data_type.is_integer(),
        IndexSchema::Multi(_) => false,
    }
}

fn describe(holds: &Holds, wide: &PoseSchema) -> String {
    let of =
        |name: Option<&str>, level: usize| name.map_or_else(|| level.to_string(), |name| format!("{name:?}"));
    match holds {
        Holds::Frame => "the frame".to_owned(),
        Holds::Time => "its time".to_owned(),
        Holds::RowLabel(level) => {
            format!("level {} of row labels", of(wide.index().fields()[*level].name.as_deref(), *level))
        }
        Holds::Level(level) => format!("level {} of columns", of(wide.levels()[*level].as_deref(), *level)),
        Holds::Coord(coord) => format!("the coord {coord}"),
    }
}

pub(super) fn misfit(reason: String) -> TableError {
    LayoutErrorKind::Misfit { reason }.into()
}

impl From<LayoutErrorKind> for TableError {
    fn from(kind: LayoutErrorKind) -> Self {
        TableErrorKind::Layout { source: kind }.into()
    }
}

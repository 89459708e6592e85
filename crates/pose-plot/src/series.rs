//! What is drawn: a series for each point.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{ArrayRef, downcast_integer_array};
use arrow_schema::DataType;
use pose_frame::{Label, Point, PoseSchema, Role, TableKind};

use crate::palette::{Look, look};

/// How many points are drawn at most; more would be told apart by nobody.
pub(crate) const MAX_SERIES: usize = 64;

/// A point, or where there are no points a column, of a table.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// What it is called: what is the same of all is left out.
    pub(crate) name: String,
    pub(crate) look: Look,
    /// What its colour stands for, by number.
    pub(crate) colour: usize,
    /// Positions of the columns with its places.
    pub(crate) place: Option<(usize, usize)>,
    pub(crate) likelihood: Option<usize>,
    /// Positions of the columns in which a missing value is a missing point.
    pub(crate) values: Vec<usize>,
}

/// How the places of a point belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// From one frame to the next.
    Joined,
    /// Not at all: labelled images are picked from anywhere in a video.
    Apart,
}

impl Places {
    /// How wide the lines or dots of a trajectory are, of so wide a line.
    pub(crate) fn width(self, line: f64) -> f64 {
        if self == Self::Apart { line * 3.0 } else { line }
    }
}

/// The series of a table, and what their colours stand for.
pub(crate) struct SeriesList {
    pub(crate) series: Vec<Series>,
    pub(crate) colours: Vec<String>,
    /// How many points there would be.
    pub(crate) num_points: usize,
    pub(crate) places: Places,
}

impl SeriesList {
    /// The series of those points that have one of the columns.
    pub(crate) fn of(schema: &PoseSchema, columns: &[usize]) -> Self {
        let points: Vec<Point> = schema.points();
        let chosen = |column: &usize| columns.binary_search(column).is_ok();
        let points: Vec<&Point> =
            points.iter().filter(|point| point.coords().iter().any(|(_, column)| chosen(column))).collect();
        let num_points = if points.is_empty() { columns.len() } else { points.len() };
        let mut colours: Vec<String> = Vec::new();
        let individual = individual_level(schema, &points);
        let mut series: Vec<Series> = Vec::new();
        for point in points.iter().take(MAX_SERIES) {
            let name = name(point, &points);
            let says = individual.map_or_else(|| name.clone(), |level| point.labels()[level].to_string());
            let colour = number_of(&mut colours, says);
            let places = point.coords().iter().filter(|(coord, _)| !Point::is_likelihood(coord));
            let values: Vec<usize> = places.map(|(_, column)| *column).collect();
            series.push(Series {
                name,
                look: look(colour),
                colour,
                place: point.column("x").zip(point.column("y")),
                likelihood: point
                    .likelihood()
                    .filter(|column| schema.columns()[*column].data_type.is_floating()),
                // A point of which nothing but its likelihood is known is missing where that is.
                values: if values.is_empty() { point.likelihood().into_iter().collect() } else { values },
            });
        }
        if points.is_empty() {
            for column in columns.iter().take(MAX_SERIES) {
                let name = schema.columns()[*column].key.to_string();
                let colour = number_of(&mut colours, name.clone());
                let (place, likelihood, values) = (None, None, vec![*column]);
                series.push(Series { name, look: look(colour), colour, place, likelihood, values });
            }
        }
        let places = if schema.kind() == TableKind::Labels { Places::Apart } else { Places::Joined };
        Self { series, colours, num_points, places }
    }

    /// Positions of the columns that are read, ascending.
    pub(crate) fn columns(&self) -> Vec<usize> {
        let of = |series: &Series| {
            let place = series.place.into_iter().flat_map(|(x, y)| [x, y]);
            place.chain(series.likelihood).chain(series.values.iter().copied()).collect::<Vec<_>>()
        };
        let mut columns: Vec<usize> = self.series.iter().flat_map(of).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

fn number_of(names: &mut Vec<String>, name: String) -> usize {
    names.iter().position(|other| *other == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}

/// The level of a point's labels that says of which animal it is, where there are several animals.
fn individual_level(schema: &PoseSchema, points: &[&Point]) -> Option<usize> {
    let level = schema.level_of(Role::Individual)?;
    let level = if schema.coord_level().is_some_and(|coords| coords < level) { level - 1 } else { level };
    let first: &Label = points.first()?.labels().get(level)?;
    points.iter().any(|point| point.labels()[level] != *first).then_some(level)
}

/// The labels of a point in which points differ.
fn name(point: &Point, points: &[&Point]) -> String {
    let differ = |level: &usize| points.iter().any(|other| other.labels()[*level] != point.labels()[*level]);
    let labels = point.labels();
    let shown: Vec<String> =
        (0..labels.len()).filter(differ).map(|level| labels[level].to_string()).collect();
    match (shown.is_empty(), labels.last()) {
        (true, Some(last)) => last.to_string(),
        (true, None) => "point".to_owned(),
        (false, _) => shown.join(" "),
    }
}

/// The values of a column as floats; NaN where one is missing, and 0 for what is no number.
#[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "for a picture, of any type")]
pub(crate) fn floats(column: &ArrayRef) -> Vec<f64> {
    let array = column.as_ref();
    downcast_integer_array!(
        array => array.iter().map(|value| value.map_or(f64::NAN, |value| value as f64)).collect(),
        DataType::Float64 => array.as_primitive::<Float64Type>().values().to_vec(),
        DataType::Float32 => array.as_primitive::<Float32Type>().values().iter().map(|x| f64::from(*x)).collect(),
        _ => (0..array.len()).map(|row| if array.is_null(row) { f64::NAN } else { 0.0 }).collect()
    )
}

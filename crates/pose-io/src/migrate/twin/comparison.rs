//! What differs between a table and a CSV file of it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use pose_csv::{CsvForm, CsvTable, Loss, OpenOptions};
use pose_frame::{PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, TableError, default_batch_frames};

use crate::convert::load_small;

/// Two numbers may differ by so much of themselves. `read_csv` is off by one in the last digits unless it is asked for
/// better, and a float32 was written with the digits of the float64 that it is.
const TOLERANCE: f64 = 1e-6;

/// Rows that are in one only are looked for up to so many; a hash of each label is kept.
const MAX_ROWS: usize = 1 << 20;

/// Why it cannot be said whether there is a difference.
pub(super) struct Unknown(pub(super) String);

impl<E: std::error::Error> From<E> for Unknown {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// What differs between a table and a CSV file, for people; none when nothing does.
pub(super) fn difference(table: &dyn PoseTable, path: &Path) -> Result<Option<String>, Unknown> {
    let loaded = load_small(table)?;
    let table = loaded.as_ref().map_or(table, |frame| frame as &dyn PoseTable);
    let form = CsvForm::of(table)?;
    let told = form.losses().iter().any(|loss| matches!(loss, Loss::Told { .. }));
    let options = OpenOptions::default();
    let options = if told { options.with_shape(form.shape()) } else { options };
    let csv = match CsvTable::open(path, &options) {
        Ok(csv) => csv,
        Err(error) => return Ok(Some(format!("it cannot be read: {error}"))),
    };
    let pair = Pair { source: &form, twin: &csv };
    let places = match pair.places_of_columns() {
        Ok(places) => places,
        Err(difference) => return Ok(Some(difference)),
    };
    if form.num_frames() != csv.num_frames() {
        return pair.difference_of_rows().map(Some);
    }
    match pair.first_of_rows(&places)? {
        Some(First::Label(both)) => Ok(Some(pair.difference_of_labels()?.unwrap_or(both))),
        Some(First::Cell(difference)) => Ok(Some(difference)),
        None => Ok(None),
    }
}

/// A table as CSV gives it back, and a CSV.
struct Pair<'a> {
    source: &'a CsvForm<'a>,
    twin: &'a CsvTable,
}

/// The first row that differs.
enum First {
    /// In its label.
    Label(String),
    /// In a cell.
    Cell(String),
}

impl Pair<'_> {
    /// Where the columns of the source are in the twin; what differs when they are not the same.
    fn places_of_columns(&self) -> Result<Vec<usize>, String> {
        let keys = |schema: &PoseSchema| -> Vec<String> {
            schema.columns().iter().map(|column| column.key.to_string()).collect()
        };
        let (ours, theirs) = (keys(self.source.schema()), keys(self.twin.schema()));
        let places: HashMap<&str, usize> =
            theirs.iter().enumerate().map(|(place, key)| (key.as_str(), place)).collect();
        let known: HashSet<&str> = ours.iter().map(String::as_str).collect();
        let mut only = OnlyIn::of("column");
        ours.iter().filter(|key| !places.contains_key(key.as_str())).for_each(|key| only.source.add(key));
        theirs.iter().filter(|key| !known.contains(key.as_str())).for_each(|key| only.twin.add(key));
        match only.difference() {
            Some(difference) => Err(difference),
            None => Ok(ours.iter().map(|key| places[key.as_str()]).collect()),
        }
    }

    /// The rows that are in one of the two only, when there are more in one.
    fn difference_of_rows(&self) -> Result<String, Unknown> {
        let counted = format!(
            "{} rows in the HDF5 file, {} in the CSV file",
            self.source.num_frames(),
            self.twin.num_frames()
        );
        Ok(match self.difference_of_labels()? {
            Some(labels) => format!("{counted}: {labels}"),
            // One label twice, or too many of them.
            None => counted,
        })
    }

    /// The rows that are in one of the two only, by their labels.
    fn difference_of_labels(&self) -> Result<Option<String>, Unknown> {
        if self.source.num_frames().max(self.twin.num_frames()) > MAX_ROWS {
            return Ok(None);
        }
        let mut only = OnlyIn::of("row");
        let ours = hashes_of_labels(self.source)?;
        let theirs = hashes_of_labels(self.twin)?;
        each_label(self.source, |label| {
            if !theirs.contains(&hash(&label)) {
                only.source.add(&label);
            }
        })?;
        each_label(self.twin, |label| {
            if !ours.contains(&hash(&label)) {
                only.twin.add(&label);
            }
        })?;
        Ok(only.difference())
    }

    /// The first row that differs, of tables with as many rows and the same columns.
    fn first_of_rows(&self, places: &[usize]) -> Result<Option<First>, Unknown> {
        let all = Selection::all();
        let frames = default_batch_frames(self.source.schema());
        let ours = self.source.batches(&all, frames)?;
        let theirs = self.twin.batches(&all, frames)?;
        let mut first_row = 0;
        for (ours, theirs) in ours.zip(theirs) {
            let (ours, theirs) = (ours?, theirs?);
            if let Some(first) = first_of_batch(&ours, &theirs, places, first_row) {
                return Ok(Some(first));
            }
            first_row += ours.num_frames();
        }
        Ok(None)
    }
}

/// What is in one of the two only.
struct OnlyIn {
    source: Named,
    twin: Named,
}

/// How many there are of something, and the first of them.
struct Named {
    what: &'static str,
    count: usize,
    first: String,
}

impl OnlyIn {
    fn of(what: &'static str) -> Self {
        let none = || Named { what, count: 0, first: String::new() };
        Self { source: none(), twin: none() }
    }

    fn difference(&self) -> Option<String> {
        let parts = [(&self.source, "HDF5"), (&self.twin, "CSV")];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(named, _)| named.count > 0)
            .map(|(named, format)| {
                let Named { what, count, first } = named;
                match count {
                    1 => format!("{what} {first} is only in the {format} file"),
                    _ => format!("{count} {what}s are only in the {format} file, the first is {first}"),
                }
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

impl Named {
    fn add(&mut self, name: &str) {
        if self.count == 0 {
            name.clone_into(&mut self.first);
        }
        self.count += 1;
    }
}

fn each_label(table: &dyn PoseTable, mut see: impl FnMut(String)) -> Result<(), TableError> {
    let labels = Selection::all().columns([]);
    for batch in table.batches(&labels, default_batch_frames(table.schema()))? {
        let batch = batch?;
        let levels = levels(batch.index());
        (0..batch.num_frames()).for_each(|row| see(label(&levels, row)));
    }
    Ok(())
}

fn hashes_of_labels(table: &dyn PoseTable) -> Result<HashSet<u64>, TableError> {
    let mut hashes = HashSet::new();
    each_label(table, |label| {
        hashes.insert(hash(&label));
    })?;
    Ok(hashes)
}

fn hash(label: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    label.hash(&mut hasher);
    hasher.finish()
}

fn levels(index: &RowIndex) -> Vec<ArrayRef> {
    index.to_levels().into_iter().map(|level| level.values).collect()
}

/// The label of a row. Folder, video and image are what was one path before DeepLabCut 2.2, of whatever system it was.
fn label(levels: &[ArrayRef], row: usize) -> String {
    let text = |level: &ArrayRef| match level.as_string_opt::<i32>() {
        Some(texts) if texts.is_valid(row) => texts.value(row).to_owned(),
        _ => Cell::of(level, row).to_string(),
    };
    levels.iter().map(text).collect::<Vec<_>>().join("/").replace('\\', "/")
}

fn first_of_batch(ours: &PoseFrame, theirs: &PoseFrame, places: &[usize], first_row: usize) -> Option<First> {
    let (our_levels, their_levels) = (levels(ours.index()), levels(theirs.index()));
    if our_levels != their_levels {
        for row in 0..ours.num_frames() {
            let (left, right) = (label(&our_levels, row), label(&their_levels, row));
            if left != right {
                let row = first_row + row;
                let said = format!("row {row} is {left} in the HDF5 file and {right} in the CSV file");
                return Some(First::Label(said));
            }
        }
    }
    // Of the earliest row, whatever its column.
    let columns = ours.columns().iter().zip(places).enumerate();
    let differing = columns.filter_map(|(column, (array, &place))| {
        Some((first_unequal(array, &theirs.columns()[place])?, column))
    });
    let (row, column) = differing.min()?;
    let (left, right) = (&ours.columns()[column], &theirs.columns()[places[column]]);
    let said = format!(
        "row {}, column {}: {} in the HDF5 file, {} in the CSV file",
        label(&our_levels, row),
        ours.schema().columns()[column].key,
        Cell::of(left, row),
        Cell::of(right, row)
    );
    Some(First::Cell(said))
}

fn first_unequal(left: &ArrayRef, right: &ArrayRef) -> Option<usize> {
    if left == right {
        return None;
    }
    (0..left.len()).find(|&row| !Cell::of(left, row).agrees(&Cell::of(right, row)))
}

/// A cell, whatever the type of its column: one number that is corrected to text makes its column one of text.
#[derive(PartialEq)]
enum Cell<'a> {
    Missing,
    Number(f64),
    Text(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    /// A cell of one of the types that come back from CSV.
    fn of(array: &'a ArrayRef, row: usize) -> Self {
        if array.is_null(row) {
            return Self::Missing;
        }
        match array.data_type() {
            DataType::Float64 => Self::number(array.as_primitive::<Float64Type>().value(row)),
            DataType::Int64 => Self::whole(array.as_primitive::<Int64Type>().value(row)),
            DataType::UInt64 => Self::whole(array.as_primitive::<UInt64Type>().value(row)),
            DataType::Boolean => Self::Text(array.as_boolean().value(row).to_string().into()),
            DataType::Utf8 => {
                let text = array.as_string::<i32>().value(row);
                // In a column where something else is text, numbers are too.
                text.parse().map_or(Self::Text(text.into()), Self::number)
            }
            _ => Self::Text(format!("{:?}", array.slice(row, 1)).into()),
        }
    }

    fn number(number: f64) -> Self {
        if number.is_nan() { Self::Missing } else { Self::Number(number) }
    }

    /// A whole number, as text where a float may have no room for it.
    fn whole(number: impl Display) -> Self {
        const DIGITS_OF_FLOATS: usize = 15;
        let text = number.to_string();
        match text.parse() {
            Ok(number) if text.len() <= DIGITS_OF_FLOATS => Self::Number(number),
            _ => Self::Text(text.into()),
        }
    }

    fn agrees(&self, other: &Self) -> bool {
        let (Self::Number(left), Self::Number(right)) = (self, other) else { return self == other };
        #[allow(clippy::float_cmp, reason = "infinities and zeros are what they are")]
        let same = left == right;
        let room = TOLERANCE * left.abs().max(right.abs());
        same || (room.is_finite() && (left - right).abs() <= room)
    }
}

impl Display for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("nothing"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

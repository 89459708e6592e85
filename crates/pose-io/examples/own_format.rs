//! A format of your own: implements `PoseTable` for a type in fifty lines, and writes it to every format that there is.
//!
//! `cargo run --example own_format`. The test below calls the suite that every implementor has to pass.

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::DataType;
use pose_frame::{
    Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, ResolvedSelection, RowIndex, Selection, TableError,
    Tolerance, first_difference,
};
use pose_io::{OpenOptions, csv, hdf5, nwb, open, parquet};

/// What a tracker of ours writes: a line for each frame with x, y and likelihood of the one point that it follows.
const TRACK: &str = "\
12.5 80.25 0.99
13.0 79.75 0.98
nan nan 0.02
14.5 78.5 0.97
";

/// A file of the tracker.
struct Track {
    schema: Arc<PoseSchema>,
    points: Vec<[f64; 3]>,
}

impl Track {
    fn parse(text: &str) -> Result<Self, Box<dyn Error>> {
        let points = text.lines().map(point).collect::<Result<Vec<_>, _>>()?;
        let columns = ["x", "y", "likelihood"]
            .map(|coord| Column::new(ColumnKey::new(["our tracker", "snout", coord]), DataType::Float64));
        let levels = ["scorer", "bodyparts", "coords"].map(|name| Some(name.into()));
        let index = RowIndex::range(points.len());
        let schema = PoseSchema::new(levels.to_vec(), columns.to_vec(), index.schema())?;
        Ok(Self { schema: Arc::new(schema), points })
    }
}

/// Three methods are all that there is to write. Batches, single columns and whole tables follow from them.
impl PoseTable for Track {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.points.len()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        // Labels and ranges are looked up, and refused, by the selection. What is left are positions.
        let ResolvedSelection { columns, frames } = selection.resolve(&self.schema, self.num_frames())?;
        let values = columns.iter().map(|column| {
            let values = self.points[frames.clone()].iter().map(|point| point[*column]);
            Arc::new(Float64Array::from_iter_values(values)) as ArrayRef
        });
        let index = RowIndex::range(self.num_frames()).slice(frames.clone());
        PoseFrame::new(Arc::new(self.schema.project(&columns)), index, values.collect())
    }
}

fn point(line: &str) -> Result<[f64; 3], Box<dyn Error>> {
    let numbers = line.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    numbers.try_into().map_err(|_| format!("not three numbers: {line}").into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let track = Track::parse(TRACK)?;
    let folder = tempfile::tempdir()?;
    println!("{} frames of our tracker, written as", track.num_frames());
    for (name, write) in WRITERS {
        let path = folder.path().join(name);
        write(&track, &path)?;
        // Whatever wrote it, it is opened the same way, and holds the same.
        let opened = open(&path, &OpenOptions::default())?;
        if let Some(difference) = first_difference(&track, &opened.table, Tolerance::BitForBit)? {
            return Err(format!("{name}: {difference}").into());
        }
        println!("  {name:<14} {:>6} bytes, {}, the same bit for bit", opened.num_bytes, opened.format);
    }
    Ok(())
}

type Writer = fn(&dyn PoseTable, &Path) -> Result<(), Box<dyn Error>>;

/// Each takes any table.
const WRITERS: [(&str, Writer); 5] = [
    ("track.parquet", to_parquet),
    ("track.h5", to_hdf5),
    ("track.csv", to_csv),
    ("track.nwb", to_nwb),
    ("track.pack", to_pack),
];

fn to_parquet(table: &dyn PoseTable, path: &Path) -> Result<(), Box<dyn Error>> {
    parquet::write_table(table, File::create_new(path)?, &parquet::WriteOptions::default())?;
    Ok(())
}

fn to_hdf5(table: &dyn PoseTable, path: &Path) -> Result<(), Box<dyn Error>> {
    hdf5::write_table(table, new_file(path)?, &hdf5::WriteOptions::default())?;
    Ok(())
}

fn to_csv(table: &dyn PoseTable, path: &Path) -> Result<(), Box<dyn Error>> {
    let form = csv::CsvForm::of(table)?;
    for loss in form.losses() {
        println!("  a CSV file does not keep: {loss}");
    }
    csv::write_table(&form, File::create_new(path)?)?;
    Ok(())
}

/// NWB is about a session: when it began is never made up.
fn to_nwb(table: &dyn PoseTable, path: &Path) -> Result<(), Box<dyn Error>> {
    let mut options = nwb::WriteOptions::default().with_timing(nwb::Timing::rate(30.0));
    options.session.session_start_time = Some("2023-10-30T14:05:00+01:00".parse()?);
    nwb::write_table(table, new_file(path)?, &options)?;
    Ok(())
}

fn to_pack(table: &dyn PoseTable, path: &Path) -> Result<(), Box<dyn Error>> {
    recipe::pack(table, &recipe::Recipe::lossless(table)?, path, &recipe::PackOptions::default())?;
    Ok(())
}

/// Files of HDF5 are written here and there, and looked at again.
fn new_file(path: &Path) -> Result<File, Box<dyn Error>> {
    Ok(File::options().read(true).write(true).create_new(true).open(path)?)
}

#[cfg(test)]
mod tests {
    use pose_frame::{PoseTable as _, testing};

    use super::{TRACK, Track};

    #[test]
    fn a_format_of_ones_own_conforms() {
        let track = Track::parse(TRACK).unwrap();
        testing::conformance(&track, &track.load().unwrap());
    }

    #[test]
    fn a_missing_point_is_nan_and_its_likelihood_is_there() {
        let frame = Track::parse(TRACK).unwrap().load().unwrap();
        let missing = frame.columns().iter().map(pose_frame::count_missing).collect::<Vec<_>>();
        assert_eq!(missing, [1, 1, 0]);
    }

    #[test]
    fn a_line_that_is_cut_off_is_refused() {
        assert!(Track::parse("1.0 2.0 0.5\n3.0 4.").is_err());
    }
}

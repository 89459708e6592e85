//! Opens files of any format and says what is in them, through `PoseTable` alone: what a program needs that wants to read poses and
//! does not care how they are kept.
//!
//! `cargo run --example open_any -- FILE…`; without files it looks at some of the fixtures.

use std::error::Error;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use pose_frame::{Label, PoseTable, Selection, count_missing, default_batch_frames};
use pose_io::{OpenOptions, open};

fn main() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        files = fixtures();
    }
    for file in files {
        show(&file)?;
    }
    Ok(())
}

/// The same few lines for predictions and labels, HDF5, Parquet, CSV and NWB.
fn show(file: &Path) -> Result<(), Box<dyn Error>> {
    let opened = open(file, &OpenOptions::default())?;
    let (table, schema) = (&opened.table, opened.table.schema());
    println!("{}", file.file_name().unwrap_or_default().to_string_lossy());
    println!("  {} as {}, {} bytes", schema.kind(), opened.format, opened.num_bytes);
    println!("  {} rows × {} columns", table.num_frames(), schema.columns().len());
    println!("  bodyparts: {}", joined(&schema.bodyparts()));
    if !schema.individuals().is_empty() {
        println!("  individuals: {}", joined(&schema.individuals()));
    }
    if let Some(rate) = schema.metadata().frame_rate_hz {
        println!("  {rate} frames per second");
    }
    println!("  missing: {}", missing(table)?);
    println!("  first row: {}", first_row(table)?);
    for note in &opened.notes {
        println!("  note: {note}");
    }
    Ok(())
}

fn joined(labels: &[&Label]) -> String {
    labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Counts what is missing, in batches, so that memory stays bounded whatever the size of the table.
fn missing(table: &dyn PoseTable) -> Result<String, Box<dyn Error>> {
    let (mut missing, mut all) = (0, 0);
    for batch in table.batches(&Selection::all(), default_batch_frames(table.schema()))? {
        let batch = batch?;
        missing += batch.columns().iter().map(count_missing).sum::<usize>();
        all += batch.columns().len() * batch.num_frames();
    }
    Ok(format!("{missing} of {all} values"))
}

/// Reads one row, and nothing else.
fn first_row(table: &dyn PoseTable) -> Result<String, Box<dyn Error>> {
    if table.num_frames() == 0 {
        return Ok("there is none".to_owned());
    }
    let row = table.read(&Selection::all().frames(0..1))?;
    let label = row.index().label_text(0);
    let Some(column) = row.columns().first() else { return Ok(label) };
    let key = &row.schema().columns()[0].key;
    Ok(match column.as_primitive_opt::<Float64Type>() {
        Some(values) => format!("{label}, {key} = {}", values.value(0)),
        None => format!("{label}, {key} of {}", column.data_type()),
    })
}

fn fixtures() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    [
        "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5",
        "pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200_el.h5",
        "pandas-3/labeled-data/openfield1/CollectedData_lab.h5",
        "nwb/sleap-io.nwb",
    ]
    .map(|name| fixtures.join(name))
    .to_vec()
}

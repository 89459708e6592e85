//! Times writing and reading of NWB, as `cargo run --release --example times -- FOLDER FRAMES BODYPARTS` prints them.

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, RowIndex};
use pose_nwb::{NwbTable, Timing, WriteOptions, write_table};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, frames, bodyparts] = arguments.as_slice() else {
        return Err("FOLDER FRAMES BODYPARTS".into());
    };
    let table = table(frames.parse()?, bodyparts.parse()?)?;
    let path = Path::new(folder).join("times.nwb");
    let mut options = WriteOptions::default().with_timing(Timing::rate(30.0));
    options.session.session_start_time = Some("2023-10-30T14:05:00+01:00".parse()?);
    let mut best = [f64::INFINITY; 2];
    for _ in 0..5 {
        let start = Instant::now();
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        write_table(&table, file, &options)?;
        best[0] = best[0].min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let read = NwbTable::open(&path, None)?.load()?;
        best[1] = best[1].min(start.elapsed().as_secs_f64());
        assert_eq!(read.num_frames(), table.num_frames());
    }
    println!("write {:.2} ms, read {:.2} ms", best[0] * 1e3, best[1] * 1e3);
    Ok(())
}

/// Points that move, whose numbers are exactly those of f32.
fn table(frames: u32, bodyparts: u32) -> Result<PoseFrame, Box<dyn Error>> {
    let mut columns = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for bodypart in 0..bodyparts {
        for (number, coord) in (0u32..).zip(["x", "y", "likelihood"]) {
            let name = format!("part{bodypart}");
            columns.push(Column::new(ColumnKey::new(["DLC_net", &name, coord]), DataType::Float64));
            let value =
                |frame: u32| f64::from((frame.wrapping_mul(2_654_435_761) >> 12) + bodypart + number) * 0.125;
            arrays.push(Arc::new(Float64Array::from_iter_values((0..frames).map(value))));
        }
    }
    let levels = ["scorer", "bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
    let index = RowIndex::range(frames as usize);
    let schema = PoseSchema::new(levels, columns, index.schema())?;
    Ok(PoseFrame::new(Arc::new(schema), index, arrays)?)
}

//! Asks Polars about a file of poses: where each bodypart was when it was seen well, and for how many frames.
//!
//! `cargo run --package pose-tests --features polars --example polars_query`. It stands here and not with `pose-frame`, because the
//! queries are Polars' own, and building all of Polars takes minutes.

use std::error::Error;
use std::path::Path;

use polars::prelude::{IntoLazy, SortMultipleOptions, col, len, lit};
use pose_frame::{LongNames, LongTable, MissingFloats, PolarsOptions, PoseFrame, PoseTable};
use pose_io::{OpenOptions, open};

const FILE: &str = "../fixtures/pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5";

fn main() -> Result<(), Box<dyn Error>> {
    let opened = open(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE), &OpenOptions::default())?;
    let long = LongTable::new(&opened.table, &LongNames::default())?.load()?;
    println!("{} frames, as {} rows of one point each", opened.table.num_frames(), long.num_frames());

    // NaN is more than any number in Polars, and spoils a mean; null is left out.
    let points = long.to_polars_with(PolarsOptions::default().missing(MissingFloats::Null))?;
    let likely = points.lazy().filter(col("likelihood").gt(lit(0.9))).collect()?;
    let summary = likely
        .clone()
        .lazy()
        .group_by([col("bodypart")])
        .agg([len().alias("frames"), col("x").mean().alias("x"), col("y").mean().alias("y")])
        .sort(["bodypart"], SortMultipleOptions::default())
        .collect()?;

    println!("{:<12} {:>6} {:>8} {:>8}", "bodypart", "frames", "mean x", "mean y");
    let (bodyparts, frames) = (summary.column("bodypart")?.str()?, summary.column("frames")?.u32()?);
    let (x, y) = (summary.column("x")?.f64()?, summary.column("y")?.f64()?);
    for row in 0..summary.height() {
        let (Some(bodypart), Some(frames)) = (bodyparts.get(row), frames.get(row)) else {
            return Err("a bodypart without a name".into());
        };
        let mean = |mean: Option<f64>| mean.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.2}"));
        println!("{bodypart:<12} {frames:>6} {:>8} {:>8}", mean(x.get(row)), mean(y.get(row)));
    }

    // What Polars left is a table again, and can be written as one.
    let back = PoseFrame::from_polars(&likely, long.shared_schema())?;
    println!("{} of {} points are likely", back.num_frames(), long.num_frames());
    Ok(())
}

//! Tables in files.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use pose_frame::{PoseFrame, PoseTable, Selection};
use pose_io::csv::CsvForm;
use pose_io::hdf5::Storage;
use pose_io::hdf5::compression::{BloscCodec, Compression, Level, Shuffle};
use pose_io::nwb::Timing;
use pose_io::parquet::{Narrow, Profile};
use pose_io::{OpenOptions, csv, hdf5, nwb, parquet};
use pose_stats::{Number, StatsOptions, stats};

use crate::Failure;

pub(crate) fn open(path: &str) -> Result<Box<dyn PoseTable>, Failure> {
    Ok(pose_io::open(path, &OpenOptions::default())?.table)
}

/// All of a table, or the columns of one bodypart.
pub(crate) fn read(path: &str, bodypart: Option<&str>) -> Result<PoseFrame, Failure> {
    let table = open(path)?;
    Ok(match bodypart {
        None => table.load()?,
        Some(bodypart) => table.read(&Selection::all().bodypart(bodypart))?,
    })
}

/// How many numbers a table has.
#[allow(clippy::cast_precision_loss, reason = "there are fewer than 2^53 values")]
pub(crate) fn numbers(table: &PoseFrame) -> f64 {
    (table.num_frames() * table.columns().len()) as f64
}

pub(crate) fn write(table: &PoseFrame, path: &str, how: &[&str]) -> Result<(), Failure> {
    match how {
        ["csv"] => {
            csv::write_table(&CsvForm::of(table)?, File::create(path)?)?;
        }
        ["nwb"] => {
            let mut options = nwb::WriteOptions::default().with_timing(Timing::rate(30.0));
            options.session.session_start_time = Some("2023-10-30T14:05:00+01:00".parse()?);
            nwb::write_table(table, created(path)?, &options)?;
        }
        ["table" | "fixed", ..] => {
            let file = created(path)?;
            hdf5::write_table(table, file, &hdf5_options(how)?)?;
        }
        _ => {
            let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
            parquet::write_table(table, file, &parquet_options(how)?)?.flush()?;
        }
    }
    Ok(())
}

/// A file that its writer may read in, too.
fn created(path: &str) -> Result<File, Failure> {
    Ok(File::options().read(true).write(true).create(true).truncate(true).open(path)?)
}

fn hdf5_options(how: &[&str]) -> Result<hdf5::WriteOptions, Failure> {
    let (level, shuffle) = (Level::new(5).ok_or("a level")?, Shuffle::Bytes);
    let mut options = hdf5::WriteOptions::default();
    for word in how {
        match *word {
            "table" => options.storage = Some(Storage::Table),
            "fixed" => options.storage = Some(Storage::Fixed),
            "zlib" => options.compression = Compression::Zlib { level, shuffle },
            "lz4" => options.compression = Compression::Blosc { codec: BloscCodec::Lz4, level, shuffle },
            "zstd" => options.compression = Compression::Blosc { codec: BloscCodec::Zstd, level, shuffle },
            other => return Err(format!("nothing is written as {other}").into()),
        }
    }
    Ok(options)
}

fn parquet_options(how: &[&str]) -> Result<parquet::WriteOptions, Failure> {
    let mut options = parquet::WriteOptions::default();
    for word in how {
        match Profile::ALL.into_iter().find(|profile| profile.name() == *word) {
            Some(profile) => options.profile = profile,
            None if *word == "narrow" => options.narrow = Narrow::WhereExact,
            None => return Err(format!("nothing is written as {word}").into()),
        }
    }
    Ok(options)
}

/// Mean, deviation and least of the places of every bodypart, where they are likely enough: how many values that were,
/// and of all columns the sum of each, for others to compare with.
#[allow(clippy::cast_precision_loss, reason = "there are fewer than 2^53 values")]
pub(crate) fn query(path: &str, likelihood: f64) -> Result<[f64; 4], Failure> {
    let options = StatsOptions::default().min_likelihood(likelihood).quantiles([]);
    let found = stats(open(path)?.as_ref(), &options, &|_| {})?;
    let mut sums = [0.0; 4];
    for group in
        found.groups.iter().filter(|group| group.key.last().is_some_and(|coord| coord != "likelihood"))
    {
        let (mean, deviation) = (group.mean.unwrap_or(f64::NAN), group.std.unwrap_or(f64::NAN));
        let least = group.min.map_or(f64::NAN, Number::to_f64);
        for (sum, number) in sums.iter_mut().zip([group.count as f64, mean, deviation, least]) {
            *sum += number;
        }
    }
    Ok(sums)
}

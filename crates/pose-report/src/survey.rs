//! What is in the files of a folder.

use std::fs::Metadata;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use pose_frame::{Point, PoseTable, TableKind};
use pose_io::{AtomicFile, Format, OpenOptions, is_packed, open};
use pose_plot::{PlotOptions, thumbnail};
use pose_stats::{Stats, StatsOptions, stats};
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::{ReportError, ReportErrorKind};

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReportOptions {
    /// From which likelihood on a point counts as likely.
    pub min_likelihood: f64,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { min_likelihood: pose_plot::DEFAULT_MIN_LIKELIHOOD }
    }
}

impl ReportOptions {
    /// Takes points of at least this likelihood for likely.
    #[must_use]
    pub fn min_likelihood(mut self, likelihood: f64) -> Self {
        self.min_likelihood = likelihood;
        self
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportProgress {
    /// Files that were looked at.
    pub files: usize,
    /// Files that were found.
    pub num_files: usize,
}

/// What is in a folder.
#[derive(Debug)]
#[non_exhaustive]
pub struct Survey {
    /// The folder.
    pub folder: PathBuf,
    /// From which likelihood on a point counts as likely.
    pub min_likelihood: f64,
    /// The files, in the order of their paths.
    pub files: Vec<FileFound>,
}

/// A file that was found.
#[derive(Debug)]
#[non_exhaustive]
pub struct FileFound {
    /// Where it is below the folder.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its table, or the reason why it was not read.
    pub table: Result<TableFound, String>,
}

/// What is in a table.
#[derive(Debug)]
#[non_exhaustive]
pub struct TableFound {
    /// The format of its file.
    pub format: Format,
    /// What it is.
    pub kind: TableKind,
    /// Rows.
    pub frames: usize,
    /// How long they last in seconds, where the frame rate is known.
    pub seconds: Option<f64>,
    /// Points in each frame, or columns where there are none.
    pub points: usize,
    /// The mean of all likelihoods that are there.
    pub likelihood: Option<f64>,
    /// The point that is least likely.
    pub weakest: Option<Weakest>,
    /// How many of the likelihoods are less than asked for, in percent of all points; none without likelihoods.
    pub unlikely_percent: Option<f64>,
    /// Missing values, in percent of all values.
    pub missing_percent: f64,
    /// A small picture, as SVG.
    pub picture: Option<String>,
}

/// The point of a table that is least likely, on average.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Weakest {
    /// What it is called.
    pub name: String,
    /// The mean of its likelihood.
    pub likelihood: f64,
}

/// Tables up to this size are read once.
const IN_MEMORY_BYTES: usize = 64 << 20;

/// Looks at every file below a folder whose name says that it may hold a table, and at packed tables. Hidden ones are passed over, and so
/// are links to folders. `progress` is called after each file.
///
/// # Errors
///
/// When the folder cannot be listed. Whatever is wrong with a file or a folder in it is part of what is found.
pub fn survey(
    folder: &Path,
    options: &ReportOptions,
    progress: &(dyn Fn(ReportProgress) + Sync),
) -> Result<Survey, ReportError> {
    if let Err(source) = folder.read_dir() {
        return Err(ReportErrorKind::Folder { path: folder.to_owned(), source }.into());
    }
    let found = find(folder);
    let (num_files, done) = (found.len(), AtomicUsize::new(0));
    progress(ReportProgress { files: 0, num_files });
    let files = found.into_par_iter().map(|(path, broken)| {
        let bytes = bytes_of(&path);
        let table = match broken {
            Some(reason) => Err(reason),
            None => contained(&path, options),
        };
        let files = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(ReportProgress { files, num_files });
        let path = path.strip_prefix(folder).map_or_else(|_| path.clone(), Path::to_owned);
        FileFound { path, bytes, table }
    });
    Ok(Survey { folder: folder.to_owned(), min_likelihood: options.min_likelihood, files: files.collect() })
}

/// The files, and why one cannot be looked at.
fn find(folder: &Path) -> Vec<(PathBuf, Option<String>)> {
    let mut found = Vec::new();
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    let is_hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    let mut entries = entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name()));
    while let Some(entry) = entries.next() {
        match entry {
            // What is in it are parts of a table.
            Ok(entry) if entry.file_type().is_dir() && is_packed(entry.path()) => {
                entries.skip_current_dir();
                found.push((entry.into_path(), None));
            }
            Ok(entry) => {
                let path = entry.path();
                let is_table = Format::of_name(path).is_some() && !AtomicFile::is_temporary(path);
                if is_table && !path.is_dir() {
                    found.push((path.to_owned(), None));
                }
            }
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let reason = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
                found.push((path, Some(reason)));
            }
        }
    }
    found
}

/// The size of a file, or of a packed table.
fn bytes_of(path: &Path) -> u64 {
    let files = WalkDir::new(path).into_iter().flatten().filter(|entry| !entry.file_type().is_dir());
    files.map(|entry| entry.path().metadata().as_ref().map_or(0, Metadata::len)).sum()
}

/// A defect that one file brings to light stays with it.
fn contained(path: &Path, options: &ReportOptions) -> Result<TableFound, String> {
    let looked = catch_unwind(AssertUnwindSafe(|| look(path, options).map_err(|error| error.to_string())));
    let shown = path.display().to_string();
    let looked = looked.unwrap_or_else(|_| Err("this is a defect of pose, please report it".to_owned()));
    // Errors name the file, and so does the page.
    // What follows its name is the reason, a line of it, or a file in a packed table.
    looked.map_err(|reason| match reason.strip_prefix(&shown) {
        Some(rest) => rest.trim_start_matches([':', ',', '/', ' ']).to_owned(),
        None => reason,
    })
}

fn look(path: &Path, options: &ReportOptions) -> Result<TableFound, Box<dyn std::error::Error>> {
    let opened = open(path, &OpenOptions::default())?;
    let schema = opened.table.schema();
    let bytes = opened.table.num_frames().saturating_mul(schema.row_bytes());
    let loaded = if bytes <= IN_MEMORY_BYTES { Some(opened.table.load()?) } else { None };
    let table = loaded.as_ref().map_or(opened.table.as_ref(), |frame| frame as &dyn PoseTable);
    let schema = table.schema();
    let columns = stats(table, &StatsOptions::default().quantiles([]), &|_| {})?;
    let plot = PlotOptions::default().min_likelihood(options.min_likelihood);
    let picture = thumbnail(table, &plot)?;
    let points = schema.points();
    let frame_rate_hz = schema.metadata().frame_rate_hz.filter(|rate| *rate > 0.0);
    let judged = points.iter().any(|point| point.likelihood().is_some());
    Ok(TableFound {
        format: opened.format,
        kind: schema.kind(),
        frames: table.num_frames(),
        seconds: frame_rate_hz.map(|rate| float(table.num_frames()) / rate),
        points: if points.is_empty() { schema.columns().len() } else { points.len() },
        likelihood: mean_likelihood(&points, &columns),
        weakest: weakest(&points, &columns),
        unlikely_percent: judged.then(|| percent(picture.unlikely, picture.points)),
        missing_percent: percent(
            columns.groups.iter().map(|group| group.missing).sum(),
            columns.groups.iter().map(|group| group.missing + group.count).sum(),
        ),
        picture: picture.svg,
    })
}

/// The mean and the number of a point's likelihoods. Columns that are by themselves are groups in the order of the table.
fn likelihood_of(point: &Point, columns: &Stats) -> Option<(f64, f64)> {
    let group = columns.groups.get(point.likelihood()?)?;
    Some((group.mean?, float(group.count)))
}

fn mean_likelihood(points: &[Point], columns: &Stats) -> Option<f64> {
    let all = points.iter().filter_map(|point| likelihood_of(point, columns));
    let (sum, count) = all.fold((0.0, 0.0), |(sum, count), (mean, of)| (sum + mean * of, count + of));
    (count > 0.0).then(|| sum / count)
}

fn weakest(points: &[Point], columns: &Stats) -> Option<Weakest> {
    let all = points.iter().filter_map(|point| Some((point, likelihood_of(point, columns)?.0)));
    let (point, likelihood) = all.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    // Who set the positions says nothing here.
    let labels = point.labels().iter().skip(usize::from(point.labels().len() > 1));
    let name = labels.map(ToString::to_string).collect::<Vec<_>>().join(" ");
    Some(Weakest { name, likelihood })
}

fn percent(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { float(part) / float(all) * 100.0 }
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
fn float(count: usize) -> f64 {
    count as f64
}

//! Reports on disk: a line of JSON for each file, written when it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::task::seconds_since_1970;
use super::{BatchReport, FileReport, Shard, Summary};
use crate::{AtomicFile, Existing, PoseIoError, PoseIoErrorKind};

/// The version of reports that is written; those of higher versions are refused.
const VERSION: u64 = 1;

/// A line of a report.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Run(RunLine),
    File(Box<FileReport>),
    Summary(Summary),
}

/// The same, lent.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum LineRef<'a> {
    Run(&'a RunLine),
    File(&'a FileReport),
    Summary(&'a Summary),
}

/// What begins a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct RunLine {
    version: u64,
    pose: String,
    /// Absolute.
    folder: String,
    /// Where packs are written, where that is what is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    packs: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<Shard>,
    started: f64,
}

/// The report of a migration, or of the packing of a folder, on disk, as JSON lines: `{"run": …}`, a `{"file": …}` for each [`FileReport`] as soon as its file
/// is done, and `{"summary": …}` when all are.
///
/// Each line is handed to the operating system at once, so a run that is killed leaves the lines of all files that it was
/// done with. A run without a summary was cut short: names of its last files may not be on disk yet, and the next run
/// verifies them. Runs are added to a report that is there; what a later one says of a file holds.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

impl Journal {
    /// Begins a migration in a report, which is made when it is not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, another run is at work on it, or it is something else than a report of migrations.
    pub fn begin(path: &Path, folder: &Path, shard: Option<Shard>) -> Result<Self, PoseIoError> {
        Self::begin_run(path, folder, None, shard)
    }

    /// Begins the packing of a folder into another one.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub fn begin_packs(
        path: &Path,
        folder: &Path,
        packs: &Path,
        shard: Option<Shard>,
    ) -> Result<Self, PoseIoError> {
        Self::begin_run(path, folder, Some(packs), shard)
    }

    fn begin_run(
        path: &Path,
        folder: &Path,
        packs: Option<&Path>,
        shard: Option<Shard>,
    ) -> Result<Self, PoseIoError> {
        let failed = |error| PoseIoError::io("cannot be written", path)(error);
        let mut file = File::options().read(true).append(true).create(true).open(path).map_err(failed)?;
        if cfg!(unix) && matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
            return Err(PoseIoErrorKind::InUse { path: path.to_owned() }.into());
        }
        let is_torn = check_report(&mut file, path, packs.is_some())?;
        let absolute = |folder: &Path| {
            let folder = folder.canonicalize().or_else(|_| std::path::absolute(folder));
            folder.map(|folder| folder.to_string_lossy().into_owned())
        };
        let run = RunLine {
            version: VERSION,
            pose: env!("CARGO_PKG_VERSION").to_owned(),
            folder: absolute(folder).unwrap_or_else(|_| folder.to_string_lossy().into_owned()),
            packs: packs
                .map(|packs| absolute(packs).unwrap_or_else(|_| packs.to_string_lossy().into_owned())),
            shard,
            started: seconds_since_1970(),
        };
        if is_torn {
            file.write_all(b"\n").map_err(failed)?;
        }
        let journal = Self { path: path.to_owned(), file: Mutex::new(file) };
        journal.write(&LineRef::Run(&run))?;
        Ok(journal)
    }

    /// Adds a file that is done.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn add(&self, file: &FileReport) -> Result<(), PoseIoError> {
        self.write(&LineRef::File(file))
    }

    /// Ends the run, and brings the report to disk.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn end(self, report: &BatchReport) -> Result<(), PoseIoError> {
        self.write(&LineRef::Summary(&report.summary))?;
        let file = self.file.into_inner().unwrap_or_else(PoisonError::into_inner);
        file.sync_all().map_err(PoseIoError::io("cannot be brought to disk", &self.path))
    }

    fn write(&self, line: &LineRef<'_>) -> Result<(), PoseIoError> {
        let line = to_line(line);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).map_err(PoseIoError::io("cannot be written", &self.path))
    }
}

fn to_line(line: &LineRef<'_>) -> Vec<u8> {
    let mut line = serde_json::to_vec(line).expect("numbers and texts serialise");
    line.push(b'\n');
    line
}

/// Checks that a file is empty or a report, of packs or of migrations. Says whether its last line was cut short.
fn check_report(file: &mut File, path: &Path, of_packs: bool) -> Result<bool, PoseIoError> {
    const LONGEST: u64 = 1 << 20;
    let failed = |error| PoseIoError::io("cannot be read", path)(error);
    let len = file.metadata().map_err(failed)?.len();
    if len == 0 {
        return Ok(false);
    }
    let mut first = Vec::new();
    BufReader::new((&*file).take(LONGEST)).read_until(b'\n', &mut first).map_err(failed)?;
    match serde_json::from_slice(&first) {
        Ok(Line::Run(run)) if run.packs.is_some() == of_packs => {}
        Ok(Line::Run(_)) => return Err(of_something_else(path)),
        _ => return Err(not_a_report(path)),
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(len - 1)).and_then(|_| file.read_exact(&mut last)).map_err(failed)?;
    Ok(last != *b"\n")
}

fn not_a_report(path: &Path) -> PoseIoError {
    let reason = "is there, and is no report of a migration".to_owned();
    PoseIoErrorKind::Report { path: path.to_owned(), reason }.into()
}

/// What is said of a source twice would hide what was said first.
fn of_something_else(path: &Path) -> PoseIoError {
    let reason = "is a report too, but one is of packs and the other of a migration".to_owned();
    PoseIoErrorKind::Report { path: path.to_owned(), reason }.into()
}

/// What the reports of several runs say together: see [`merge_reports`].
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct MergedReports {
    /// The files, by what was said of each last, sorted by their path.
    pub files: Vec<FileReport>,
    /// All together. Its time is the sum of those of the runs.
    pub summary: Summary,
    /// Parts of the folder of which no run is reported.
    pub missing: Vec<Shard>,
    /// Runs that were cut short and not run again: parts, or `1/1` for a run of all files.
    pub unfinished: Vec<Shard>,
    /// Lines that are cut off, as a run that is killed may leave one.
    pub torn_lines: usize,
    #[serde(skip)]
    folder: String,
    #[serde(skip)]
    packs: Option<String>,
}

impl MergedReports {
    /// Whether every part of the folder was run to its end.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.unfinished.is_empty()
    }

    /// Whether they are of folders that were packed.
    #[must_use]
    pub fn is_of_packs(&self) -> bool {
        self.packs.is_some()
    }

    /// Writes them as one report. Runs that were cut short are missing there: it has no summary then.
    ///
    /// # Errors
    ///
    /// When the file is there and is to be kept, or cannot be written.
    pub fn write(&self, path: &Path, existing: Existing) -> Result<(), PoseIoError> {
        let run = RunLine {
            version: VERSION,
            pose: env!("CARGO_PKG_VERSION").to_owned(),
            folder: self.folder.clone(),
            packs: self.packs.clone(),
            shard: None,
            started: seconds_since_1970(),
        };
        let mut out = BufWriter::new(AtomicFile::create(path, existing)?);
        let mut lines = vec![LineRef::Run(&run)];
        lines.extend(self.files.iter().map(LineRef::File));
        if self.is_whole() {
            lines.push(LineRef::Summary(&self.summary));
        }
        let written = lines.iter().try_for_each(|line| out.write_all(&to_line(line)));
        let file = written.and_then(|()| out.into_inner().map_err(io::IntoInnerError::into_error));
        file.map_err(PoseIoError::io("cannot be written", path))?.commit()
    }
}

/// Puts the reports of several runs of one folder together, as those of its parts that several machines made.
///
/// # Errors
///
/// When one cannot be read, is no report or of a newer version, or when they are of folders of different names.
pub fn merge_reports(paths: &[PathBuf]) -> Result<MergedReports, PoseIoError> {
    let mut merge = Merge::default();
    for path in paths {
        merge.add(path)?;
    }
    Ok(merge.finish())
}

#[derive(Default)]
struct Merge {
    files: BTreeMap<String, FileReport>,
    /// Of each part whether its last run came to its end.
    parts: BTreeMap<(u32, u32), bool>,
    folder: Option<String>,
    packs: Option<String>,
    seconds: f64,
    torn_lines: usize,
}

impl Merge {
    fn add(&mut self, path: &Path) -> Result<(), PoseIoError> {
        let failed = |error| PoseIoError::io("cannot be read", path)(error);
        let refuse = |reason: String| Err(PoseIoErrorKind::Report { path: path.to_owned(), reason }.into());
        let mut lines = BufReader::new(File::open(path).map_err(failed)?);
        let (mut line, mut part) = (Vec::new(), None);
        while lines.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            match serde_json::from_slice(&line) {
                Ok(Line::Run(run)) => {
                    if run.version > VERSION {
                        return refuse(format!("is a report of version {}, known is {VERSION}", run.version));
                    }
                    let name =
                        |folder: &str| folder.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                    if self.folder.is_some() && self.packs.is_some() != run.packs.is_some() {
                        return Err(of_something_else(path));
                    }
                    self.packs = run.packs.or(self.packs.take());
                    let folder = self.folder.get_or_insert_with(|| run.folder.clone());
                    if name(folder) != name(&run.folder) {
                        return refuse(format!("is of {}, and another report of {folder}", run.folder));
                    }
                    let shard = run.shard.map_or((1, 1), |shard| (shard.count(), shard.number()));
                    self.parts.insert(shard, false);
                    part = Some(shard);
                }
                _ if part.is_none() => return Err(not_a_report(path)),
                Ok(Line::File(file)) => self.add_file(*file),
                Ok(Line::Summary(summary)) => {
                    self.seconds += summary.seconds;
                    if summary.not_begun == 0 {
                        self.parts.extend(part.map(|part| (part, true)));
                    }
                }
                Err(_) => self.torn_lines += usize::from(!line.trim_ascii().is_empty()),
            }
            line.clear();
        }
        if part.is_none() { Err(not_a_report(path)) } else { Ok(()) }
    }

    fn add_file(&mut self, file: FileReport) {
        match self.files.get(&file.relative) {
            Some(known) if known.finished > file.finished => {}
            _ => drop(self.files.insert(file.relative.clone(), file)),
        }
    }

    fn finish(self) -> MergedReports {
        let shard = |(count, number): (u32, u32)| Shard::new(number, count).ok();
        let counts: BTreeSet<u32> = self.parts.keys().map(|(count, _)| *count).collect();
        // Parts of one count make the folder, and so does a run of all files.
        let parts = &self.parts;
        let absent = |count: u32| {
            let numbers = (1..=count).filter(|number| !parts.contains_key(&(count, *number)));
            numbers.filter_map(|number| shard((count, number))).collect::<Vec<_>>()
        };
        let missing = counts.iter().map(|count| absent(*count)).min_by_key(Vec::len).unwrap_or_default();
        let unfinished = parts.iter().filter(|(_, is_whole)| !**is_whole);
        let unfinished = unfinished.filter_map(|(part, _)| shard(*part)).collect();
        let mut summary = Summary { found: self.files.len(), seconds: self.seconds, ..Summary::default() };
        for file in self.files.values() {
            summary.add(file);
        }
        MergedReports {
            missing,
            unfinished,
            torn_lines: self.torn_lines,
            folder: self.folder.unwrap_or_default(),
            packs: self.packs,
            files: self.files.into_values().collect(),
            summary,
        }
    }
}

//! What the verbs share that work on every file below a folder.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use pose_io::{BatchEvent, BatchReport, FileReport, FileStatus, Journal, PoseIoError, Summary};

use crate::human;
use crate::output::{self, Outcome, say};

/// Works on a folder, notes each file in the journal when it is done, and draws a bar meanwhile. Then `print` says for people what
/// was done, unless it is printed as JSON.
pub(crate) fn run(
    journal: Option<Journal>,
    json: bool,
    work: impl FnOnce(&(dyn Fn(BatchEvent<'_>) + Sync)) -> Result<BatchReport, PoseIoError>,
    print: impl FnOnce(&BatchReport),
) -> anyhow::Result<Outcome> {
    // What cannot be reported is done all the same, and said at the end.
    let unreported: Mutex<Option<PoseIoError>> = Mutex::new(None);
    let note = |written: Result<(), PoseIoError>| {
        if let Err(error) = written {
            unreported.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    };
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left {msg}",
    )?);
    let report = work(&|event| match event {
        BatchEvent::Found { bytes, .. } => bar.set_length(bytes),
        BatchEvent::Advanced { bytes } => bar.inc(bytes),
        BatchEvent::Done(file) => {
            if let Some(journal) = &journal {
                note(journal.add(file));
            }
            if file.status == FileStatus::Failed {
                bar.set_message("(some failed)");
            }
        }
        _ => {}
    });
    bar.finish_and_clear();
    let report = report?;
    if let Some(journal) = journal {
        note(journal.end(&report));
    }
    if json {
        output::json(&report)?;
    } else {
        print(&report);
    }
    if let Some(error) = unreported.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error).context("the report is not whole");
    }
    if report.summary.not_begun > 0 {
        anyhow::bail!(
            "stopped: {} not begun; the next run goes on",
            human::counted(report.summary.not_begun, "file")
        );
    }
    Ok(if report.summary.failed > 0 { Outcome::Different } else { Outcome::Done })
}

/// What was found where there was nothing to do.
pub(crate) struct Nothing<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) what: &'a str,
}

/// Says what happened to how many files; not to which, unless `lists` says so. Says whether there were any.
pub(crate) fn print_counts(
    files: &[FileReport],
    summary: &Summary,
    lists: bool,
    nothing: &Nothing<'_>,
) -> bool {
    if summary.swept > 0 {
        say(format_args!(
            "{} of runs that were killed removed",
            human::counted(summary.swept, "temporary file")
        ));
    }
    if summary.found == 0 {
        say(format_args!("{}: no {}", nothing.folder.display(), nothing.what));
        return false;
    }
    if lists {
        for file in files.iter().filter(|file| file.status != FileStatus::Failed) {
            say(line(file));
        }
    }
    let parts = [
        (summary.migrated, "migrated"),
        (summary.packed, "packed"),
        (summary.up_to_date, "up to date"),
        (summary.planned, "to be done"),
        (summary.already_removed, "removed by another run"),
        (summary.not_begun, "not begun"),
        (summary.failed, "failed"),
    ];
    say(format_args!(
        "{}: {}, in {}",
        human::counted(summary.found, "file"),
        human::tally(&parts, ", "),
        human::duration(Duration::from_secs_f64(summary.seconds)),
    ));
    true
}

/// Says why files failed.
pub(crate) fn print_failures(files: &[FileReport]) {
    for file in files.iter().filter(|file| file.status == FileStatus::Failed) {
        let reason = file.reason.as_deref().unwrap_or_default();
        let path = file.source.display().to_string();
        // Reasons name the file themselves, mostly.
        if reason.starts_with(&path) {
            say(format_args!("failed: {reason}"));
        } else {
            say(format_args!("failed: {path}: {reason}"));
        }
    }
}

fn line(file: &FileReport) -> String {
    let what = match file.status {
        FileStatus::Migrated => "migrated",
        FileStatus::Packed => "packed",
        FileStatus::UpToDate => "up to date",
        FileStatus::Planned => "to be done",
        FileStatus::AlreadyRemoved => "removed by another run",
        _ => "failed",
    };
    let targets: Vec<String> = file.tables.iter().map(|table| table.target.display().to_string()).collect();
    format!(
        "{what}: {} → {} ({} × {})",
        file.source.display(),
        targets.join(", "),
        human::counted(file.rows, "frame"),
        human::counted(file.columns, "column"),
    )
}

//! `pose migrate`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use pose_io::{
    AfterMigration, Existing, FileReport, FileStatus, Journal, MergedReports, MigrateEvent, MigrateOptions,
    PoseIoError, Rehearsal, Stop, Subfolders, Summary, merge_reports, migrate,
};

use crate::args::MigrateArgs;
use crate::human;
use crate::output::{self, Outcome, say};

pub(crate) fn run(args: &MigrateArgs, stop: &Stop) -> anyhow::Result<Outcome> {
    let Some(folder) = &args.folder else { return merge(args) };
    let options = options(args, stop);
    let journal = args.report.as_ref().map(|report| Journal::begin(report, folder, &options)).transpose()?;
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
    let report = migrate(folder, &options, &|event| match event {
        MigrateEvent::Found { bytes, .. } => bar.set_length(bytes),
        MigrateEvent::Advanced { bytes } => bar.inc(bytes),
        MigrateEvent::Done(file) => {
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

    if args.json {
        output::json(&report)?;
    } else {
        print(folder, &report.files, &report.summary, args);
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

fn options(args: &MigrateArgs, stop: &Stop) -> MigrateOptions {
    let mut options = MigrateOptions::default();
    options.pattern.clone_from(&args.pattern);
    options.jobs = args.jobs;
    options.memory_bytes = args.memory;
    options.shard = args.shard;
    options.stop = stop.clone();
    if args.no_recursive {
        options.subfolders = Subfolders::Skip;
    }
    if args.dry_run {
        options.rehearsal = Rehearsal::DryRun;
    }
    if args.remove_source {
        options.after = AfterMigration::RemoveSource;
    }
    if let Some(profile) = args.profile {
        options.parquet.profile = profile.into();
    }
    if args.force {
        options.existing = Existing::Replace;
    }
    options
}

/// Puts reports together.
fn merge(args: &MigrateArgs) -> anyhow::Result<Outcome> {
    let merged = merge_reports(&args.merge_reports)?;
    if let Some(output) = &args.output {
        merged.write(output, if args.force { Existing::Replace } else { Existing::Keep })?;
    }
    if args.json {
        output::json(&merged)?;
    } else {
        let MergedReports { files, summary, .. } = &merged;
        print(Path::new("these reports"), files, summary, args);
        for part in &merged.missing {
            say(format_args!("part {part} is missing: no run of it is reported"));
        }
        for part in &merged.unfinished {
            say(format_args!("part {part} was cut short, and has not been run again"));
        }
        if merged.torn_lines > 0 {
            say(format_args!("{} cut off", human::counted(merged.torn_lines, "line")));
        }
    }
    let is_done = merged.is_whole() && merged.summary.failed == 0;
    Ok(if is_done { Outcome::Done } else { Outcome::Different })
}

fn print(folder: &Path, files: &[FileReport], summary: &Summary, args: &MigrateArgs) {
    if summary.swept > 0 {
        say(format_args!(
            "{} of runs that were killed removed",
            human::counted(summary.swept, "temporary file")
        ));
    }
    if summary.found == 0 {
        say(format_args!("{}: no HDF5 files", folder.display()));
        return;
    }
    if args.verbose || args.dry_run {
        for file in files.iter().filter(|file| file.status != FileStatus::Failed) {
            say(line(file));
        }
    }
    let parts = [
        (summary.migrated, "migrated"),
        (summary.up_to_date, "up to date"),
        (summary.planned, "to migrate"),
        (summary.already_removed, "removed by another run"),
        (summary.not_begun, "not begun"),
        (summary.failed, "failed"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", human::count(count)))
        .collect();
    say(format_args!(
        "{}: {}, in {}",
        human::counted(summary.found, "file"),
        parts.join(", "),
        human::duration(Duration::from_secs_f64(summary.seconds)),
    ));
    let verified = summary.migrated + summary.up_to_date;
    if verified > 0 && !args.dry_run {
        say(format_args!(
            "{}, {} as HDF5, {} as Parquet, compared bit for bit",
            human::counted(summary.rows, "frame"),
            human::bytes(summary.source_bytes),
            human::bytes(summary.target_bytes),
        ));
    }
    let removed = files.iter().filter(|file| file.source_removed).count();
    if removed > 0 {
        say(format_args!("{} removed after that", human::counted(removed, "HDF5 file")));
    }
    if summary.with_news > 0 {
        say(format_args!(
            "{} do not note what the files beside their sources say now ({}); --force writes them anew",
            human::counted(summary.with_news, "Parquet file"),
            news(files).join(", "),
        ));
    }
    print_twins(files);
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

/// The CSV files that say something else than the HDF5 files beside which they lie, or that could not be compared.
fn print_twins(files: &[FileReport]) {
    for file in files {
        let Some(twin) = &file.csv_twin else { continue };
        let Some(difference) = &twin.difference else { continue };
        let (source, path) = (file.source.display(), twin.path.display());
        match twin.agrees {
            None => say(format_args!("{path}: {difference}")),
            Some(_) if file.status != FileStatus::Failed && file.reason.is_some() => {
                say(format_args!("{path} differs from {source}, which is kept: {difference}"));
            }
            Some(_) => say(format_args!("{path} differs from {source}: {difference}")),
        }
    }
}

/// What is new, of all files.
fn news(files: &[FileReport]) -> Vec<String> {
    let all = files.iter().flat_map(|file| &file.tables).flat_map(|table| &table.news);
    all.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

fn line(file: &FileReport) -> String {
    let what = match file.status {
        FileStatus::Migrated => "migrated",
        FileStatus::UpToDate => "up to date",
        FileStatus::Planned => "to migrate",
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

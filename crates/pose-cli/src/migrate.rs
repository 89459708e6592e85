//! `pose migrate`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use pose_io::{
    AfterMigration, Existing, FileReport, FileStatus, MigrateEvent, MigrateOptions, MigrationReport,
    Rehearsal, Subfolders, migrate,
};

use crate::args::MigrateArgs;
use crate::human;
use crate::output::{self, Outcome, say};

pub(crate) fn run(args: &MigrateArgs) -> anyhow::Result<Outcome> {
    let mut options = MigrateOptions::default();
    options.pattern.clone_from(&args.pattern);
    options.jobs = args.jobs;
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

    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left {msg}",
    )?);
    let report = migrate(&args.folder, &options, &|event| match event {
        MigrateEvent::Found { bytes, .. } => bar.set_length(bytes),
        MigrateEvent::Advanced { bytes } => bar.inc(bytes),
        MigrateEvent::Done(file) if file.status == FileStatus::Failed => bar.set_message("(some failed)"),
        _ => {}
    });
    bar.finish_and_clear();
    let report = report?;

    if args.json {
        output::json(&report)?;
    } else {
        print(&report, args);
    }
    Ok(if report.summary.failed > 0 { Outcome::Different } else { Outcome::Done })
}

fn print(report: &MigrationReport, args: &MigrateArgs) {
    let summary = &report.summary;
    if summary.found == 0 {
        say(format_args!("{}: no HDF5 files", args.folder.display()));
        return;
    }
    if args.verbose || args.dry_run {
        for file in report.files.iter().filter(|file| file.status != FileStatus::Failed) {
            say(line(file));
        }
    }
    let parts = [
        (summary.migrated, "migrated"),
        (summary.up_to_date, "up to date"),
        (summary.planned, "to migrate"),
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
    let removed = report.files.iter().filter(|file| file.source_removed).count();
    if removed > 0 {
        say(format_args!("{} removed after that", human::counted(removed, "HDF5 file")));
    }
    for file in report.files.iter().filter(|file| file.status == FileStatus::Failed) {
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
        FileStatus::UpToDate => "up to date",
        FileStatus::Planned => "to migrate",
        FileStatus::Failed => "failed",
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

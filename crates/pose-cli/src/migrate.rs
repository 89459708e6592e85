//! `pose migrate`.

use std::collections::BTreeSet;
use std::path::Path;

use pose_io::{
    AfterMigration, Existing, FileReport, FileStatus, Journal, MergedReports, MigrateOptions, Stop, Summary,
    merge_reports, migrate,
};

use crate::args::MigrateArgs;
use crate::batch::{self, Nothing};
use crate::human;
use crate::output::{self, Outcome, say};
use crate::pack;

pub(crate) fn run(args: &MigrateArgs, stop: &Stop) -> anyhow::Result<Outcome> {
    let Some(folder) = &args.folder else { return merge(args) };
    let options = options(args, stop);
    let report = args.batch.report.as_ref();
    let journal = report.map(|report| Journal::begin(report, folder, options.batch.shard)).transpose()?;
    let print = |report: &pose_io::BatchReport| print_done(folder, &report.files, &report.summary, args);
    batch::run(journal, args.json, |progress| migrate(folder, &options, progress), print)
}

fn options(args: &MigrateArgs, stop: &Stop) -> MigrateOptions {
    let mut options = MigrateOptions::default();
    options.batch = args.batch.options(args.pattern.as_ref(), stop);
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
        let these = Path::new("these reports");
        if merged.is_of_packs() {
            pack::print_done(these, files, summary, args.batch.verbose);
        } else {
            print_done(these, files, summary, args);
        }
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

fn print_done(folder: &Path, files: &[FileReport], summary: &Summary, args: &MigrateArgs) {
    let nothing = Nothing { folder, what: "HDF5 files" };
    let lists = args.batch.verbose || args.batch.dry_run;
    if !batch::print_counts(files, summary, lists, &nothing) {
        return;
    }
    let verified = summary.migrated + summary.up_to_date;
    if verified > 0 && !args.batch.dry_run {
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
    batch::print_failures(files);
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

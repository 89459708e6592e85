//! `pose pack` of a folder.

use std::path::Path;

use pose_io::{BatchReport, Existing, FileReport, Journal, PackFolderOptions, Stop, Summary, pack_folder};

use crate::args::PackArgs;
use crate::batch::{self, Nothing};
use crate::human;
use crate::output::{Outcome, say};
use crate::recipe::percent;

pub(super) fn run(args: &PackArgs, stop: &Stop) -> anyhow::Result<Outcome> {
    let Some(recipe) = &args.recipe else {
        anyhow::bail!(
            "{} is a folder, which is packed by one recipe that --recipe names: `pose recipe FILE -o recipe.json` proposes one",
            args.input.display()
        );
    };
    if args.key.is_some() {
        anyhow::bail!(
            "--key is for files, and {} is a folder, of which all tables are packed",
            args.input.display()
        );
    }
    let recipe = super::read(recipe)?;
    let options = options(args, stop);
    let (folder, target) = (args.input.as_path(), args.target.as_path());
    let report = args.batch.report.as_ref();
    let journal =
        report.map(|report| Journal::begin_packs(report, folder, target, options.batch.shard)).transpose()?;
    let lists = args.batch.verbose || args.batch.dry_run;
    let print = |report: &BatchReport| print_done(folder, &report.files, &report.summary, lists);
    batch::run(journal, args.json, |progress| pack_folder(folder, target, &recipe, &options, progress), print)
}

fn options(args: &PackArgs, stop: &Stop) -> PackFolderOptions {
    let mut options = PackFolderOptions::default();
    options.batch = args.batch.options(args.pattern.as_ref(), stop);
    if args.force {
        options.existing = Existing::Replace;
    }
    options
}

/// Says what was packed.
pub(crate) fn print_done(folder: &Path, files: &[FileReport], summary: &Summary, lists: bool) {
    let nothing = Nothing { folder, what: "Parquet, HDF5 or NWB files" };
    if !batch::print_counts(files, summary, lists, &nothing) {
        return;
    }
    if summary.target_bytes > 0 {
        let errors = files.iter().flat_map(|file| &file.tables).filter_map(|table| table.max_error);
        let error = errors.fold(0.0, f64::max);
        let compared =
            if error > 0.0 { format!("within {}", human::number(error)) } else { "bit for bit".to_owned() };
        say(format_args!(
            "{}, {} in {} ({}), compared {compared}",
            human::counted(summary.rows, "frame"),
            human::bytes(summary.source_bytes),
            human::bytes(summary.target_bytes),
            percent(summary.target_bytes, summary.source_bytes),
        ));
    }
    batch::print_failures(files);
}

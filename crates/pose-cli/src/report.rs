//! `pose report`.

use indicatif::{ProgressBar, ProgressStyle};
use pose_report::{ReportOptions, page, survey};

use crate::args::ReportArgs;
use crate::human;
use crate::output::{self, Outcome, say};

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<Outcome> {
    let options = ReportOptions::default().min_likelihood(args.min_likelihood);
    let style = ProgressStyle::with_template("{bar:40} file {human_pos} of {human_len}, {eta} left")?;
    let bar = ProgressBar::new(0).with_style(style);
    let found = survey(&args.folder, &options, &|at| {
        bar.set_length(at.num_files as u64);
        bar.set_position(at.files as u64);
    });
    bar.finish_and_clear();
    let found = found?;
    output::write_file(&args.output, page(&found).as_bytes(), args.force)?;
    let mut unread = 0;
    for file in &found.files {
        if let Err(reason) = &file.table {
            say(format_args!("not read: {}: {reason}", file.path.display()));
            unread += 1;
        }
    }
    say(format_args!("{}, {} not read", human::counted(found.files.len(), "file"), human::count(unread)));
    Ok(if unread > 0 { Outcome::Different } else { Outcome::Done })
}

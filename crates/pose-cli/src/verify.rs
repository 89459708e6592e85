//! `pose verify`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use pose_io::{VerifyEvent, VerifyOptions, VerifyReport, VerifyStatus, verify};

use crate::args::VerifyArgs;
use crate::human;
use crate::output::{self, Outcome, say};

pub(crate) fn run(args: &VerifyArgs) -> anyhow::Result<Outcome> {
    let mut options = VerifyOptions::default();
    options.reports.clone_from(&args.report);
    options.jobs = args.jobs;
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{bar:40} {human_pos} of {human_len} files, {per_sec}, {eta} left",
    )?);
    let report = verify(&args.paths, &options, &|event| match event {
        VerifyEvent::Found { files } => bar.set_length(files as u64),
        VerifyEvent::Done(_) => bar.inc(1),
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

fn print(report: &VerifyReport, args: &VerifyArgs) {
    let summary = &report.summary;
    for file in report.files.iter().filter(|_| args.verbose) {
        let what = match file.status {
            VerifyStatus::Equal => "equal to its source",
            VerifyStatus::AsReported => "as reported",
            VerifyStatus::Readable => "readable",
            VerifyStatus::Foreign => "of others",
            _ => continue,
        };
        say(format_args!("{what}: {}", file.target.display()));
    }
    let parts = [
        (summary.equal, "equal to their sources, bit for bit"),
        (summary.as_reported, "as reported"),
        (summary.readable, "whole, without a source or report to compare with"),
        (summary.foreign, "of others"),
        (summary.failed, "failed"),
    ];
    let parts = human::tally(&parts, "; ");
    let parts = if parts.is_empty() { "nothing to check".to_owned() } else { parts };
    say(format_args!(
        "{}: {parts}, in {}",
        human::counted(summary.found, "file"),
        human::duration(Duration::from_secs_f64(summary.seconds)),
    ));
    for file in report.files.iter().filter(|file| file.status == VerifyStatus::Failed) {
        say(format_args!("failed: {}", file.reason.as_deref().unwrap_or_default()));
    }
}

//! `pose`: look at, convert, filter, migrate, pack and compare pose tables.
//!
//! The contract: exit 0 when done, 1 when a difference or a failed check was found, 2 on an error. `--json` prints
//! one JSON document on standard output; text for people and progress go to standard error.

mod args;
mod batch;
mod convert;
mod diff;
mod failure;
mod filter;
mod grid;
mod human;
mod info;
mod interrupt;
mod manual;
mod migrate;
mod output;
mod pack;
mod panics;
mod plot;
mod recipe;
mod report;
mod select;
mod stats;
mod stores;
mod unpack;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use pose_io::Stop;

use crate::args::{Args, Verb};
use crate::output::Outcome;

fn main() -> ExitCode {
    let args = Args::parse();
    let stop = Stop::default();
    let run = || match &args.verb {
        Verb::Info(info) => info::run(info),
        Verb::Convert(convert) => convert::run(convert),
        Verb::Stats(stats) => stats::run(stats),
        Verb::Plot(plot) => plot::run(plot),
        Verb::Report(report) => report::run(report),
        Verb::Filter(filter) => filter::run(filter),
        Verb::Migrate(migrate) => migrate::run(migrate, &stop),
        Verb::Verify(verify) => verify::run(verify),
        Verb::Recipe(recipe) => recipe::run(recipe, &stop),
        Verb::Pack(pack) => pack::run(pack, &stop),
        Verb::Unpack(unpack) => unpack::run(unpack),
        Verb::Diff(diff) => diff::run(diff),
        Verb::Completions(completions) => manual::complete(completions),
        Verb::Man(man) => manual::write(man),
    };
    interrupt::watch(&args.verb, &stop);
    match panics::contained(run) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Different) => ExitCode::from(1),
        Err(error) => {
            failure::print(&error);
            ExitCode::from(2)
        }
    }
}

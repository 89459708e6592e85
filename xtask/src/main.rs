//! Everything that is done with this workspace, as one program: `cargo xtask <verb>`.
//!
//! This file only dispatches: each verb is a file in `verbs`, and what they share is a module named after its subject.

mod cargo;
mod examples;
mod lab;
mod layers;
mod msrv;
mod node;
mod packages;
mod python;
mod python2;
mod report;
mod sources;
mod system;
mod tally;
mod verbs;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <verb>

  test                      formatting, lints, layering, all tests, examples, documentation, fixtures; closes with the counts
  demo                      builds `pose`, lays out a small lab project, migrates it and shows what happened
  bench [--quick] [--only NAME] [--save FILE]
                            times our side and its peers in one run: parquet, hdf5, query, growth, migrate, csv, nwb,
                            recipe, video
  bench --report [FILE]     writes BENCHMARKS.md, its charts and the figures of README from what was measured last, or FILE
  bench --compare A B       says what got slower or larger from one saved run to another; exit code 1 when anything did
  fuzz [--runs N] [TARGET]  runs the fuzz targets in tests/fuzz from the fixtures on, a million times each
  sanitize                  runs what shares memory with Polars and arrow2 under the address sanitizer
  fixtures [SET]            writes fixtures/ anew with real pandas and PyTables
  fixtures golden           adds the golden files of this version, and leaves those that are there as they are
  fixtures nwb              writes NWB files with real pynwb and ndx-pose, and with sleap-io
  fixtures specifications   writes the rules of NWB and ndx-pose that our files carry with them
  fixtures --check [SET]    says whether fixtures/ is what would be written
  man                       writes the manual pages of `pose`, and completions for shells, below the target folder
  python                    makes the Python environments that the fixtures and the tests use
  release                   licences, the oldest Rust, packages that build alone: what has to hold before a version is published
  readers [--update]        other programs read our Parquet, Spark included; --update writes READERS.md anew

SET is pandas-3, pandas-1 or python-2; without it, all, but for python-2 where there is no python2.7 with pip.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["test"] => verbs::test::run(),
        ["demo"] => verbs::demo::run(),
        ["bench", rest @ ..] => verbs::bench::run(rest),
        ["man"] => verbs::man::run(),
        ["python"] => verbs::python::run(),
        ["release", rest @ ..] => verbs::release::run(rest),
        ["readers", rest @ ..] => verbs::readers::run(rest),
        ["fuzz", rest @ ..] => verbs::fuzz::run(rest),
        ["sanitize", rest @ ..] => verbs::sanitize::run(rest),
        ["fixtures", rest @ ..] => verbs::fixtures::run(rest),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("error: no such call: cargo xtask {}\n\n{HELP}", other.join(" "));
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

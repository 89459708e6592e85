//! `cargo xtask test`: everything that has to hold, in one run that goes on after a failure.

use std::io::{self, BufReader, Write as _};
use std::process::{ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::packages::{Depth, Features};
use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{cargo, examples, layers, msrv, node, packages, python, sources, system, verbs};

/// One thing that is checked. It gives the tests it counted, or why it failed.
struct Step {
    name: String,
    run: Run,
}

type Run = Box<dyn Fn(&Workspace) -> Result<Tally>>;

impl Step {
    /// A step that holds or does not.
    fn check(name: &str, run: impl Fn(&Workspace) -> Result<()> + 'static) -> Self {
        Self {
            name: name.to_owned(),
            run: Box::new(move |workspace| run(workspace).map(|()| Tally::default())),
        }
    }
}

pub(crate) fn run() -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for step in steps(&workspace) {
        println!("==> {}", step.name);
        let start = Instant::now();
        let outcome = (step.run)(&workspace);
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            // The failed tests count for themselves, the step that ran them does not count a second time.
            Ok(counted) if counted.failed > 0 => {
                println!("==> {}: failed ({seconds:.1} s)", step.name);
                failures.push(format!("{}: {counted}", step.name));
                tally.add(&counted);
            }
            Ok(counted) => {
                println!("==> {}: ok ({seconds:.1} s)", step.name);
                tally.add(&counted);
                tally.passed += 1;
            }
            Err(error) => {
                println!("==> {}: failed ({seconds:.1} s)\n{error:#}", step.name);
                failures.push(format!("{}: {error:#}", step.name));
                tally.failed += 1;
            }
        }
    }
    for failure in &failures {
        println!("failed: {failure}");
    }
    if std::env::var_os("POSE_REAL_DATA").is_none() {
        println!("note: POSE_REAL_DATA names no folder, so the checks over real files were left out");
    }
    println!("{tally}");
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Cheap ones first: a wrong format should not wait for a build.
fn steps(workspace: &Workspace) -> Vec<Step> {
    let mut steps = vec![
        Step::check("formatting", |workspace| {
            cargo::require(&workspace.root, "fmt", "rustfmt")?;
            cargo::run(cargo::command(&workspace.root).args(["fmt", "--all", "--check"]))
        }),
        Step::check("length of source files", sources::check_lengths),
        Step::check("layering", layers::check),
        Step::check("minimum Rust", msrv::check),
        Step::check("packages", |workspace| packages::check(workspace, Depth::Files)),
        Step::check("figures of README", verbs::bench::quoted::check),
        Step::check("python environment", |workspace| python::PANDAS_3.prepare(workspace).map(drop)),
        Step::check("readers: Python", |workspace| python::READERS.prepare(workspace).map(drop)),
        Step::check("readers: Node.js", node::prepare),
        Step::check("judges of NWB", |workspace| python::NWB.prepare(workspace).map(drop)),
        Step::check("ffmpeg", |_| system::require(&system::FFMPEG)),
        Step::check("fixtures", |workspace| verbs::fixtures::check(workspace, &python::PANDAS_3)),
        Step::check("clippy", |workspace| {
            cargo::require(&workspace.root, "clippy", "clippy")?;
            let mut clippy = cargo::command(&workspace.root);
            clippy.args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]);
            cargo::run(&mut clippy)
        }),
        Step { name: "tests".to_owned(), run: Box::new(tests) },
        // After the tests, which have built them.
        Step::check("examples", examples::run),
    ];
    if in_ci() {
        // Before the tests, which run it there.
        let spark = Step::check("readers: Spark", |workspace| {
            python::require_java()?;
            python::SPARK.prepare(workspace).map(drop)
        });
        steps.insert(0, spark);
    }
    for name in workspace.published().map(str::to_owned) {
        steps.push(Step::check(&format!("{name} alone, without features"), move |workspace| {
            packages::check_alone(workspace, &name, Features::No)
        }));
    }
    steps.push(Step::check("documentation", |workspace| {
        let mut doc = cargo::command(&workspace.root);
        doc.args(["doc", "--workspace", "--all-features", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        cargo::run(&mut doc)
    }));
    steps
}

/// Whether this is CI, where the slow ones run too.
fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Unit, integration and documentation tests, shown as they run and counted.
fn tests(workspace: &Workspace) -> Result<Tally> {
    let mut test = cargo::command(&workspace.root);
    test.args(["test", "--workspace", "--all-features", "--no-fail-fast"]).stdout(Stdio::piped());
    // Without them the tests that let others judge fail and say so; why one is missing stands in its own step.
    let spark = in_ci().then_some(&python::SPARK);
    for environment in [&python::PANDAS_3, &python::READERS, &python::NWB].into_iter().chain(spark) {
        if let Ok(python) = environment.prepare(workspace) {
            test.env(environment.variable(), python);
        }
    }
    let mut child = test.spawn().context("cannot start `cargo test`")?;
    let stdout = child.stdout.take().context("`cargo test` has no standard output")?;
    let mut tally = copy_and_count(&mut BufReader::new(stdout))?;
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        // It did not compile, or a test program died before its closing line. What passed before still counts.
        println!("`{}` ended with {status}", cargo::shown(&test));
        tally.failed = 1;
    }
    Ok(tally)
}

fn copy_and_count(from: &mut impl io::BufRead) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut terminal = io::stdout().lock();
    let mut line = Vec::new();
    // By bytes: what a test prints need not be UTF-8.
    while from.read_until(b'\n', &mut line)? > 0 {
        terminal.write_all(&line)?;
        tally.read_line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(tally)
}

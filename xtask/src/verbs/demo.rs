//! `cargo xtask demo`: the main job of this workspace, shown on a small lab project.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use anyhow::{Context as _, Result, bail};

use crate::report::Report;
use crate::workspace::Workspace;
use crate::{cargo, lab, system};

/// What a fresh machine needs before `pose` builds, and ffmpeg, which packing tries videos with. HDF5 and Parquet are read in Rust, and no
/// Python takes part.
const NEEDS: [&system::Need; 2] = [&system::C_COMPILER, &system::FFMPEG];

/// The project's folder, as the commands name it.
const LAB: &str = "lab";

pub(crate) fn run() -> Result<ExitCode> {
    system::install_missing(&NEEDS)?;
    let workspace = Workspace::load()?;
    println!("building pose ...");
    let mut build = cargo::command(&workspace.root);
    cargo::run(build.args(["build", "--release", "--quiet", "--package", "pose-cli"]))?;

    let folder = workspace.target.join("demo");
    lab::lay_out(&workspace.root.join("fixtures"), &folder.join(LAB))?;
    println!(
        "a lab's project with {} files of poses, one of them damaged: {}",
        lab::files(),
        folder.display()
    );
    let pose = Pose { program: workspace.release_program("pose")?, folder };
    let report = show(&pose)?;

    println!("\n{}", report.text().trim_end());
    println!("the files are in {}", pose.folder.join(LAB).display());
    Ok(ExitCode::SUCCESS)
}

/// Runs the commands in the order of someone who sees the project for the first time.
fn show(pose: &Pose) -> Result<Report> {
    let predictions = format!("{LAB}/{}", lab::PREDICTIONS);
    let parquet = |name: &str| Path::new(name).with_extension("parquet").display().to_string();
    pose.run(&["info", &predictions], Exit::Done)?;

    // One file is damaged: the command goes on after it, and says with its exit code that something was refused.
    let output = pose.run(&["migrate", LAB, "--json"], Exit::Refused)?;
    let report = Report::parse(std::str::from_utf8(&output.stdout)?)?;
    expect_all_but_the_damaged(&report)?;

    println!("\nOnce more: what is migrated is left alone, and the damaged file is named again.");
    pose.run(&["migrate", LAB], Exit::Refused)?;

    pose.run(&["info", &parquet(&predictions)], Exit::Done)?;
    for name in [lab::PREDICTIONS, lab::LABELS] {
        let source = format!("{LAB}/{name}");
        pose.run(&["diff", &source, &parquet(&source)], Exit::Done)?;
    }
    show_nwb(pose, &predictions)?;
    show_packs(pose, &predictions)?;
    Ok(report)
}

/// As small as it gets: what is tried, what is promised, and what comes back.
fn show_packs(pose: &Pose, predictions: &str) -> Result<()> {
    println!(
        "\nAs small as it gets: ways of packing are tried, and the smallest that reaches the goal is chosen."
    );
    let (pack, restored) = (format!("{LAB}/openfield1.pack"), format!("{LAB}/restored.h5"));
    pose.run(&["recipe", predictions], Exit::Done)?;
    pose.run(&["pack", predictions, &pack], Exit::Done)?;
    pose.run(&["verify", &pack], Exit::Done)?;
    pose.run(&["unpack", &pack, &restored], Exit::Done)?;
    pose.run(&["diff", predictions, &restored], Exit::Done)?;

    println!(
        "\nSmaller still, where a tenth of a pixel does not matter: the bound is kept, and held against what comes back."
    );
    let (within, recipe) = (format!("{LAB}/openfield1-within.pack"), "recipe.json");
    let bounds = "x=0.1,y=0.1,likelihood=0.01";
    pose.run(&["recipe", predictions, "--max-error", bounds, "-o", recipe, "--force"], Exit::Done)?;
    pose.run(&["pack", predictions, &within, "--recipe", recipe], Exit::Done)?;
    pose.run(&["info", &within], Exit::Done)?;
    pose.run(&["diff", predictions, &within, "--atol", "0.1"], Exit::Done)?;
    Ok(())
}

/// There and back: NWB for an archive.
fn show_nwb(pose: &Pose, predictions: &str) -> Result<()> {
    println!(
        "\nFor an archive: NWB, which wants to know of the session and its subject, and says what it lacks."
    );
    let (nwb, back, session) =
        (format!("{LAB}/openfield1.nwb"), format!("{LAB}/back.h5"), format!("{LAB}/{}", lab::SESSION));
    pose.run(&["convert", predictions, &nwb, "--fps", "30", "--session", &session], Exit::Done)?;
    pose.run(&["info", &nwb], Exit::Done)?;
    pose.run(&["convert", &nwb, &back], Exit::Done)?;
    pose.run(&["diff", predictions, &back], Exit::Done)?;
    Ok(())
}

fn expect_all_but_the_damaged(report: &Report) -> Result<()> {
    let (migrated, wanted, refused) = (report.count("migrated"), lab::files() - 1, report.refused());
    if migrated != wanted {
        bail!("{migrated} files were migrated instead of {wanted}; refused: {refused:?}");
    }
    match refused.as_slice() {
        [file] if file.replace('\\', "/").ends_with(lab::DAMAGED) => Ok(()),
        _ => bail!("only the damaged file should have been refused, and these were: {refused:?}"),
    }
}

/// The exit codes that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Done = 0,
    Refused = 1,
}

/// The program that was built, in the folder above the project.
struct Pose {
    program: PathBuf,
    folder: PathBuf,
}

impl Pose {
    /// Shows a command and what it prints, except a JSON document, which is kept in a file beside the project.
    fn run(&self, arguments: &[&str], expected: Exit) -> Result<Output> {
        let document = arguments.contains(&"--json").then(|| format!("{}.json", arguments[0]));
        let redirected = document.as_ref().map(|file| format!(" > {file}")).unwrap_or_default();
        println!("\n$ pose {}{redirected}", arguments.join(" "));
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        if let Some(document) = document {
            let file = self.folder.join(document);
            fs::write(&file, &output.stdout).with_context(|| format!("cannot write {}", file.display()))?;
        } else {
            print!("{}", String::from_utf8_lossy(&output.stdout));
        }
        print!("{}", String::from_utf8_lossy(&output.stderr));
        if output.status.code() != Some(expected as i32) {
            bail!(
                "`pose {}` ended with {}, expected {}",
                arguments.join(" "),
                output.status,
                expected as i32
            );
        }
        Ok(output)
    }
}

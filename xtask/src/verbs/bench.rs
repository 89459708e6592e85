//! `cargo xtask bench`: our side and its peers in the same run, the page about it, and what changed between two runs.

mod chart;
mod compare;
mod glance;
mod measured;
mod page;
mod quantity;
pub(crate) mod quoted;
mod suite;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use measured::Document;

const CALLS: &str = "\
cargo xtask bench [--quick] [--only NAME] [--save FILE]
cargo xtask bench --report [FILE]
cargo xtask bench --compare BEFORE AFTER";

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode> {
    match arguments {
        ["--compare", before, after] => compare_runs(before, after),
        ["--report"] => report(None),
        ["--report", file] => report(Some(file)),
        _ => {
            let options = Options::parse(arguments)?;
            let workspace = Workspace::load()?;
            let documents = suite::run(&workspace, &options)?;
            if let Some(file) = &options.save {
                fs::write(file, suite::collected(&documents)?)
                    .with_context(|| format!("cannot write {}", file.display()))?;
            }
            println!("\n`cargo xtask bench --report` makes BENCHMARKS.md of what stands in target/bench");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What a run is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    /// Small data and few rounds.
    quick: bool,
    /// The benchmarks to run; all without it.
    only: Vec<String>,
    /// Where the results of this run are put, all in one file.
    save: Option<PathBuf>,
}

impl Options {
    fn parse(arguments: &[&str]) -> Result<Self> {
        let (mut options, mut words) = (Self::default(), arguments.iter());
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{word}` wants a value\n{CALLS}"));
            match *word {
                "--quick" => options.quick = true,
                "--only" => options.only.push((*value()?).to_owned()),
                "--save" => options.save = Some(PathBuf::from(value()?)),
                name if !name.starts_with('-') => options.only.push(name.to_owned()),
                other => bail!("there is no option `{other}`\n{CALLS}"),
            }
        }
        Ok(options)
    }
}

fn compare_runs(before: &str, after: &str) -> Result<ExitCode> {
    let found =
        compare::compare(&Document::read_all(before.as_ref())?, &Document::read_all(after.as_ref())?)?;
    print!("{found}");
    Ok(if found.is_worse() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Writes the page, its charts, and what README quotes of it.
fn report(file: Option<&str>) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let from = file.map_or_else(|| workspace.target.join("bench"), PathBuf::from);
    let mut documents = Document::read_all(&from)?;
    suite::sort(&mut documents);
    let charts = chart::all(&documents);
    let folder = workspace.root.join(chart::FOLDER);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&folder)?,
    }
    for chart in &charts {
        fs::write(folder.join(&chart.file), &chart.svg)?;
    }
    let page = workspace.root.join(page::FILE);
    fs::write(&page, page::page(&documents, &charts))
        .with_context(|| format!("cannot write {}", page.display()))?;
    let readme = workspace.root.join("README.md");
    fs::write(&readme, quoted::replaced(&fs::read_to_string(&readme)?, &glance::headlines(&documents))?)?;
    println!("{}\n{} charts in {}", page.display(), charts.len(), folder.display());
    if documents.iter().any(|document| document.quick) {
        println!("note: of a quick run: nothing to commit");
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn names_come_with_and_without_their_option() {
        let options = Options::parse(&["csv", "--quick", "--only", "hdf5", "--save", "a.json"]).unwrap();
        let expected = Options {
            quick: true,
            only: vec!["csv".to_owned(), "hdf5".to_owned()],
            save: Some("a.json".into()),
        };
        assert_eq!(options, expected);
        assert!(Options::parse(&["--only"]).is_err());
        assert!(Options::parse(&["--fast"]).is_err());
    }
}

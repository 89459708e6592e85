//! System packages: which are missing, under which name they are installed here, and installing them.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::cargo;

/// A program that has to be there, and what brings it.
#[derive(Debug)]
pub(crate) struct Need {
    /// What it is, in words.
    pub(crate) what: &'static str,
    /// The program that is looked for on the search path.
    pub(crate) program: &'static str,
    /// The Debian and Ubuntu package.
    pub(crate) debian: &'static str,
    /// How macOS gets it.
    pub(crate) macos: MacSource,
}

/// Where a program comes from on macOS.
#[derive(Debug)]
pub(crate) enum MacSource {
    /// A Homebrew formula.
    Brew(&'static str),
    /// A command that opens a dialogue, and so is for a person to type.
    Command(&'static str),
}

/// The C compiler that builds zstd and links every Rust program.
pub(crate) const C_COMPILER: Need = Need {
    what: "a C compiler",
    program: "cc",
    debian: "build-essential",
    macos: MacSource::Command("xcode-select --install"),
};

/// What the tests of `vidpack` encode and decode with.
pub(crate) const FFMPEG: Need = Need {
    what: "ffmpeg 4.4 or later",
    program: "ffmpeg",
    debian: "ffmpeg",
    macos: MacSource::Brew("ffmpeg"),
};

/// What to do about missing programs.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// Commands to run, each a program with its arguments.
    Run(Vec<Vec<&'static str>>),
    /// Lines to print; nothing can be run here.
    Tell(Vec<String>),
}

/// The kinds of systems that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    DebianAsRoot,
    DebianAsUser,
    MacWithBrew,
    Other,
}

/// Installs what is missing, after naming it. An error that says what to install where this cannot.
pub(crate) fn install_missing(needs: &[&'static Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().copied().filter(|need| !on_path(need.program)).collect();
    if missing.is_empty() {
        let there: Vec<&str> = needs.iter().map(|need| need.what).collect();
        println!("system packages: all there ({})", there.join(", "));
        return Ok(());
    }
    for need in &missing {
        println!("missing: {} (`{}`; Debian and Ubuntu package {})", need.what, need.program, need.debian);
    }
    match plan(&missing, System::detect()) {
        Plan::Tell(lines) => bail!("install what is missing, then run this again:\n{}", lines.join("\n")),
        Plan::Run(commands) => {
            for words in commands {
                println!("$ {}", words.join(" "));
                cargo::run(Command::new(words[0]).args(&words[1..]))?;
            }
        }
    }
    if let Some(need) = missing.iter().find(|need| !on_path(need.program)) {
        bail!("the packages are installed, and `{}` still is not on the search path", need.program);
    }
    Ok(())
}

/// An error that says what to install, when it is not there.
pub(crate) fn require(need: &'static Need) -> Result<()> {
    if !on_path(need.program) {
        let Plan::Tell(lines) = tell(&[need]) else { bail!("{} is missing", need.what) };
        bail!("`{}` is missing: install\n{}", need.program, lines.join("\n"));
    }
    Ok(())
}

fn plan(missing: &[&'static Need], system: System) -> Plan {
    let debian = missing.iter().map(|need| need.debian);
    // Old package lists name versions that the mirrors no longer have, hence the update.
    let apt = |sudo: &[&'static str]| {
        let update = sudo.iter().copied().chain(["apt-get", "update"]);
        let install = sudo.iter().copied().chain(["apt-get", "install", "--yes"]).chain(debian.clone());
        Plan::Run(vec![update.collect(), install.collect()])
    };
    match system {
        System::DebianAsRoot => apt(&[]),
        System::DebianAsUser => apt(&["sudo"]),
        System::MacWithBrew => {
            let formulas: Option<Vec<&str>> = missing.iter().map(|need| need.macos.formula()).collect();
            // A half-installed machine is no better than an untouched one: one dialogue, and a person does it all.
            match formulas {
                Some(formulas) => Plan::Run(vec![["brew", "install"].into_iter().chain(formulas).collect()]),
                None => tell(missing),
            }
        }
        System::Other => tell(missing),
    }
}

fn tell(missing: &[&'static Need]) -> Plan {
    let line = |need: &&Need| {
        let mac = match need.macos {
            MacSource::Brew(formula) => format!("brew install {formula}"),
            MacSource::Command(command) => command.to_owned(),
        };
        format!("  {}: on Debian and Ubuntu the package {}, on macOS `{mac}`", need.what, need.debian)
    };
    Plan::Tell(missing.iter().map(line).collect())
}

impl MacSource {
    fn formula(&self) -> Option<&'static str> {
        match self {
            Self::Brew(formula) => Some(formula),
            Self::Command(_) => None,
        }
    }
}

impl System {
    fn detect() -> Self {
        if cfg!(target_os = "macos") && on_path("brew") {
            return Self::MacWithBrew;
        }
        let debian = Path::new("/etc/debian_version").exists() && on_path("apt-get");
        let root = cargo::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        match (debian, root) {
            (true, true) => Self::DebianAsRoot,
            (true, false) if on_path("sudo") => Self::DebianAsUser,
            _ => Self::Other,
        }
    }
}

fn on_path(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path)
        .any(|folder| folder.join(program).is_file() || folder.join(format!("{program}.exe")).is_file())
}

#[cfg(test)]
mod tests {
    use super::{C_COMPILER, FFMPEG, Plan, System, plan};

    #[test]
    fn debian_updates_its_lists_and_installs_all_at_once() {
        let expected = vec![
            vec!["sudo", "apt-get", "update"],
            vec!["sudo", "apt-get", "install", "--yes", "build-essential", "ffmpeg"],
        ];
        assert_eq!(plan(&[&C_COMPILER, &FFMPEG], System::DebianAsUser), Plan::Run(expected));
    }

    #[test]
    fn brew_installs_formulas() {
        assert_eq!(plan(&[&FFMPEG], System::MacWithBrew), Plan::Run(vec![vec!["brew", "install", "ffmpeg"]]));
    }

    #[test]
    fn what_needs_a_person_is_told() {
        assert!(matches!(plan(&[&C_COMPILER], System::MacWithBrew), Plan::Tell(_)));
        let Plan::Tell(lines) = plan(&[&C_COMPILER, &FFMPEG], System::Other) else { panic!("ran something") };
        assert_eq!(lines.len(), 2);
    }
}

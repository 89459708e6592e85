//! Virtual environments with real pandas and other programs, for writing fixtures and for judging what others read from
//! our files.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

use anyhow::{Context as _, Result, bail};

use crate::cargo;
use crate::workspace::Workspace;

/// One environment: its name is that of the set of fixtures it writes, where it writes one.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) name: &'static str,
    /// The minor versions of Python 3 that have wheels of everything that is pinned.
    minor_versions: RangeInclusive<u32>,
}

/// Current pandas: writes fixtures, and judges our files in the tests.
pub(crate) const PANDAS_3: Environment = Environment { name: "pandas-3", minor_versions: 11..=14 };

/// The last pandas 1: writes the fixtures that stand for the files in most labs.
pub(crate) const PANDAS_1: Environment = Environment { name: "pandas-1", minor_versions: 10..=11 };

/// Runs the benchmarks: pandas and what else our figures are set against. Made when a benchmark is run.
pub(crate) const BENCH: Environment = Environment { name: "bench", minor_versions: 11..=14 };

/// Other readers and writers of Parquet than the pandas that judges, and a server that has files as objects.
pub(crate) const READERS: Environment = Environment { name: "readers", minor_versions: 11..=14 };

/// pynwb with ndx-pose, nwbinspector and movement, which judge our NWB in the tests; and they write the set nwb.
pub(crate) const NWB: Environment = Environment { name: "nwb", minor_versions: 11..=13 };

/// The pynwb that ndx-pose 0.1 works with: made when the set nwb is written.
pub(crate) const NWB_OLD: Environment = Environment { name: "nwb-0.1", minor_versions: 11..=13 };

/// Spark, which takes 450 MB and needs Java: CI has it, and who asks for it.
pub(crate) const SPARK: Environment = Environment { name: "spark", minor_versions: 11..=14 };

/// Those that write fixtures. The older first: the newer then notes how it reads what the older wrote.
pub(crate) const ENVIRONMENTS: [&Environment; 2] = [&PANDAS_1, &PANDAS_3];

impl Environment {
    /// The environment's Python, made or remade when it is not there or its requirements have changed.
    pub(crate) fn prepare(&self, workspace: &Workspace) -> Result<PathBuf> {
        let requirements = self.requirements(workspace);
        let wanted = fs::read_to_string(&requirements)
            .with_context(|| format!("cannot read {}", requirements.display()))?;
        let folder = workspace.target.join("python").join(self.name);
        let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
        // Written last, so an environment without it is one that was interrupted.
        let stamp = folder.join("installed.txt");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == fingerprint(&wanted))
            && python.exists()
        {
            return Ok(python);
        }

        let interpreter = self.interpreter()?;
        eprintln!("making the Python environment {} with {interpreter}", self.name);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", folder.display()));
            }
            _ => {}
        }
        cargo::output(Command::new(&interpreter).args(["-m", "venv"]).arg(&folder))?;
        // Wheels only: building PyTables or Arrow from source needs a dozen libraries, and fails after minutes.
        cargo::output(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(["--only-binary", ":all:", "--requirement"])
                .arg(&requirements),
        )
        .with_context(|| {
            format!("cannot install {} with {interpreter}: are there wheels for it?", requirements.display())
        })?;
        fs::write(&stamp, fingerprint(&wanted))?;
        Ok(python)
    }

    /// The variable that tells the tests where the environment's Python is.
    pub(crate) fn variable(&self) -> String {
        match self.name {
            "pandas-3" => "POSE_PYTHON".to_owned(),
            name => format!("POSE_PYTHON_{}", name.to_uppercase()),
        }
    }

    fn requirements(&self, workspace: &Workspace) -> PathBuf {
        workspace.root.join(format!("fixtures/requirements-{}.txt", self.name))
    }

    /// A Python that has what the environment needs; the plain name first, as that is what its user means by Python.
    fn interpreter(&self) -> Result<String> {
        let numbered = self.minor_versions.clone().rev().map(|minor| format!("python3.{minor}"));
        let mut seen = Vec::new();
        for name in std::iter::once("python3".to_owned()).chain(numbered) {
            let Some(minor) = minor_version(&name) else { continue };
            if self.minor_versions.contains(&minor) {
                require_venv(&name, minor)?;
                return Ok(name);
            }
            seen.push(format!("{name} is 3.{minor}"));
        }
        let (first, last) = (self.minor_versions.start(), self.minor_versions.end());
        if seen.is_empty() {
            bail!(
                "python3 is missing: install Python 3.{first} to 3.{last} (Debian: python3 and python3-venv)"
            );
        }
        bail!(
            "the environment {} needs Python 3.{first} to 3.{last}, and {}: install python3.{last}",
            self.name,
            seen.join(", ")
        )
    }
}

/// What the stamp of an environment holds: a hash that stays the same between releases of Rust (FNV-1a, 64 bits).
pub(crate) fn fingerprint(requirements: &str) -> String {
    format!("{:016x}\n", fnv_1a(requirements.as_bytes()))
}

/// The hash of FNV-1a, 64 bits.
pub(crate) fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The minor version of a Python 3; none when there is no such program, or it is a launcher for one that is not there.
fn minor_version(program: &str) -> Option<u32> {
    let script = "import sys; print(sys.version_info[1] if sys.version_info[0] == 3 else '')";
    cargo::output(Command::new(program).args(["-c", script])).ok()?.trim().parse().ok()
}

/// Spark starts Java, and says little when there is none.
pub(crate) fn require_java() -> Result<()> {
    cargo::output(Command::new("java").arg("-version")).map(drop).context(
        "java is missing, which Spark needs: install Java 17 or later (Debian and Ubuntu: apt-get install openjdk-17-jre-headless)",
    )
}

/// Debian has Python without the modules that make an environment; its own message comes late and half-way through.
fn require_venv(program: &str, minor: u32) -> Result<()> {
    cargo::output(Command::new(program).args(["-c", "import venv, ensurepip"])).map(drop).with_context(|| {
        format!("{program} has no venv module: install it (Debian and Ubuntu: apt-get install python3.{minor}-venv)")
    })
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        assert_eq!(fingerprint(""), "cbf29ce484222325\n");
        assert_eq!(fingerprint("a"), "af63dc4c8601ec8c\n");
    }
}

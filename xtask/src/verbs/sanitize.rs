//! `cargo xtask sanitize`: what shares memory with other libraries, under the address sanitizer, which sees what is read after it
//! was let go, let go twice, or never.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::cargo;
use crate::workspace::Workspace;

/// The tests of the package whose unsafe code is about memory.
const TESTS: [&str; 9] = [
    "test",
    "--package=pose-frame",
    "--features=arrow2,polars,testing",
    "--lib",
    "--test=arrow2",
    "--test=polars",
    "--",
    "--test-threads=2",
    "--nocapture",
];

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode> {
    if !arguments.is_empty() {
        bail!("cargo xtask sanitize takes no arguments");
    }
    let workspace = Workspace::load()?;
    let mut test = cargo::command(&workspace.root);
    // Instrumentation is not stable, and this unlocks it in the compiler that is in use. With a target named, build
    // scripts and procedural macros are spared.
    test.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
    test.env("CARGO_BUILD_TARGET", host(&workspace)?);
    test.env("CARGO_TARGET_DIR", workspace.target.join("sanitize"));
    test.env("ASAN_OPTIONS", "detect_leaks=1");
    cargo::run(test.args(TESTS))?;
    Ok(ExitCode::SUCCESS)
}

/// The name of this machine in the compiler's terms.
fn host(workspace: &Workspace) -> Result<String> {
    let mut rustc = std::process::Command::new("rustc");
    let version = cargo::output(rustc.arg("-vV").current_dir(&workspace.root))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

//! `cargo xtask python`: the environments, ready to use.

use std::process::ExitCode;

use anyhow::Result;

use crate::python::{ENVIRONMENTS, NWB, READERS};
use crate::workspace::Workspace;

pub(crate) fn run() -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let mut code = ExitCode::SUCCESS;
    for environment in ENVIRONMENTS.into_iter().chain([&READERS, &NWB]) {
        match environment.prepare(&workspace) {
            Ok(python) => println!("{}: {}", environment.name, python.display()),
            // Another one may still be what is wanted: the tests need no old pandas.
            Err(error) => {
                eprintln!("error: {}: {error:#}", environment.name);
                code = ExitCode::from(2);
            }
        }
    }
    Ok(code)
}

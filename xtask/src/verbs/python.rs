//! `cargo xtask python`: the environments, ready to use.

use std::process::ExitCode;

use anyhow::Result;

use crate::python::ENVIRONMENTS;
use crate::workspace::Workspace;

pub(crate) fn run() -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let mut code = ExitCode::SUCCESS;
    for environment in ENVIRONMENTS {
        match environment.prepare(&workspace) {
            Ok(python) => println!("{}: {}", environment.name, python.display()),
            // The other one may still be what is wanted: the tests need only the newer.
            Err(error) => {
                eprintln!("error: {}: {error:#}", environment.name);
                code = ExitCode::from(2);
            }
        }
    }
    Ok(code)
}

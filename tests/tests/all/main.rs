//! Tests across crates, as one program.

#[cfg(unix)]
mod archive;
mod bad_files;
mod command_line;
mod compression;
#[cfg(unix)]
mod faults;
mod fixtures;
mod foreign_writers;
mod golden;
mod hdf5_judges;
mod layouts;
mod migration;
mod pandas_judges;
mod pickles;
mod profiles;
mod readers;
#[cfg(unix)]
mod reports;
mod side_files;
mod stores;

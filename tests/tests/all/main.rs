//! Tests across crates, as one program.

#[cfg(unix)]
mod archive;
mod bad_files;
mod command_line;
mod compression;
mod csv;
#[cfg(unix)]
mod faults;
mod filters;
mod fixtures;
mod foreign_writers;
mod golden;
mod hdf5_judges;
mod json_documents;
mod layouts;
mod migration;
mod nwb_files;
mod nwb_judges;
#[cfg(unix)]
mod pack_folders;
mod pack_formats;
#[cfg(unix)]
mod packs;
mod pages;
mod pandas_judges;
mod pickles;
mod plain_hdf5;
mod profiles;
mod readers;
#[cfg(unix)]
mod reports;
mod side_files;
mod statistics;
mod stores;
mod twins;

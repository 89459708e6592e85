//! What the fuzz targets share: where they begin, how they damage files, and how a table is read to its end.
//!
//! A target is one of the files in `fuzz_targets`. Each writes its own seeds, made of the fixtures, and ends when the
//! variable [`seeds::FOLDER`] names a folder; so nothing but the fixtures is committed.

pub mod parquet_files;
pub mod patches;
pub mod reading;
pub mod seeds;
pub mod values;

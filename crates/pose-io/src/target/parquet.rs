//! Writing a Parquet file.

use std::io::{BufWriter, Write};
use std::path::Path;

use pose_frame::{Metadata, PoseTable};
use pose_parquet::{Layout, Narrow, Profile, WriteOptions, write_table};

use crate::{AtomicFile, PoseIoError};

/// How a Parquet file is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParquetOptions {
    /// How the table is laid out: wide by default.
    pub layout: Layout,
    /// What the file is made for: quick writing and reading by default.
    pub profile: Profile,
    /// Which columns of float64 are stored as float32: none by default.
    pub narrow: Narrow,
}

impl ParquetOptions {
    /// What the crate of the format is told.
    pub(crate) fn write_options(&self, metadata: &Metadata) -> WriteOptions {
        WriteOptions::default()
            .with_metadata(metadata.clone())
            .with_layout(self.layout.clone())
            .with_profile(self.profile)
            .with_narrow(self.narrow.clone())
    }
}

pub(super) fn write(
    table: &dyn PoseTable,
    metadata: &Metadata,
    options: &ParquetOptions,
    file: AtomicFile,
    path: &Path,
) -> Result<AtomicFile, PoseIoError> {
    let options = options.write_options(metadata);
    let out = BufWriter::with_capacity(1 << 20, file);
    let mut out = write_table(table, out, &options).map_err(PoseIoError::format)?;
    out.flush().map_err(PoseIoError::io("cannot be written", path))?;
    out.into_inner().map_err(|error| PoseIoError::io("cannot be written", path)(error.into_error()))
}

//! Writing a Parquet file.

use std::io::{BufWriter, Write};
use std::path::Path;

use pose_frame::{Metadata, PoseTable};
use pose_parquet::{WriteOptions, write_table};

use crate::{AtomicFile, PoseIoError};

pub(super) fn write(
    table: &dyn PoseTable,
    metadata: &Metadata,
    file: AtomicFile,
    path: &Path,
) -> Result<AtomicFile, PoseIoError> {
    let options = WriteOptions::default().with_metadata(metadata.clone());
    let out = BufWriter::with_capacity(1 << 20, file);
    let mut out = write_table(table, out, &options).map_err(PoseIoError::format)?;
    out.flush().map_err(PoseIoError::io("cannot be written", path))?;
    out.into_inner().map_err(|error| PoseIoError::io("cannot be written", path)(error.into_error()))
}

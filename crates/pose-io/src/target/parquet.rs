//! Writing a Parquet file.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

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
    let failure = Mutex::new(None);
    let out = BufWriter::with_capacity(1 << 20, Noting { file, failure: &failure });
    let written = write_table(table, out, &options).map_err(PoseIoError::format);
    let written = written.and_then(|out| match out.into_inner() {
        Ok(noting) => Ok(noting.file),
        Err(error) => Err(PoseIoError::io("cannot be written", path)(error.into_error())),
    });
    match (written, failure.into_inner().unwrap_or_else(PoisonError::into_inner)) {
        (Ok(file), None) => Ok(file),
        // Whatever became of it on its way: the disk is full, not the file damaged.
        (_, Some(failure)) => Err(PoseIoError::io("cannot be written", path)(failure)),
        (Err(error), None) => Err(error),
    }
}

/// A file, and the first error of writing it.
struct Noting<'a> {
    file: AtomicFile,
    failure: &'a Mutex<Option<io::Error>>,
}

impl Noting<'_> {
    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
            kind.into()
        })
    }
}

impl Write for Noting<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer);
        self.noted(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.file.flush();
        self.noted(flushed)
    }
}

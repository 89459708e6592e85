//! What a table is written to.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use pose_frame::{Metadata, PoseTable};

use crate::{AtomicFile, Existing, Format, PoseIoError, PoseIoErrorKind};

/// How an HDF5 file is written.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Hdf5Options {
    /// The key of the table. By default the one that it had in the HDF5 file it came from, otherwise
    /// `df_with_missing`.
    pub key: Option<String>,
    /// How it is stored: what suits by default.
    #[cfg(feature = "hdf5")]
    pub storage: Option<pose_hdf5::Storage>,
    /// How it is compressed: not at all by default.
    #[cfg(feature = "hdf5")]
    pub compression: pose_hdf5::Compression,
    /// Whether it is added to the tables of a file that is there.
    pub append: bool,
}

/// What a table is written to.
pub(crate) enum Target<'a> {
    /// A Parquet file with this metadata.
    Parquet(Metadata),
    /// A table of an HDF5 file with this metadata.
    Hdf5(Metadata, &'a Hdf5Options),
}

impl<'a> Target<'a> {
    pub(crate) fn new(format: Format, metadata: Metadata, hdf5: &'a Hdf5Options) -> Self {
        match format {
            Format::Parquet => Self::Parquet(metadata),
            Format::Hdf5 => Self::Hdf5(metadata, hdf5),
        }
    }

    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Parquet(_) => Format::Parquet,
            Self::Hdf5(..) => Format::Hdf5,
        }
    }

    /// The key under which the table is found again, where files of the format have keys.
    pub(crate) fn key(&self) -> Option<String> {
        match self {
            Self::Parquet(_) => None,
            Self::Hdf5(metadata, options) => {
                let before = metadata.source.as_ref().and_then(|source| source.key.clone());
                Some(options.key.clone().or(before).unwrap_or_else(|| USUAL_KEY.to_owned()))
            }
        }
    }

    /// Starts the file.
    pub(crate) fn create(&self, path: &Path, existing: Existing) -> Result<AtomicFile, PoseIoError> {
        match self {
            Self::Hdf5(_, Hdf5Options { append: true, .. }) if path.exists() => AtomicFile::copy_of(path),
            _ => AtomicFile::create(path, existing),
        }
    }

    /// Writes a table to the file.
    pub(crate) fn write(
        &self,
        table: &dyn PoseTable,
        file: AtomicFile,
        path: &Path,
    ) -> Result<AtomicFile, PoseIoError> {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet(metadata) => {
                let options = pose_parquet::WriteOptions::default().with_metadata(metadata.clone());
                let out = BufWriter::with_capacity(1 << 20, file);
                let mut out = pose_parquet::write_table(table, out, &options).map_err(PoseIoError::format)?;
                out.flush().map_err(PoseIoError::io("cannot be written", path))?;
                out.into_inner()
                    .map_err(|error| PoseIoError::io("cannot be written", path)(error.into_error()))
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(metadata, options) => {
                let handle = file.handle().map_err(PoseIoError::io("cannot be written", path))?;
                let write = if options.append && is_not_empty(&handle) {
                    pose_hdf5::append_table
                } else {
                    pose_hdf5::write_table
                };
                let options = pose_hdf5::WriteOptions::default()
                    .with_key(self.key().unwrap_or_default())
                    .with_storage(options.storage)
                    .with_compression(options.compression)
                    .with_metadata(metadata.clone());
                write(table, handle, &options).map_err(|error| match error.kind() {
                    pose_hdf5::Hdf5WriteErrorKind::Read(_) => PoseIoError::format(error),
                    _ => {
                        PoseIoErrorKind::NotWritten { path: path.to_owned(), source: Box::new(error) }.into()
                    }
                })?;
                Ok(file)
            }
            #[allow(unreachable_patterns, reason = "reached only in a build without one of the formats")]
            _ => {
                let _ = table;
                let (path, format) = (path.to_owned(), self.format());
                Err(PoseIoErrorKind::FormatDisabled { path, format }.into())
            }
        }
    }

    /// Where a table was added to a file, checks that all others are there as they were.
    pub(crate) fn check_others(&self, path: &Path, file: &AtomicFile) -> Result<(), PoseIoError> {
        #[cfg(feature = "hdf5")]
        if let Self::Hdf5(_, Hdf5Options { append: true, .. }) = self
            && path.exists()
        {
            return crate::appended::check_others(path, file.temporary_path());
        }
        let _ = (path, file);
        Ok(())
    }
}

/// The key that DeepLabCut uses.
const USUAL_KEY: &str = "df_with_missing";

#[cfg(feature = "hdf5")]
fn is_not_empty(mut file: &File) -> bool {
    file.seek(std::io::SeekFrom::End(0)).is_ok_and(|end| end > 0)
}

//! What a table is written to.

#[cfg(feature = "hdf5")]
mod hdf5;
#[cfg(feature = "parquet")]
mod parquet;

use std::path::Path;

use pose_frame::{Metadata, PoseTable};

use crate::{AtomicFile, ConvertOptions, Existing, Format, PoseIoError, PoseIoErrorKind};

#[cfg(feature = "hdf5")]
pub use hdf5::Hdf5Options;
#[cfg(feature = "parquet")]
pub use parquet::ParquetOptions;

/// What a table is written to.
#[allow(clippy::large_enum_variant, reason = "there is one for each file that is written")]
pub(crate) enum Target {
    /// A Parquet file with this metadata.
    #[cfg(feature = "parquet")]
    Parquet(Metadata, ParquetOptions),
    /// A table of an HDF5 file with this metadata.
    #[cfg(feature = "hdf5")]
    Hdf5(Metadata, Hdf5Options),
}

impl Target {
    /// A target of a format, of which errors say that it is to be at `path`.
    pub(crate) fn new(
        format: Format,
        metadata: Metadata,
        options: &ConvertOptions,
        path: &Path,
    ) -> Result<Self, PoseIoError> {
        match format {
            #[cfg(feature = "parquet")]
            Format::Parquet => Ok(Self::Parquet(metadata, options.parquet.clone())),
            #[cfg(feature = "hdf5")]
            Format::Hdf5 => Ok(Self::Hdf5(metadata, options.hdf5.clone())),
            #[allow(unreachable_patterns, reason = "reached only in a build without one of the formats")]
            _ => {
                let _ = (metadata, options);
                Err(PoseIoErrorKind::FormatDisabled { path: path.to_owned(), format }.into())
            }
        }
    }

    pub(crate) fn format(&self) -> Format {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet(..) => Format::Parquet,
            #[cfg(feature = "hdf5")]
            Self::Hdf5(..) => Format::Hdf5,
        }
    }

    /// The key under which the table is found again, where files of the format have keys.
    #[allow(clippy::unnecessary_wraps, reason = "in a build with one format")]
    pub(crate) fn key(&self) -> Option<String> {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet(..) => None,
            #[cfg(feature = "hdf5")]
            Self::Hdf5(metadata, options) => Some(hdf5::key(metadata, options)),
        }
    }

    /// Starts the file.
    pub(crate) fn create(&self, path: &Path, existing: Existing) -> Result<AtomicFile, PoseIoError> {
        match self {
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_, options) if options.append && path.symlink_metadata().is_ok() => {
                match crate::open::format_of(path)? {
                    Format::Hdf5 => AtomicFile::copy_of(path),
                    Format::Parquet => Err(PoseIoErrorKind::NotHdf5 { path: path.to_owned() }.into()),
                }
            }
            _ => AtomicFile::create(path, existing),
        }
    }

    /// Writes a table to the file, which is to be at `path`.
    pub(crate) fn write(
        &self,
        table: &dyn PoseTable,
        file: AtomicFile,
        path: &Path,
    ) -> Result<AtomicFile, PoseIoError> {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet(metadata, options) => parquet::write(table, metadata, options, file, path),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(metadata, options) => hdf5::write(table, metadata, options, file, path),
        }
    }

    /// Checks that what was in the file before is there as it was.
    #[allow(clippy::unnecessary_wraps, reason = "in a build with one format")]
    pub(crate) fn check_others(&self, path: &Path, file: &AtomicFile) -> Result<(), PoseIoError> {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet(..) => {
                let _ = (path, file);
                Ok(())
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(..) if file.is_copy() => hdf5::check_others(path, file),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(..) => Ok(()),
        }
    }
}

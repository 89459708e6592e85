//! What a table is written to.

#[cfg(feature = "hdf5")]
mod hdf5;
#[cfg(feature = "nwb")]
mod nwb;
#[cfg(feature = "parquet")]
mod parquet;

use std::path::Path;

use pose_frame::{Metadata, PoseTable};

use crate::{AtomicFile, ConvertOptions, Existing, Format, PoseIoError, PoseIoErrorKind};

#[cfg(feature = "hdf5")]
pub use hdf5::Hdf5Options;
#[cfg(feature = "nwb")]
pub use nwb::NwbOptions;
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
    /// A table of an NWB file with this metadata.
    #[cfg(feature = "nwb")]
    Nwb(Metadata, Box<NwbOptions>),
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
            #[cfg(feature = "nwb")]
            Format::Nwb => Ok(Self::Nwb(metadata, Box::new(options.nwb.clone()))),
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
            #[cfg(feature = "nwb")]
            Self::Nwb(..) => Format::Nwb,
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
            #[cfg(feature = "nwb")]
            Self::Nwb(_, options) => Some(options.key().to_owned()),
        }
    }

    /// Starts the file.
    pub(crate) fn create(&self, path: &Path, existing: Existing) -> Result<AtomicFile, PoseIoError> {
        match self {
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_, options) if options.append && path.symlink_metadata().is_ok() => {
                match crate::open::format_of(path)? {
                    Format::Hdf5 => AtomicFile::copy_of(path),
                    _ => Err(PoseIoErrorKind::NotHdf5 { path: path.to_owned() }.into()),
                }
            }
            #[cfg(feature = "nwb")]
            Self::Nwb(_, options) if options.append && path.symlink_metadata().is_ok() => {
                match crate::open::format_of(path)? {
                    Format::Nwb => AtomicFile::copy_of(path),
                    _ => Err(PoseIoErrorKind::NotNwb { path: path.to_owned() }.into()),
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
            #[cfg(feature = "nwb")]
            Self::Nwb(metadata, options) => nwb::write(table, metadata, options, file, path),
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
            #[cfg(feature = "nwb")]
            Self::Nwb(..) if file.is_copy() => nwb::check_others(path, file),
            #[cfg(feature = "nwb")]
            Self::Nwb(..) => Ok(()),
        }
    }

    /// What a user may want to know of the file that is to be at `path`, though it can be written.
    pub(crate) fn findings(&self, table: &dyn PoseTable, path: &Path) -> Vec<String> {
        match self {
            #[cfg(feature = "nwb")]
            Self::Nwb(metadata, options) if !options.append => nwb::findings(table, metadata, options, path),
            _ => {
                let _ = (table, path);
                Vec::new()
            }
        }
    }
}

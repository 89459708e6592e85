//! What a table is written to.

#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "hdf5")]
mod hdf5;
#[cfg(feature = "nwb")]
mod nwb;
#[cfg(feature = "parquet")]
mod parquet;

use std::path::Path;

use pose_frame::{Metadata, PoseTable};

use crate::open::OpenOptions;
use crate::progress::{ConvertProgress, OnProgress, Stage};
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
    /// A CSV file. It has no place for metadata.
    #[cfg(feature = "csv")]
    Csv,
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

/// What comes back of a table from a file, and how to open that.
#[allow(clippy::large_enum_variant, reason = "there is one for each file that is written")]
pub(crate) enum Form<'a> {
    /// The table.
    Same(&'a dyn PoseTable),
    /// What a CSV file holds of it.
    #[cfg(feature = "csv")]
    Csv(pose_csv::CsvForm<'a>),
}

impl Form<'_> {
    pub(crate) fn table(&self) -> &dyn PoseTable {
        match self {
            Self::Same(table) => *table,
            #[cfg(feature = "csv")]
            Self::Csv(form) => form,
        }
    }

    /// How the file is opened that it is written to.
    pub(crate) fn opening(&self, target: &Target) -> OpenOptions {
        let options = OpenOptions::default().with_key(target.key());
        match self {
            Self::Same(_) => options,
            #[cfg(feature = "csv")]
            Self::Csv(form) => options.with_csv_shape(Some(form.shape())),
        }
    }

    /// What the file does not keep of the table.
    pub(crate) fn losses(&self) -> Vec<String> {
        match self {
            Self::Same(_) => Vec::new(),
            #[cfg(feature = "csv")]
            Self::Csv(form) => form.losses().iter().map(ToString::to_string).collect(),
        }
    }
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
            #[cfg(feature = "csv")]
            Format::Csv => Ok(Self::Csv),
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
            #[cfg(feature = "csv")]
            Self::Csv => Format::Csv,
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
            #[cfg(feature = "csv")]
            Self::Csv => None,
            #[cfg(feature = "parquet")]
            Self::Parquet(..) => None,
            #[cfg(feature = "hdf5")]
            Self::Hdf5(metadata, options) => Some(hdf5::key(metadata, options)),
            #[cfg(feature = "nwb")]
            Self::Nwb(_, options) => Some(options.key().to_owned()),
        }
    }

    /// Starts the file. Of one that is added to that is a copy, which may take a while.
    pub(crate) fn create(
        &self,
        path: &Path,
        existing: Existing,
        progress: OnProgress<'_>,
    ) -> Result<AtomicFile, PoseIoError> {
        let copied = |bytes, num_bytes| {
            let stage = Stage::Copying { bytes, num_bytes };
            progress(ConvertProgress { stage, frames: 0, num_frames: 0 });
        };
        match self {
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_, options) if options.append && path.symlink_metadata().is_ok() => {
                match crate::open::format_of(path)? {
                    Format::Hdf5 => AtomicFile::copy_of_telling(path, &copied),
                    format => Err(PoseIoErrorKind::NotHdf5 { path: path.to_owned(), format }.into()),
                }
            }
            #[cfg(feature = "nwb")]
            Self::Nwb(_, options) if options.append && path.symlink_metadata().is_ok() => {
                match crate::open::format_of(path)? {
                    Format::Nwb => AtomicFile::copy_of_telling(path, &copied),
                    _ => Err(PoseIoErrorKind::NotNwb { path: path.to_owned() }.into()),
                }
            }
            _ => {
                let _ = copied;
                AtomicFile::create(path, existing)
            }
        }
    }

    /// Looks through a table that is to be written to `path`: what comes back where that is not the table itself.
    #[allow(clippy::unnecessary_wraps, reason = "in a build without csv")]
    pub(crate) fn form<'a>(&self, table: &'a dyn PoseTable, path: &Path) -> Result<Form<'a>, PoseIoError> {
        match self {
            #[cfg(feature = "csv")]
            Self::Csv => Ok(Form::Csv(csv::form(table, path)?)),
            #[allow(unreachable_patterns, reason = "reached only in a build with another format")]
            _ => {
                let _ = path;
                Ok(Form::Same(table))
            }
        }
    }

    /// Writes a table to the file, which is to be at `path`.
    pub(crate) fn write(
        &self,
        form: &Form<'_>,
        file: AtomicFile,
        path: &Path,
    ) -> Result<AtomicFile, PoseIoError> {
        let table = match form {
            #[cfg(feature = "csv")]
            Form::Csv(form) => return csv::write(form, file, path),
            Form::Same(table) => *table,
        };
        match self {
            #[cfg(feature = "csv")]
            Self::Csv => csv::write(&csv::form(table, path)?, file, path),
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
            #[cfg(feature = "csv")]
            Self::Csv => Ok(()),
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

//! A file to migrate, open.

use std::path::{Path, PathBuf};

use pose_frame::PoseTable;
use pose_hdf5::{Hdf5File, USUAL_KEY};

use crate::open::{format_of, parquet_of, parquet_of_key};
use crate::{Format, PoseIoError, PoseIoErrorKind};

/// A file to migrate, opened once for all that is asked of it.
pub(super) struct SourceFile<'a> {
    path: &'a Path,
    file: Hdf5File,
}

impl<'a> SourceFile<'a> {
    /// Refuses what is of another format, before all of it is read.
    pub(super) fn check_format(path: &Path) -> Result<(), PoseIoError> {
        match format_of(path)? {
            Format::Hdf5 => Ok(()),
            format => Err(PoseIoErrorKind::NotHdf5 { path: path.to_owned(), format }.into()),
        }
    }

    pub(super) fn open(path: &'a Path) -> Result<Self, PoseIoError> {
        Ok(Self { path, file: Hdf5File::open(path).map_err(PoseIoError::format)? })
    }

    /// The tables, each with its target. The one that is opened by default comes first, under the plain name.
    pub(super) fn tables(&self) -> Result<Vec<(Option<String>, PathBuf)>, PoseIoError> {
        let whole = parquet_of(self.path);
        let tables = self.file.tables().map_err(PoseIoError::format)?;
        if tables.len() <= 1 {
            // One table, or none: opening it says which, or why not.
            return Ok(vec![(tables.into_iter().next().map(|table| table.key), whole)]);
        }
        let planned = tables.into_iter().map(|table| {
            let usual = table.key == USUAL_KEY;
            let target = if usual { whole.clone() } else { parquet_of_key(self.path, &table.key) };
            (Some(table.key), target)
        });
        let mut planned: Vec<_> = planned.collect();
        planned.sort_by_key(|(_, target)| *target != whole);
        Ok(planned)
    }

    /// A table, and the notes on the files beside it.
    pub(super) fn table(&self, key: Option<&str>) -> Result<(Box<dyn PoseTable>, Vec<String>), PoseIoError> {
        let table = self.file.table(key).map_err(PoseIoError::format)?;
        let notes = table.notes().iter().map(ToString::to_string).collect();
        Ok((Box::new(table), notes))
    }

    /// What else there is in the file beside its tables.
    pub(super) fn other_objects(&self) -> Result<Vec<String>, PoseIoError> {
        self.file.other_objects().map_err(PoseIoError::format)
    }
}

//! Writing a CSV file.

use std::path::Path;

use pose_csv::{CsvForm, CsvWriteError, CsvWriteErrorKind, write_table};
use pose_frame::PoseTable;

use crate::{AtomicFile, PoseIoError, PoseIoErrorKind};

/// What becomes of a table in CSV.
pub(super) fn form<'a>(table: &'a dyn PoseTable, path: &Path) -> Result<CsvForm<'a>, PoseIoError> {
    CsvForm::of(table).map_err(|error| failed(error, path))
}

pub(super) fn write(form: &CsvForm<'_>, file: AtomicFile, path: &Path) -> Result<AtomicFile, PoseIoError> {
    write_table(form, file).map_err(|error| failed(error, path))
}

fn failed(error: CsvWriteError, path: &Path) -> PoseIoError {
    // It names the file that could not be read.
    if matches!(error.kind(), CsvWriteErrorKind::Read(_)) {
        return PoseIoError::format(error);
    }
    PoseIoErrorKind::NotWritten { path: path.to_owned(), source: Box::new(error) }.into()
}

//! Objects in stores, which are named by URLs where files are named by paths.

use std::path::Path;

#[cfg(feature = "object-store")]
pub(crate) use self::enabled::{is_same, open, write_verified};
#[cfg(not(feature = "object-store"))]
pub(crate) use self::left_out::open;
#[cfg(all(
    not(feature = "object-store"),
    any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet")
))]
pub(crate) use self::left_out::{is_same, write_verified};

/// What URLs of objects begin with.
const SCHEMES: [&str; 8] = ["s3", "s3a", "gs", "az", "abfs", "abfss", "http", "https"];

/// Whether a path is the URL of an object.
pub(crate) fn is_url(path: &Path) -> bool {
    let scheme = path.to_str().and_then(|text| text.split_once("://"));
    scheme.is_some_and(|(scheme, _)| SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)))
}

#[cfg(feature = "object-store")]
mod enabled {
    use std::path::{Path, PathBuf};

    use pose_frame::{Difference, PoseTable, Tolerance, first_difference};
    use pose_parquet::{
        ExistingObject, Object, ObjectError, ParquetError, ParquetErrorKind, ParquetTable, StoreOptions,
        write_object,
    };

    use crate::convert::load_small;
    use crate::open::{check_key, stored_long};
    use crate::progress::{OnProgress, Reporting, Stage};
    use crate::target::Target;
    use crate::{ConvertOptions, Existing, Format, OpenOptions, Opened, PoseIoError, PoseIoErrorKind};

    fn object(path: &Path, options: &StoreOptions) -> Result<Object, PoseIoError> {
        // It is a URL, so it is Unicode.
        Object::at(&path.to_string_lossy(), options).map_err(PoseIoError::format)
    }

    /// Whether two URLs are of one object.
    pub(crate) fn is_same(
        source: &Path,
        target: &Path,
        options: &ConvertOptions,
    ) -> Result<bool, PoseIoError> {
        Ok(object(source, &options.store)?.is_same(&object(target, &options.store)?))
    }

    /// Opens an object. Nothing else is looked for, not even when it is not there.
    pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Opened, PoseIoError> {
        let object = object(path, &options.store)?;
        let path = PathBuf::from(object.url());
        let table = ParquetTable::open_object(&object).map_err(|error| match error.kind() {
            ParquetErrorKind::Format { .. } => match Format::of_name(&path) {
                Some(format) if format != Format::Parquet => {
                    PoseIoErrorKind::NotInStores { path: path.clone(), format }.into()
                }
                _ => PoseIoError::format(error),
            },
            _ => PoseIoError::format(error),
        })?;
        check_key(&table, &path, Format::Parquet, options)?;
        let num_bytes = table.num_bytes();
        let stored_long = stored_long(&table);
        let (table, format) = (Box::new(table), Format::Parquet);
        Ok(Opened {
            table,
            path,
            format,
            num_bytes,
            instead_of: None,
            stored_long,
            notes: Vec::new(),
            lost: Vec::new(),
        })
    }

    /// Writes a table to an object, reads it back from the store and compares. Gives its size.
    pub(crate) fn write_verified(
        table: &dyn PoseTable,
        path: &Path,
        target: &Target,
        options: &ConvertOptions,
        progress: OnProgress<'_>,
    ) -> Result<u64, PoseIoError> {
        let object = object(path, &options.store)?;
        let path = PathBuf::from(object.url());
        #[allow(irrefutable_let_patterns, reason = "in a build with one format")]
        let Target::Parquet(metadata, how) = target else {
            return Err(PoseIoErrorKind::NotInStores { path, format: target.format() }.into());
        };
        let existing = match options.existing {
            Existing::Keep => ExistingObject::Keep,
            Existing::Replace => ExistingObject::Replace,
        };
        let loaded = load_small(table)?;
        let table = loaded.as_ref().map_or(table, |frame| frame as &dyn PoseTable);

        let reporting = Reporting { table, stage: Stage::Writing, progress };
        let how = how.write_options(metadata);
        let exists = |error: ParquetError| match error.kind() {
            ParquetErrorKind::Object { source: ObjectError::Exists } => {
                PoseIoErrorKind::Exists { path: path.clone() }.into()
            }
            _ => PoseIoError::format(error),
        };
        let written = write_object(&reporting, &object, existing, &how).map_err(exists)?;

        let reporting = Reporting { table, stage: Stage::Verifying, progress };
        let bytes = written.num_bytes();
        match compare(&reporting, &object) {
            Ok(None) => Ok(bytes),
            Ok(Some(difference)) => {
                written.remove().map_err(PoseIoError::format)?;
                Err(PoseIoErrorKind::NotVerified { path, difference }.into())
            }
            Err(error) => {
                // One that took another's place may be whole, and the other is gone. What went wrong first is what is
                // told; a store that cannot be read may not let remove either.
                if options.existing == Existing::Keep {
                    let _ = written.remove();
                }
                Err(error)
            }
        }
    }

    fn compare(table: &dyn PoseTable, object: &Object) -> Result<Option<Difference>, PoseIoError> {
        let stored = ParquetTable::open_object(object).map_err(PoseIoError::format)?;
        Ok(first_difference(table, &stored, Tolerance::BitForBit)?)
    }
}

#[cfg(not(feature = "object-store"))]
mod left_out {
    use std::path::{Path, PathBuf};

    use crate::{OpenOptions, Opened, PoseIoError, PoseIoErrorKind};

    #[cfg(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet"))]
    pub(crate) fn is_same(_: &Path, target: &Path, _: &crate::ConvertOptions) -> Result<bool, PoseIoError> {
        Err(disabled(target))
    }

    pub(crate) fn open(path: &Path, _: &OpenOptions) -> Result<Opened, PoseIoError> {
        Err(disabled(path))
    }

    #[cfg(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet"))]
    pub(crate) fn write_verified(
        _: &dyn pose_frame::PoseTable,
        path: &Path,
        _: &crate::target::Target,
        _: &crate::ConvertOptions,
        _: crate::progress::OnProgress<'_>,
    ) -> Result<u64, PoseIoError> {
        Err(disabled(path))
    }

    /// What follows the path of a URL, and a user before its host, may be secret.
    fn disabled(path: &Path) -> PoseIoError {
        let text = path.to_string_lossy();
        let (scheme, rest) = text.split_once("://").unwrap_or(("", &text));
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let path = PathBuf::from(format!("{scheme}://{rest}"));
        PoseIoErrorKind::StoresDisabled { path }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_paths() {
        for url in
            ["s3://lab/a.parquet", "S3://lab/a", "gs://a/b", "az://a/b", "http://h/a", "https://h/a?b=c"]
        {
            assert!(is_url(Path::new(url)), "{url}");
        }
        for path in ["a.parquet", "/s3/lab/a", "./s3://lab/a", "file:///a", "c:\\a", "s3:/lab/a", "://a"] {
            assert!(!is_url(Path::new(path)), "{path}");
        }
    }
}

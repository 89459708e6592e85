//! Files that are no tables: one line each, that names the file and the reason.

use std::fs;
use std::path::Path;

use pose_frame::PoseTable;
use pose_hdf5::{Hdf5Error, Hdf5ErrorKind, Hdf5Table, OpenOptions, PickleError, list_tables};
use pose_tests::{broken_fixtures, fixtures_folder};

fn refusal(path: &Path) -> Hdf5Error {
    let read = |table: Hdf5Table| table.load().map(drop);
    let error = match Hdf5Table::open(path, &OpenOptions::default()) {
        Err(error) => error,
        Ok(table) => panic!("{} reads: {:?}", path.display(), read(table)),
    };
    let line = error.to_string();
    assert!(line.contains(&path.display().to_string()), "{line:?} names no file");
    assert!(!line.contains('\n') && !line.ends_with('.') && line.len() < 400, "{line:?} is not one line");
    error
}

fn broken(name: &str) -> Hdf5Error {
    refusal(&fixtures_folder().join("broken").join(name))
}

#[test]
fn every_broken_file_is_refused() {
    for path in broken_fixtures() {
        if path.extension().is_some_and(|extension| extension == "h5") {
            println!("{}", refusal(&path));
        }
    }
}

#[test]
fn the_reason_is_said() {
    use Hdf5ErrorKind::{Empty, Layout, NoTable, NotHdf5, Pickle, Table, Truncated};
    assert!(matches!(broken("empty.h5").kind(), Empty { .. }));
    assert!(matches!(broken("text.h5").kind(), NotHdf5 { .. }));
    assert!(matches!(broken("truncated_table.h5").kind(), Truncated { .. }));
    assert!(matches!(broken("no_groups.h5").kind(), NoTable { found, .. } if found.is_empty()));
    assert!(matches!(broken("no_pandas_table.h5").kind(), NoTable { found, .. } if found.len() == 1));
    assert!(matches!(broken("table_without_dataset.h5").kind(), Layout { .. }));
    assert!(matches!(broken("duplicate_columns_table.h5").kind(), Table { .. }));
    match broken("pickle_global.h5").into_kind() {
        Pickle { attribute, reason: PickleError::Global { module, name }, .. } => {
            assert_eq!([attribute.as_str(), &module, &name], ["non_index_axes", "os", "system"]);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn files_that_cannot_be_opened_say_why() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(refusal(&folder.path().join("absent.h5")).kind(), Hdf5ErrorKind::Missing { .. }));
    assert!(matches!(refusal(folder.path()).kind(), Hdf5ErrorKind::Directory { .. }));
    for length in [1, 7, 8, 20] {
        let path = folder.path().join(format!("{length}.h5"));
        fs::write(&path, &b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0"[..length]).unwrap();
        refusal(&path);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.h5");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo is there");
    assert!(made.success());
    assert!(matches!(refusal(&path).kind(), Hdf5ErrorKind::NotAFile { .. }));
}

#[test]
fn a_key_is_needed_when_there_are_several_tables() {
    let path = fixtures_folder().join("pandas-3/generic/two_tables.h5");
    match refusal(&path).into_kind() {
        Hdf5ErrorKind::SeveralTables { keys, .. } => assert_eq!(keys, ["left", "right"]),
        other => panic!("{other}"),
    }
    let open = |key: &str| Hdf5Table::open(&path, &OpenOptions::default().with_key(Some(key.to_owned())));
    assert_eq!(open("right").unwrap().key(), "right");
    assert_eq!(open("/right").unwrap().key(), "right", "pandas writes keys with a slash");
    match open("middle").unwrap_err().into_kind() {
        Hdf5ErrorKind::UnknownKey { key, keys, .. } => {
            assert_eq!((key.as_str(), keys.len()), ("middle", 2));
        }
        other => panic!("{other}"),
    }
    assert_eq!(list_tables(&path).unwrap().len(), 2);
}

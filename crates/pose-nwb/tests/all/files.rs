//! Files to write to, and sessions to write about.

use std::fs::File;
use std::path::{Path, PathBuf};

use pose_frame::PoseTable;
use pose_nwb::{NwbTable, ObjectIds, Session, SessionFormat, Timing, WriteOptions, write_table};
use tempfile::TempDir;

pub(crate) fn create(path: &Path) -> File {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(true).open(path).expect("it can be made")
}

/// A session that nobody has anything against.
pub(crate) fn session() -> Session {
    const TEXT: &str = "
session_start_time: 2023-10-30T14:05:00+01:00
session_description: open field
experimenter: 'Curie, Marie'
institution: Sorbonne
lab: Curie
keywords: [open field]
experiment_description: free exploration
subject:
  subject_id: m3
  description: a mouse
  sex: F
  species: Mus musculus
  age: P90D
";
    let mut session = Session::default();
    session.merge(TEXT, SessionFormat::Yaml, "session.yaml").expect("it is well formed");
    session
}

pub(crate) fn options() -> WriteOptions {
    let created = "2024-01-01T00:00:00Z".parse().expect("a moment");
    WriteOptions::default()
        .with_session(session())
        .with_timing(Timing::rate(30.0))
        .reproducible(ObjectIds::Of("test".to_owned()), created)
}

/// A table in a file of its own, which stays as long as the folder.
pub(crate) struct Written {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

pub(crate) fn write(table: &dyn PoseTable, options: &WriteOptions) -> Written {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("written.nwb");
    write_table(table, create(&path), options).unwrap_or_else(|error| panic!("{error}"));
    Written { folder, path }
}

impl Written {
    pub(crate) fn open(&self) -> NwbTable {
        NwbTable::open(&self.path, None).unwrap_or_else(|error| panic!("{error}"))
    }
}

//! Files that are no tables are refused by file, line and cell.

use std::path::PathBuf;

use arrow_schema::DataType;
use pose_csv::{CsvError, CsvErrorKind, CsvTable, NamesRow, OpenOptions, Shape};
use pose_frame::{IndexSchema, PoseTable, Selection, TableKind};
use tempfile::TempDir;

const HEAD: &str = "scorer,s,s\nbodyparts,a,a\ncoords,x,y\n";

fn file(bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("poses.csv");
    std::fs::write(&path, bytes).expect("there is room");
    (folder, path)
}

fn open(bytes: impl AsRef<[u8]>) -> Result<CsvTable, CsvError> {
    let (_folder, path) = file(bytes);
    CsvTable::open(path, &OpenOptions::default())
}

#[test]
fn bad_rows_are_refused_by_their_line() {
    let refused = |bytes: &[u8], says: &str| {
        let said = open(bytes).expect_err("it is refused").to_string();
        assert!(said.contains("poses.csv") && said.ends_with(says), "{said:?} ends with {says:?}");
    };
    refused(format!("{HEAD}0,1,2\n1,1\n").as_bytes(), "line 5: expected 3 cells, found 2");
    refused(format!("{HEAD}0,1,2\n\n\"1\",1,2,3\n").as_bytes(), "line 6: expected 3 cells, found 4");
    refused(format!("{HEAD}\"0\n0\",1,2\n1\n").as_bytes(), "line 6: expected 3 cells, found 1");
    refused(b"scorer,s,s\nbodyparts,a\ncoords,x,y\n", "line 2: expected 3 cells, found 2");
    refused(b"x\n1,2\n", "expected 1 cell, found 2");
    refused(&[HEAD.as_bytes(), b"0,1,\xff\n"].concat(), "line 4, cell 3: is not UTF-8");
    refused(b"scorer,\xe9\ncoords,x\n", "line 1, cell 2: is not UTF-8");
    refused(format!("{HEAD}0,\"1,2\n1,2,3\n").as_bytes(), "line 4: a quote is opened here and never closed");
    refused(b"", "holds no line with a cell");
    refused(b"\n\n  \n", "holds no line with a cell");
    refused(b"scorer,s,s\nbodyparts,a,a\ncoords,x,x\n0,1,2\n", "two columns have the key s/a/x");
    refused(b",x,x\n0,1,2\n", "two columns have the key x");
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().expect("there is room");
    for path in [folder.path().to_owned(), folder.path().join("absent.csv")] {
        let error = CsvTable::open(&path, &OpenOptions::default()).expect_err("there is no file");
        assert!(matches!(error.kind(), CsvErrorKind::Io { .. }), "{error}");
    }
}

#[test]
fn any_other_csv_is_a_generic_table() {
    let table = open("name,age,\"note, if any\"\nMarie,3,\"a, b\"\nPierre,4,\n").expect("it opens");
    assert_eq!(table.schema().kind(), TableKind::Generic);
    assert_eq!(*table.schema().index(), IndexSchema::Range { name: None });
    let types: Vec<&DataType> = table.schema().columns().iter().map(|column| &column.data_type).collect();
    assert_eq!(types, [&DataType::Utf8, &DataType::Int64, &DataType::Utf8]);
}

#[test]
fn a_table_without_rows_is_one_of_poses() {
    let table = open(HEAD).expect("it opens");
    assert_eq!((table.num_frames(), table.schema().kind()), (0, TableKind::Labels));
    assert_eq!(table.schema().columns()[0].data_type, DataType::Float64);
    assert_eq!(table.schema().index().fields()[0].data_type, DataType::Int64);
    assert_eq!(table.load().expect("it loads").num_frames(), 0);
}

#[test]
fn a_shape_that_is_told_is_taken() {
    let (_folder, path) = file("camera,frame,x,y\nleft,0,1,2\n");
    let shape = Shape { header_rows: 1, index_columns: 2, names_row: NamesRow::Absent };
    let table = CsvTable::open(&path, &OpenOptions::default().with_shape(shape)).expect("it opens");
    assert_eq!(table.schema().index().to_string(), "Utf8 named \"camera\", Int64 named \"frame\"");
    assert_eq!(table.schema().columns().len(), 2);
    for (header_rows, index_columns) in [(3, 1), (1, 5), (0, 1), (usize::MAX, 0)] {
        let shape = Shape { header_rows, index_columns, names_row: NamesRow::Present };
        CsvTable::open(&path, &OpenOptions::default().with_shape(shape)).expect_err("it does not fit");
    }
}

#[test]
fn a_file_that_changes_while_it_is_open_is_refused() {
    let (_folder, path) = file(format!("{HEAD}0,1,2\n1,3,4\n"));
    let table = CsvTable::open(&path, &OpenOptions::default()).expect("it opens");
    for changed in ["0,1,2\n", "0,1,a\n1,3,4\n", "0,1\n1,3,4\n", "0.5,1,2\n1,3,4\n"] {
        std::fs::write(&path, format!("{HEAD}{changed}")).expect("there is room");
        let said = table.load().expect_err("it is another file").to_string();
        assert!(said.contains("has changed since it was opened"), "{said}");
    }
}

#[test]
fn frames_are_found_in_a_long_file() {
    let rows: Vec<String> = (0..60_000).map(|n| format!("{n},{}.5,\"{}\"\n", n * 2, n * 3)).collect();
    let table = open_kept(&format!("{HEAD}{}", rows.concat()));
    for frames in [0..1, 59_999..60_000, 31_234..31_240, 100..40_000, 60_000..60_000] {
        let part = table.1.read(&Selection::all().frames(frames.clone())).expect("it reads");
        let expected: Vec<String> = frames.clone().map(|n| n.to_string()).collect();
        let found: Vec<String> = (0..part.num_frames()).map(|row| part.index().label_text(row)).collect();
        assert_eq!(found, expected);
    }
}

fn open_kept(text: &str) -> (TempDir, CsvTable) {
    let (folder, path) = file(text);
    let table = CsvTable::open(path, &OpenOptions::default()).expect("it opens");
    (folder, table)
}

//! What cannot be written is refused, and says what to do.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use pose_frame::testing::predictions;
use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, RowIndex};
use pose_nwb::{NwbWriteError, SourceVideo, Timing, WriteOptions, append_table, write_table};

use crate::files::options;

fn refusal(change: impl FnOnce(&mut WriteOptions)) -> NwbWriteError {
    let mut options = options();
    change(&mut options);
    write_table(&predictions(10), tempfile::tempfile().unwrap(), &options).expect_err("it is refused")
}

#[test]
fn what_is_missing_is_asked_for() {
    let error = refusal(|options| options.timing = None).to_string();
    assert!(error.contains("give the frame rate or timestamps"), "{error}");
    let error = refusal(|options| options.session.session_start_time = None).to_string();
    assert!(error.contains("give session_start_time"), "{error}");
}

#[test]
fn what_cannot_be_is_named() {
    let error = refusal(|options| options.timing = Some(Timing::rate(0.0))).to_string();
    assert!(error.contains("above 0"), "{error}");
    let error = refusal(|options| options.timing = Some(Timing::timestamps(vec![0.0; 9]))).to_string();
    assert_eq!(error, "there are 9 timestamps for 10 frames");
    for path in ["/videos/a.mp4", "C:\\videos\\a.mp4", "\\\\server\\a.mp4"] {
        let error = refusal(|options| options.video = Some(SourceVideo::new(path))).to_string();
        assert!(error.contains("is absolute"), "{error}");
    }
    for key in ["", "a/b", "behavior", "..", "a\nb"] {
        let error = refusal(|options| options.key = Some(key.to_owned())).to_string();
        assert!(error.contains("is no name for a table"), "{error}");
    }
}

#[test]
fn tables_without_poses_are_refused_by_their_kind() {
    for (labels, kind) in [(["length", "orientation"], "skeleton"), (["a", "b"], "generic")] {
        let columns = labels.map(|label| {
            let values: ArrayRef = Arc::new(Float64Array::from(vec![0.5]));
            (Column::new(ColumnKey::new(["a_b", label]), values.data_type().clone()), values)
        });
        let (columns, values) = columns.into_iter().unzip();
        let index = RowIndex::range(1);
        let schema = PoseSchema::new(vec![None, None], columns, index.schema()).unwrap();
        let table = PoseFrame::new(Arc::new(schema), index, values).unwrap();
        let error = write_table(&table, tempfile::tempfile().unwrap(), &options()).expect_err("no poses");
        assert!(error.to_string().contains(&format!("of the kind {kind}")), "{error}");
    }
}

#[test]
fn nothing_is_added_to_what_is_no_nwb_file() {
    let fixture = pose_tests::fixtures_folder().join("pandas-3/generic/flat_int_table.h5");
    let copy = tempfile::NamedTempFile::new().unwrap();
    std::fs::copy(fixture, copy.path()).unwrap();
    let file = std::fs::File::options().read(true).write(true).open(copy.path()).unwrap();
    let error = append_table(&predictions(10), file, &options()).expect_err("it is of pandas");
    assert_eq!(error.to_string(), "the file is HDF5, but no NWB file: it has no session_start_time");
}

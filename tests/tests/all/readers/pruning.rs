//! Engines leave out row groups and pages that cannot hold what they look for, in every way of writing.

use std::fs;

use pose_parquet::{Layout, write_table};
use pose_tests::ask_python_of;
use serde_json::json;

use super::tables::{self, ROW_GROUP_FRAMES};
use super::ways::ways;

#[test]
fn engines_read_no_row_group_and_no_page_that_statistics_rule_out() {
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let table = tables::large();
    // Rows that are labelled by moments are not laid out long.
    let wide = ways().into_iter().filter(|way| way.options.layout == Layout::Wide);
    let files = wide.map(|way| {
        let mut options = way.options;
        options.row_group_frames = ROW_GROUP_FRAMES;
        let path = scratch.path().join(format!("{}.parquet", way.name));
        let bytes = write_table(&table, Vec::new(), &options).expect("it can be written");
        fs::write(&path, bytes).expect("there is room for the file");
        path
    });
    let files: Vec<_> = files.collect();
    let complaints: Vec<String> = ask_python_of("readers", "readers/pruning.py", &json!(files));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

//! A page shows what was found as text, and files that cannot be read beside the others.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use pose_report::{ReportErrorKind, ReportOptions, page, survey};

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pandas-3")).join(name)
}

#[test]
fn files_that_cannot_be_read_are_listed_with_the_reason() {
    let scratch = tempfile::tempdir().expect("there is room");
    fs::create_dir_all(scratch.path().join("deep/er")).expect("there is room");
    let source = fixture("openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5");
    fs::copy(source, scratch.path().join("deep/er/a.h5")).expect("there is room");
    fs::write(scratch.path().join("b.h5"), "no table").expect("there is room");
    fs::write(scratch.path().join(".c.h5"), "hidden").expect("there is room");
    fs::write(scratch.path().join("notes.txt"), "no table").expect("there is room");
    let told = Mutex::new(Vec::new());
    let found = survey(scratch.path(), &ReportOptions::default(), &|at| {
        told.lock().expect("nobody panicked").push((at.files, at.num_files));
    });
    let found = found.expect("the folder lists");
    let names: Vec<&Path> = found.files.iter().map(|file| file.path.as_path()).collect();
    assert_eq!(names, [Path::new("b.h5"), Path::new("deep/er/a.h5")]);
    assert!(found.files[0].table.as_ref().is_err_and(|reason| reason.contains("it starts with")));
    let table = found.files[1].table.as_ref().expect("it is a table");
    assert_eq!((table.frames, table.points), (60, 4));
    assert_eq!(table.weakest.as_ref().map(|weakest| weakest.name.as_str()), Some("leftear"));
    assert!(table.picture.is_some() && table.likelihood.is_some_and(|mean| (0.8..0.9).contains(&mean)));
    assert!(told.into_inner().expect("nobody panicked").contains(&(2, 2)));
    let html = page(&found);
    assert!(html.contains("Not read") && html.contains("2 files · 1 not read · 60 frames"), "{html}");
}

#[test]
fn names_are_text_and_nothing_is_loaded() {
    let scratch = tempfile::tempdir().expect("there is room");
    let name = "<img src=x onerror=alert(1)>&\".parquet";
    fs::write(scratch.path().join(name), "no table").expect("there is room");
    let html = page(&survey(scratch.path(), &ReportOptions::default(), &|_| {}).expect("the folder lists"));
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;&amp;&quot;.parquet"), "{html}");
    assert!(!html.contains("<img") && !html.contains("http://") && !html.contains("https://"));
}

#[test]
fn a_folder_without_tables_has_a_page_and_no_folder_has_none() {
    let scratch = tempfile::tempdir().expect("there is room");
    let found = survey(scratch.path(), &ReportOptions::default(), &|_| {}).expect("the folder lists");
    assert!(page(&found).contains("0 files"));
    let absent = survey(&scratch.path().join("absent"), &ReportOptions::default(), &|_| {});
    let error = absent.expect_err("it is not there");
    assert!(matches!(error.kind(), ReportErrorKind::Folder { .. }), "{error}");
}

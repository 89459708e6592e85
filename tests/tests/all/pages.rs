//! A browser shows the page of a folder, and sorts it.
//!
//! In CI, or where `POSE_BROWSER` names a Chromium; there it fails without one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pose_tests::{fixtures_folder, pose};

/// The browser, where this is to be checked.
fn browser() -> Option<PathBuf> {
    let asked = env::var_os("POSE_BROWSER").map(PathBuf::from);
    let in_ci = env::var_os("CI").is_some_and(|value| value == "true");
    asked.or_else(|| in_ci.then(|| PathBuf::from("chromium"))).or_else(|| {
        eprintln!("POSE_BROWSER names no Chromium: pages are not shown in a browser");
        None
    })
}

/// What the browser makes of a page, once its script has run.
fn shown(browser: &Path, page: &Path, fragment: &str) -> String {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--dump-dom",
        ])
        .arg(format!("file://{}{fragment}", page.display()))
        .output()
        .unwrap_or_else(|error| {
            let browser = browser.display();
            panic!(
                "{browser} does not start ({error}): install it (Debian and Ubuntu: apt-get install chromium)"
            )
        });
    String::from_utf8(output.stdout).expect("a page is UTF-8")
}

fn frames(dom: &str) -> Vec<usize> {
    let values = dom.split("data-label=\"Frames\" data-value=\"").skip(1);
    values.map(|rest| rest[..rest.find('"').expect("it ends")].parse().expect("a number")).collect()
}

#[test]
fn a_browser_sorts_the_page_by_its_heads() {
    let Some(browser) = browser() else { return };
    let scratch = tempfile::tempdir().expect("there is room");
    let folder = scratch.path().join("<b>lab & co");
    fs::create_dir(&folder).expect("there is room");
    let fixtures = fixtures_folder().join("pandas-3");
    for (number, name) in [
        "openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5",
        "trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5",
        "labeled-data/openfield1/CollectedData_lab.h5",
    ]
    .into_iter()
    .enumerate()
    {
        fs::copy(fixtures.join(name), folder.join(format!("{number}.h5"))).expect("it can be copied");
    }
    fs::write(folder.join("x<b>.h5"), "no table").expect("there is room");
    let page = scratch.path().join("page.html");
    let output =
        Command::new(pose()).arg("report").arg(&folder).arg("-o").arg(&page).output().expect("pose starts");
    assert_eq!(output.status.code(), Some(1), "one file is not read");

    let plain = shown(&browser, &page, "");
    let unsorted = frames(&plain);
    assert_eq!(unsorted.len(), 3);
    assert!(plain.contains("x&lt;b&gt;.h5"));
    let (up, down) = (shown(&browser, &page, "#sort=frames"), shown(&browser, &page, "#sort=-frames"));
    let mut sorted = unsorted.clone();
    sorted.sort_unstable();
    assert_eq!(frames(&up), sorted, "the script runs, so its hash is right");
    sorted.reverse();
    assert_eq!(frames(&down), sorted);
    assert!(down.contains("aria-sort=\"descending\""));
}

#[test]
fn a_page_and_a_picture_go_to_standard_output_or_a_new_file() {
    let scratch = tempfile::tempdir().expect("there is room");
    let labels = fixtures_folder().join("pandas-3/labeled-data");
    let run = |arguments: &[&str]| Command::new(pose()).args(arguments).output().expect("pose starts");
    let labels_text = labels.to_str().expect("it is Unicode");
    let output = run(&["report", labels_text, "-o", "-"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"<!doctype html>"));
    let table = fixtures_folder().join("pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5");
    let table = table.to_str().expect("it is Unicode");
    let output = run(&["plot", table, "-o", "-", "--bodypart", "snout"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"<svg") && output.stderr.is_empty());

    let picture = scratch.path().join("x.svg");
    fs::write(&picture, "mine").expect("there is room");
    let picture = picture.to_str().expect("it is Unicode");
    assert_eq!(run(&["plot", table, "-o", picture]).status.code(), Some(2));
    assert_eq!(fs::read(picture).expect("it is there"), b"mine");
    assert_eq!(run(&["plot", table, "-o", picture, "--force"]).status.code(), Some(0));
    assert!(fs::read(picture).expect("it is there").starts_with(b"<svg"));
    for (bad, says) in [("x.jpg", "something.svg"), ("x.png", "`png`")] {
        let output = run(&["plot", table, "-o", bad]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(says));
    }
}

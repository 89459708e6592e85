//! Files of projects.

use std::fs;

use pose_frame::Crop;
use pose_project::{ProjectConfig, ProjectError};
use pose_tests::real_data;

use crate::{OPENFIELD, TRIMICE, fixture};

fn read(folder: &str) -> ProjectConfig {
    let config = ProjectConfig::read(fixture(folder).join("config.yaml"));
    config.unwrap_or_else(|error| panic!("{error}")).expect("it is DeepLabCut's")
}

fn texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[test]
fn a_project_with_one_animal_is_read() {
    let config = read(OPENFIELD);
    assert_eq!(config.task.as_deref(), Some("openfield"));
    assert_eq!((config.scorer.as_deref(), config.date.as_deref()), (Some("lab"), Some("Oct30")));
    assert!(!config.multi_animal && config.individuals.is_empty() && config.unique_bodyparts.is_empty());
    assert_eq!(texts(&config.bodyparts), ["snout", "leftear", "rightear", "tailbase"]);
    assert_eq!(config.skeleton.len(), 3);
    assert_eq!(config.skeleton[1], ("snout".to_owned(), "rightear".to_owned()));
    let videos: Vec<_> = config.videos.iter().map(|video| (video.file_name(), video.crop)).collect();
    let crop = |x: std::ops::Range<u32>, y: std::ops::Range<u32>| Crop::new(x, y);
    assert_eq!(videos, [("openfield1.mp4", crop(0..640, 0..480)), ("cropped1.avi", crop(100..400, 50..250))]);
}

#[test]
fn a_project_with_several_animals_is_read() {
    let config = read(TRIMICE);
    assert!(config.multi_animal);
    assert_eq!(texts(&config.individuals), ["mus1", "mus2"]);
    assert_eq!(texts(&config.bodyparts), ["snout", "tailbase"]);
    assert_eq!(texts(&config.unique_bodyparts), ["corner", "food_tray"]);
    assert_eq!(config.skeleton, [("snout".to_owned(), "tailbase".to_owned())]);
}

#[test]
fn a_project_of_windows_is_read() {
    let config = read("windows");
    assert_eq!(config.task.as_deref(), Some("reach: left"));
    assert_eq!(config.scorer.as_deref(), Some("Müller"), "of two entries the last one counts");
    assert_eq!(config.date, None);
    assert_eq!(texts(&config.bodyparts), ["Hand", "Finger", "Joystick"]);
    assert_eq!(config.skeleton, [("Hand".to_owned(), "Finger".to_owned())], "edges are pairs");
    let videos: Vec<_> =
        config.videos.iter().map(|video| (video.path.as_str(), video.stem(), video.crop)).collect();
    assert_eq!(
        videos,
        [
            ("C:\\lab\\videos\\reach.v1.mp4", "reach.v1", Crop::new(0..640, 0..480)),
            ("D:\\it's here\\reach2.avi", "reach2", None),
            ("\\\\server\\share\\reach3.mp4", "reach3", Crop::new(0..10, 0..10)),
        ]
    );
}

#[test]
fn a_real_project_is_read() {
    let Some(folder) = real_data() else { return };
    let config = ProjectConfig::read(folder.join("config.yaml")).unwrap_or_else(|error| panic!("{error}"));
    let config = config.expect("it is DeepLabCut's");
    assert!(config.task.is_some() && config.scorer.is_some() && !config.bodyparts.is_empty());
}

#[test]
fn the_files_of_other_programs_are_told_apart() {
    for text in [
        "",
        "# nothing\n",
        "- a\n",
        "a text",
        "Task: t\nscorer: s\n",
        "Task: t\nbodyparts: [a]\n",
        "Tasks: t\nscorers: s\nbodyparts: [a]\n",
        "a:\n  Task: t\n  scorer: s\n  bodyparts: [a]\n",
    ] {
        assert_eq!(ProjectConfig::from_yaml(text).unwrap_or_else(|error| panic!("{error}")), None, "{text}");
    }
    let three_d = "Task: t\nscorer: s\ncamera_names: [a, b]\nskeleton: [[a, b]]\n";
    let config = ProjectConfig::from_yaml(three_d).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.map(|config| config.skeleton.len()), Some(1), "a 3D project has cameras");
}

#[test]
fn what_is_no_yaml_is_an_error_that_says_where() {
    let error = ProjectConfig::from_yaml("Task: t\nscorer: [s\nbodyparts: a\n").expect_err("it is no YAML");
    assert!(matches!(error, ProjectError::Yaml { line: 3, .. }), "{error:?}");
    let error = ProjectConfig::from_yaml("Task: *nothing\nscorer: s\n").expect_err("an alias of nothing");
    assert!(error.to_string().starts_with("config.yaml: is not YAML at line 1"), "{error}");

    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("config.yaml");
    fs::write(&path, b"Task: t\nscorer: M\xfcller\nbodyparts: [a]\n").expect("there is room");
    let error = ProjectConfig::read(&path).expect_err("it is no UTF-8");
    assert!(matches!(error, ProjectError::Text { offset: 17, .. }), "{error:?}");
}

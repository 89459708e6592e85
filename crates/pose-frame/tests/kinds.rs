//! What a table is, for every kind of table that DeepLabCut writes and for tables that only resemble one.

use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, IndexSchema, Label, PoseSchema, Role, TableKind};

const S3: [&str; 3] = ["scorer", "bodyparts", "coords"];
const S4: [&str; 4] = ["scorer", "individuals", "bodyparts", "coords"];
const SCORER: &str = "DLC_resnet50_openfieldOct30shuffle1_50000";

fn schema(levels: &[&str], keys: impl IntoIterator<Item = ColumnKey>) -> PoseSchema {
    let levels = levels.iter().map(|&name| Some(name).filter(|name| !name.is_empty()).map(Into::into));
    let columns = keys.into_iter().map(|key| Column::new(key, DataType::Float64));
    let index = IndexSchema::Range { name: None };
    PoseSchema::new(levels.collect(), columns.collect(), index).expect("it is well formed")
}

/// Columns of these bodyparts, each with these coords.
fn animal(coords: &[&str]) -> PoseSchema {
    let keys =
        ["snout", "tail"].iter().flat_map(|part| coords.iter().map(move |coord| [SCORER, part, coord]));
    schema(&S3, keys.map(ColumnKey::new))
}

fn animals(individuals: &[&str], coords: &[&str]) -> PoseSchema {
    let keys = individuals.iter().flat_map(|individual| {
        coords.iter().map(move |coord| ColumnKey::new([SCORER, individual, "snout", coord]))
    });
    schema(&S4, keys)
}

/// Columns of one level.
fn flat(name: &str, columns: &[&str]) -> PoseSchema {
    schema(&[name], columns.iter().map(|&column| ColumnKey::new([column])))
}

#[test]
fn a_likelihood_makes_predictions() {
    assert_eq!(animal(&["x", "y", "likelihood"]).kind(), TableKind::Predictions);
    assert_eq!(animals(&["mus1", "mus2"], &["x", "y", "likelihood"]).kind(), TableKind::Predictions);
    assert_eq!(animal(&["likelihood", "y", "x"]).kind(), TableKind::Predictions, "in any order");
}

#[test]
fn without_a_likelihood_they_are_labels() {
    assert_eq!(animal(&["x", "y"]).kind(), TableKind::Labels);
    assert_eq!(animals(&["mus1", "mus2"], &["x", "y"]).kind(), TableKind::Labels);
}

#[test]
fn a_third_coordinate_makes_it_3d() {
    assert_eq!(animal(&["x", "y", "z"]).kind(), TableKind::ThreeD);
    assert_eq!(animals(&["mus1", "mus2"], &["x", "y", "z"]).kind(), TableKind::ThreeD);
    assert_eq!(animal(&["x", "y", "z", "likelihood"]).kind(), TableKind::ThreeD);
}

#[test]
fn unique_bodyparts_change_nothing() {
    let keys = [
        [SCORER, "mus1", "snout", "x"],
        [SCORER, "mus1", "snout", "y"],
        [SCORER, "mus1", "snout", "likelihood"],
        [SCORER, "single", "corner", "x"],
        [SCORER, "single", "corner", "y"],
        [SCORER, "single", "corner", "likelihood"],
    ];
    let predictions = schema(&S4, keys.map(ColumnKey::new));
    assert_eq!(predictions.kind(), TableKind::Predictions);
    assert_eq!(predictions.unique_bodyparts(), [&Label::from("corner")]);
    let labels = keys.into_iter().filter(|key| key[3] != "likelihood");
    assert_eq!(schema(&S4, labels.map(ColumnKey::new)).kind(), TableKind::Labels);
}

#[test]
fn evaluations_say_coordinates_and_conf() {
    let coords = ["x", "y", "conf"];
    let keys = coords.map(|coord| ColumnKey::new([SCORER, "mus1", "snout", coord]));
    let evaluation = schema(&["scorer", "individuals", "bodyparts", "coordinates"], keys);
    assert_eq!(evaluation.kind(), TableKind::Predictions);
    assert_eq!(evaluation.level_of(Role::Coord), Some(3));
}

#[test]
fn further_points_of_time_lapses_are_predictions() {
    let coords = ["x", "y", "likelihood", "x2", "y2", "likelihood2", "x3", "y3", "likelihood3"];
    assert_eq!(animal(&coords).kind(), TableKind::Predictions);
}

#[test]
fn names_of_digits_are_names() {
    let keys = ["0", "1"].iter().flat_map(|individual| {
        ["x", "y", "likelihood"].map(|coord| ColumnKey::new([SCORER, individual, "0", coord]))
    });
    let assemblies = schema(&S4, keys);
    assert_eq!(assemblies.kind(), TableKind::Predictions);
    assert_eq!(assemblies.individuals(), [&Label::from("0"), &Label::from("1")]);
}

#[test]
fn bones_in_unnamed_levels_are_a_skeleton() {
    let keys = ["snout_tail", "tail_foot"].iter().flat_map(|bone| {
        ["length", "orientation", "likelihood"].map(|figure| ColumnKey::new([*bone, figure]))
    });
    let skeleton = schema(&["", ""], keys);
    assert_eq!(skeleton.kind(), TableKind::Skeleton);
    assert_eq!(skeleton.level_of(Role::Coord), None);
}

#[test]
fn a_level_of_stats_makes_statistics_whatever_stands_in_it() {
    let levels = ["scorer", "bodyparts", "stats"];
    for stats in [["distance", "sig", "meanx"], ["x", "y", "likelihood"], ["length", "orientation", "z"]] {
        let keys = stats.map(|stat| ColumnKey::new([SCORER, "snout", stat]));
        assert_eq!(schema(&levels, keys).kind(), TableKind::Statistics, "{stats:?}");
    }
}

#[test]
fn flat_frames_are_told_by_their_columns() {
    for name in ["", "coords", "variable"] {
        let predictions = flat(name, &["x", "y", "likelihood"]);
        assert_eq!(predictions.kind(), TableKind::Predictions, "{name:?}");
        assert_eq!(flat(name, &["x", "y"]).kind(), TableKind::Labels, "{name:?}");
    }
    assert_eq!(flat("", &["x", "y", "likelihood"]).level_of(Role::Coord), Some(0));
    assert_eq!(flat("", &["x", "y", "z"]).kind(), TableKind::ThreeD);
    assert_eq!(flat("", &["speed", "distance"]).kind(), TableKind::Generic);
    assert_eq!(flat("", &["x", "likelihood"]).kind(), TableKind::Generic, "one axis is no position");
}

#[test]
fn unnamed_levels_are_told_by_their_labels() {
    let keys = ["x", "y", "likelihood"].map(|coord| ColumnKey::new([SCORER, "snout", coord]));
    assert_eq!(schema(&["", "", ""], keys).kind(), TableKind::Predictions);
}

#[test]
fn bodyparts_called_like_coords_are_bodyparts() {
    // The innermost level says that its labels are no coords.
    for name in ["bodyparts", "individuals", "scorer", "frequency"] {
        let keys = ["x", "y", "likelihood"].map(|part| ColumnKey::new([SCORER, part]));
        assert_eq!(schema(&["scorer_or_so", name], keys).kind(), TableKind::Generic, "{name}");
    }
    for name in ["bodyparts", "individuals", "scorer"] {
        assert_eq!(flat(name, &["x", "y", "likelihood"]).kind(), TableKind::Generic, "{name}");
    }
    // And bodyparts called x and y do not make a table of speeds one of labels.
    let keys = ["x", "y"].map(|part| ColumnKey::new([SCORER, part, "speed"]));
    assert_eq!(schema(&S3, keys).kind(), TableKind::Generic);
}

#[test]
fn bodyparts_called_like_figures_of_bones_make_no_skeleton() {
    let keys = ["length", "orientation"].map(|part| ColumnKey::new([SCORER, part]));
    assert_eq!(schema(&["scorer", "bodyparts"], keys).kind(), TableKind::Generic);
}

#[test]
fn anything_else_is_generic() {
    assert_eq!(schema(&S3, []).kind(), TableKind::Generic);
    assert_eq!(schema(&[""], [ColumnKey::new([0i64]), ColumnKey::new([1i64])]).kind(), TableKind::Generic);
    assert_eq!(animal(&["x"]).kind(), TableKind::Generic);
    assert_eq!(animal(&["likelihood"]).kind(), TableKind::Generic);
    assert_eq!(animal(&["X", "Y"]).kind(), TableKind::Generic, "labels are compared as they are");
}

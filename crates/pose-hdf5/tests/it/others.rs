//! What is in a file besides its tables: nothing of it may be passed over by whoever removes the file.

use pose_hdf5::Hdf5File;
use pose_tests::fixtures_folder;

fn others(path: &str) -> Vec<String> {
    let file = Hdf5File::open(fixtures_folder().join(path)).unwrap_or_else(|error| panic!("{error}"));
    file.other_objects().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn datasets_and_groups_within_the_group_of_a_table_are_named() {
    let expected = ["df_with_missing/calibration/matrix (dataset)", "df_with_missing/raw_tracking (dataset)"];
    assert_eq!(others("others/members.h5"), expected);
}

#[test]
fn attributes_that_someone_added_are_named() {
    let expected = [
        "/: attribute TITLE",
        "/: attribute lab",
        "df_with_missing/table: attribute FIELD_1_ATTR_unit",
        "df_with_missing/table: attribute note",
        "df_with_missing: attribute metadata",
        "session: attribute date",
    ];
    assert_eq!(others("others/attributes.h5"), expected);
}

#[test]
fn groups_that_pandas_hides_are_named_unless_they_are_its_own() {
    assert_eq!(others("others/frame_in_meta.h5"), ["df_with_missing/meta/notes (group)"]);
    let expected = ["_i_notes (group)", "_p_notes (group)", "df_with_missing/_i_table (group)"];
    assert_eq!(others("others/hidden_groups.h5"), expected);
}

#[test]
fn categories_are_named_as_only_their_values_come_with_the_table() {
    let expected = ["df_with_missing/behaviour (categories)"];
    assert_eq!(others("others/categories.h5"), expected);
    let of_rows = |storage: &str| others(&format!("pandas-3/generic/category_index_{storage}.h5"));
    assert_eq!(of_rows("table"), ["df_with_missing/index (categories)"]);
    assert_eq!(of_rows("fixed"), ["df_with_missing/axis1 (categories)"]);
}

#[test]
fn links_of_every_kind_and_named_types_are_named() {
    let mut expected = vec!["link df_with_missing/here".to_owned()];
    expected.extend((0..12).map(|number| format!("link many/{number:02}")));
    expected.extend(["nowhere", "outside"].map(|name| format!("link {name}")));
    expected.push("precise (named type)".to_owned());
    // Which of two links to a group is the second one is not for the file to say.
    let (second, rest): (Vec<String>, Vec<String>) = others("others/links.h5")
        .into_iter()
        .partition(|name| ["link second", "link df_with_missing"].contains(&name.as_str()));
    assert_eq!((second.len(), rest), (1, expected));
}

#[test]
fn what_a_frame_in_fixed_format_does_not_have_is_named() {
    let expected = [
        "df_with_missing/axis1: attribute unit",
        "df_with_missing/axis2 (dataset)",
        "df_with_missing/block1_values (dataset)",
        "df_with_missing: attribute block1_items_variety",
        "df_with_missing: attribute note",
    ];
    assert_eq!(others("others/fixed_extra.h5"), expected);
}

#[test]
fn series_empty_groups_and_user_blocks_are_named() {
    assert_eq!(others("others/series.h5"), ["empty (empty group)", "times (series)"]);
    assert_eq!(others("others/user_block.h5"), ["a user block of 512 bytes"]);
    assert_eq!(others("broken/no_pandas_table.h5"), ["positions (dataset)"]);
}

#[test]
fn compression_hides_nothing() {
    for name in ["bzip2_table.h5", "blosc_lz4_table.h5"] {
        assert_eq!(others(&format!("pandas-3/generic/{name}")), Vec::<String>::new(), "{name}");
    }
}

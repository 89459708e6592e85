//! What other programs wrote.

use pose_frame::{PoseTable, Selection};
use pose_nwb::{NwbErrorKind, NwbTable};
use pose_tests::{fixtures_folder, real_data};

#[test]
fn hdf5_of_pandas_is_no_nwb() {
    let path = fixtures_folder().join("pandas-3/generic/flat_int_table.h5");
    let error = NwbTable::open(path, None).err().expect("it is of pandas");
    assert!(matches!(error.kind(), NwbErrorKind::NotNwb { .. }), "{error}");
}

#[test]
fn what_is_no_hdf5_is_told() {
    for name in ["text.h5", "empty.h5"] {
        let error =
            NwbTable::open(fixtures_folder().join("broken").join(name), None).err().expect("it is none");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn the_real_file_of_dlc2nwb_has_its_bodyparts() {
    let Some(folder) = real_data() else { return };
    let path = folder.join("m3v1mp4DLC_resnet50_openfieldAug20shuffle1_30000.nwb");
    let table = NwbTable::open(path, None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((table.num_frames(), table.schema().columns().len()), (2330, 12));
    let bodyparts: Vec<String> = table.schema().bodyparts().iter().map(ToString::to_string).collect();
    assert_eq!(bodyparts, ["snout", "leftear", "rightear", "tailbase"]);
    let part = table.read(&Selection::all().bodypart("snout").coord("x").frames(0..3)).expect("it reads");
    assert_eq!(part.num_frames(), 3);
}

#[test]
fn files_of_movement_and_for_keypoint_moseq_are_tables_of_their_nodes() {
    for (name, levels, bodyparts, index) in [
        ("movement", &["bodyparts", "coords"][..], ["snout", "tail_base"], "time"),
        ("keypoint-moseq", &["scorer", "bodyparts", "coords"], ["tail_base", "snout"], ""),
    ] {
        let path = fixtures_folder().join("nwb").join(name).with_extension("nwb");
        let table = NwbTable::open(path, None).unwrap_or_else(|error| panic!("{error}"));
        let schema = table.schema();
        let found: Vec<&str> = schema.levels().iter().flatten().map(AsRef::as_ref).collect();
        assert_eq!(found, levels, "{name}");
        let found: Vec<String> = schema.bodyparts().iter().map(ToString::to_string).collect();
        assert_eq!(found, bodyparts, "{name}");
        assert_eq!(schema.index().fields()[0].name.as_deref().unwrap_or_default(), index, "{name}");
        assert_eq!((table.num_frames(), schema.columns().len()), (5, 6), "{name}");
        assert_eq!(table.notes(), [""; 0], "{name}");
        assert_eq!(table.load().map(|frame| frame.num_frames()).ok(), Some(5), "{name}");
    }
}

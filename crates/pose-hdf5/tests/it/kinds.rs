//! What a table is, told from files as DeepLabCut writes them.

use pose_frame::{PoseTable, TableKind};
use pose_hdf5::{Hdf5Table, OpenOptions};
use pose_tests::fixtures_folder;

#[test]
fn every_kind_of_file_is_told_apart() {
    use TableKind::{Generic, Labels, Predictions, Skeleton, Statistics, ThreeD};
    let of_every_pandas = [
        ("openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5", Predictions),
        ("openfield1DLC_resnet50_openfieldOct30shuffle1_50000_filtered.h5", Predictions),
        ("openfield1DLC_snapshot-700000.h5", Predictions),
        ("trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5", Predictions),
        ("trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200_el.h5", Predictions),
        ("trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200_assemblies.h5", Predictions),
        ("image_predictions_trimiceMay2shuffle1_snapshot_200.h5", Predictions),
        ("imagesDLC_resnet50_openfieldOct30shuffle1_50000.h5", Predictions),
        ("predicted_poses_0.h5", Predictions),
        ("labeled-data/openfield1/CollectedData_lab.h5", Labels),
        ("labeled-data/openfield2-old/CollectedData_lab.h5", Labels),
        ("openfield1_DLC_3D.h5", ThreeD),
        ("trimice1_DLC_3D.h5", ThreeD),
        ("openfield1DLC_resnet50_openfieldOct30shuffle1_50000_skeleton.h5", Skeleton),
        ("filtered.h5", Statistics),
        ("generic/integer_names_fixed.h5", Generic),
    ];
    let of_python_2 = [("predictions.h5", Predictions), ("labels.h5", Labels), ("labels-windows.h5", Labels)];
    let sets = [
        ("pandas-1", of_every_pandas.as_slice()),
        ("pandas-3", &of_every_pandas),
        ("python-2", &of_python_2),
    ];
    for (set, files) in sets {
        for (file, kind) in files {
            let path = fixtures_folder().join(set).join(file);
            let table =
                Hdf5Table::open(&path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(table.schema().kind(), *kind, "{set}/{file}");
        }
    }
}

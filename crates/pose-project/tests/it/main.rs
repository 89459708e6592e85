//! Side files that real Python wrote, and what is made of damaged ones.

mod config;
mod hostile;
mod side_files;
mod video_meta;

use std::path::PathBuf;

use pose_tests::fixtures_folder;

fn fixture(path: &str) -> PathBuf {
    fixtures_folder().join("project").join(path)
}

const OPENFIELD: &str = "openfield-lab-2023-10-30";
const TRIMICE: &str = "trimice-lab-2023-05-02";
const SINGLE: &str = "DLC_resnet50_openfieldOct30shuffle1_50000";
const MULTI: &str = "DLC_Resnet50_trimiceMay2shuffle1_snapshot_200";

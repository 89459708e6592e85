//! A small DeepLabCut project, laid out from the committed fixtures as a lab would have it.

use std::path::Path;
use std::{fs, io};

use anyhow::{Context as _, Result};

/// A fixture, and where it stands in the project.
struct File {
    fixture: &'static str,
    target: &'static str,
}

const FILES: [File; 10] = [
    File {
        fixture: "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5",
        target: "videos/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5",
    },
    File {
        fixture: "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000_skeleton.h5",
        target: "videos/openfield1DLC_resnet50_openfieldOct30shuffle1_50000_skeleton.h5",
    },
    File {
        // The lab has used DeepLabCut for years: this one comes from the pandas of that time.
        fixture: "pandas-1/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5",
        target: "videos/2023/openfield0DLC_resnet50_openfieldOct30shuffle1_50000.h5",
    },
    File {
        fixture: "pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5",
        target: "videos/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5",
    },
    File {
        fixture: "pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200_el.h5",
        target: "videos/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200_el.h5",
    },
    File { fixture: "broken/truncated_table.h5", target: DAMAGED },
    File { fixture: "pandas-3/openfield1_DLC_3D.h5", target: "videos-3d/openfield1_DLC_3D.h5" },
    File {
        fixture: "pandas-3/labeled-data/openfield1/CollectedData_lab.h5",
        target: "labeled-data/openfield1/CollectedData_lab.h5",
    },
    File {
        fixture: "pandas-1/labeled-data/openfield2-old/CollectedData_lab.h5",
        target: "labeled-data/openfield2-old/CollectedData_lab.h5",
    },
    File {
        fixture: "pandas-3/labeled-data/trimice1/CollectedData_lab.h5",
        target: "labeled-data/trimice1/CollectedData_lab.h5",
    },
];

/// Predictions of one animal, to look at in detail.
pub(crate) const PREDICTIONS: &str = FILES[0].target;

/// Labels with a row index of three levels.
pub(crate) const LABELS: &str = FILES[7].target;

/// A file whose copying was interrupted.
pub(crate) const DAMAGED: &str = "videos/trimice2DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5";

/// What is known of the session.
pub(crate) const SESSION: &str = "session.toml";

const SESSION_TEXT: &str = "\
session_start_time = 2023-10-30T14:05:00+01:00
session_description = \"a mouse in an open field\"
experimenter = \"Curie, Marie\"
institution = \"Sorbonne\"

[subject]
subject_id = \"m3\"
species = \"Mus musculus\"
sex = \"F\"
age = \"P90D\"
";

const CONFIG: &str = "\
Task: openfield
scorer: lab
date: Oct30
multianimalproject: false
identity: false

video_sets:
  videos/openfield1.mp4:
    crop: 0, 640, 0, 480
bodyparts:
- snout
- leftear
- rightear
- tailbase
skeleton:
- - snout
  - leftear
- - leftear
  - tailbase
numframes2pick: 20
pcutoff: 0.6
";

/// Writes the project into `folder`, in place of what an earlier run left there.
pub(crate) fn lay_out(fixtures: &Path, folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", folder.display()));
        }
        _ => {}
    }
    for file in &FILES {
        let (source, target) = (fixtures.join(file.fixture), folder.join(file.target));
        let parent = target.parent().context("a file of the lab stands in no folder")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        // Read and written, not copied: a copy takes over permissions, and the checkout may be read-only.
        let bytes = fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
        fs::write(&target, bytes).with_context(|| format!("cannot write {}", target.display()))?;
    }
    for (name, text) in [("config.yaml", CONFIG), (SESSION, SESSION_TEXT)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// How many files there are to migrate.
pub(crate) const fn files() -> usize {
    FILES.len()
}

#[cfg(test)]
mod tests {
    use super::{FILES, LABELS, PREDICTIONS};
    use crate::workspace::here;

    #[test]
    fn every_file_comes_from_a_fixture() {
        let fixtures = here().join("../fixtures");
        for file in &FILES {
            assert!(fixtures.join(file.fixture).is_file(), "fixtures/{} is not there", file.fixture);
        }
    }

    #[test]
    fn the_files_to_look_at_are_what_they_are_called() {
        assert!(PREDICTIONS.contains("openfield1DLC"));
        assert!(LABELS.contains("CollectedData"));
    }
}

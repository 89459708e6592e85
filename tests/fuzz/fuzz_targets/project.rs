//! Files beside tables: meta files and projects of anyone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pose_fuzz::seeds;
use pose_project::{ProjectConfig, VideoMeta};

fuzz_target!(init: seeds::write(side_files), |data: &[u8]| {
    if let Ok((meta, notes)) = VideoMeta::from_bytes(data, "fuzzed_meta.pickle") {
        assert!(meta.frame_rate_hz.is_none_or(|rate| rate.is_finite() && rate > 0.0));
        for note in notes {
            assert!(!note.to_string().is_empty());
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        match ProjectConfig::from_yaml(text) {
            Ok(Some(config)) => {
                for video in &config.videos {
                    let _ = (video.stem(), video.file_name());
                }
            }
            Ok(None) => {}
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

fn side_files() -> Vec<Vec<u8>> {
    [seeds::fixtures("pickle"), seeds::fixtures("yaml")].concat()
}

//! Files of anyone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pose_fuzz::{reading, seeds};
use pose_hdf5::fuzzing;

fuzz_target!(init: seeds::write(|| seeds::fixtures("h5")), |data: &[u8]| {
    reading::read_file(data.to_vec());
    if let Ok(file) = fuzzing::file(data.to_vec()) {
        let _ = fuzzing::attributes(&file);
    }
});

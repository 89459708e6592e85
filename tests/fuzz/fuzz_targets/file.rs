//! Files of anyone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pose_fuzz::{reading, seeds};

fuzz_target!(init: seeds::write(each_fixture), |data: &[u8]| {
    if let Some((&choice, file)) = data.split_first() {
        reading::read_file(file.to_vec(), choice);
    }
});

fn each_fixture() -> Vec<Vec<u8>> {
    let files = seeds::fixtures("h5").into_iter().zip((0..4).cycle());
    files.map(|(file, choice)| [vec![choice], file].concat()).collect()
}

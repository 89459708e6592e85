//! NWB files of anyone: a fixture or a file of ours with words of theirs changed, or the input itself.
#![no_main]

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pose_frame::PoseTable;
use pose_frame::testing::{labels, predictions};
use pose_fuzz::patches::Base;
use pose_fuzz::{reading, seeds};
use pose_nwb::{Timing, WriteOptions, append_table};

/// Fixtures without cached rules, which are most of the bytes of a file and which nobody reads.
const MAX_BYTES: u64 = 32 << 10;

static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let ours = [&predictions(20) as &dyn PoseTable, &labels(3)].map(added);
    seeds::fixtures_up_to("nwb", MAX_BYTES).into_iter().chain(ours).map(Base::new).collect()
});

fuzz_target!(init: seeds::write(each_base), |data: &[u8]| {
    let Some((head, patches)) = data.split_first_chunk::<2>() else { return };
    let [base, choice] = *head;
    let bytes = BASES.get(usize::from(base)).map_or_else(|| patches.to_vec(), |base| base.patched(patches));
    reading::read_nwb(bytes, choice);
});

/// A file with a table of ours, and the note that says what it was.
fn added(table: &dyn PoseTable) -> Vec<u8> {
    const WITHOUT_POSES: &[u8] = include_bytes!("../../../fixtures/nwb/no-poses.nwb");
    let mut file: File = tempfile::tempfile().expect("there is room");
    file.write_all(WITHOUT_POSES).expect("there is room");
    let options = WriteOptions::default().with_timing(Timing::rate(30.0));
    let mut file = append_table(table, file, &options).unwrap_or_else(|error| panic!("{error}"));
    file.rewind().expect("the beginning");
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("its bytes");
    bytes
}

fn each_base() -> Vec<Vec<u8>> {
    let count = u8::try_from(BASES.len()).expect("a byte says which base");
    (0..count).flat_map(|base| [vec![base, 0], vec![base, 1]]).collect()
}

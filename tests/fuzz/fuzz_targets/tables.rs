//! Fixtures with words of theirs changed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pose_fuzz::patches::Base;
use pose_fuzz::{reading, seeds};

static BASES: LazyLock<Vec<Base>> =
    LazyLock::new(|| seeds::fixtures("h5").into_iter().map(Base::new).collect());

fuzz_target!(init: seeds::write(each_fixture), |data: &[u8]| {
    let [base, choice, patches @ ..] = data else { return };
    reading::read_file(BASES[usize::from(*base) % BASES.len()].patched(patches), *choice);
});

/// Every fixture, whole, for each choice; and with one of its words changed.
fn each_fixture() -> Vec<Vec<u8>> {
    let count = u8::try_from(BASES.len()).expect("a byte says which fixture");
    let whole = (0..count).flat_map(|base| (0..4).map(move |choice| vec![base, choice]));
    let changed = (0..count).map(|base| vec![base, 2, 0x17, 0, base, 0, 10, 0, 0, 0]);
    whole.chain(changed).collect()
}

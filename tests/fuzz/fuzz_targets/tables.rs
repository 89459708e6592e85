//! Fixtures with words of theirs changed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pose_fuzz::patches::Base;
use pose_fuzz::{reading, seeds};

static BASES: LazyLock<Vec<Base>> =
    LazyLock::new(|| seeds::fixtures("h5").into_iter().map(Base::new).collect());

fuzz_target!(init: seeds::write(each_fixture), |data: &[u8]| {
    let Some((&base, patches)) = data.split_first() else { return };
    reading::read_file(BASES[usize::from(base) % BASES.len()].patched(patches));
});

/// Every fixture, whole, and with one of its words changed.
fn each_fixture() -> Vec<Vec<u8>> {
    let count = u8::try_from(BASES.len()).expect("a byte says which fixture");
    let mut found: Vec<_> = (0..count).map(|base| vec![base]).collect();
    for base in 0..count {
        found.push([[base, 0x17, 0, base].as_slice(), &[0, 10, 0, 0, 0]].concat());
    }
    found
}

//! Values that are written as pickles, and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pose_fuzz::{seeds, values};

fuzz_target!(init: seeds::write(|| seeds::fixtures("pickle")), |data: &[u8]| {
    values::check(&values::made_from(&mut &data[..], 0));
});

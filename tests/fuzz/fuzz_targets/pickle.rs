//! Pickles of anyone: decoded either way, looked at from every side, and what is plain data written again.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use pickle_data::{Object, Pickle};
use pose_fuzz::{seeds, values};

fuzz_target!(init: seeds::write(pickles), |data: &[u8]| {
    let strict = Pickle::decode(data);
    let tolerant = Pickle::decode_tolerant(data);
    if let Ok(strict) = &strict {
        assert!(tolerant.is_ok(), "a tolerant reading refuses what a strict one takes");
        walk(strict);
        if let Some(value) = values::value_of(strict.root()) {
            values::check(&value);
        }
    }
    if let Ok(tolerant) = &tolerant {
        walk(tolerant);
    }
});

/// Pickles of DeepLabCut, and whatever in the fixtures looks like one.
fn pickles() -> Vec<Vec<u8>> {
    let mut found = seeds::fixtures("pickle");
    for file in seeds::fixtures("h5") {
        let begins = |two: &[u8]| matches!(two, [b'(', b'l' | b'd' | b'c'] | [0x80, 2..=5]);
        for (start, _) in file.windows(2).enumerate().filter(|(_, two)| begins(two)) {
            let rest = &file[start..file.len().min(start + 4096)];
            let ends = rest.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(end, _)| end + 1);
            let whole = ends.map(|end| &rest[..end]).find(|pickle| Pickle::decode_tolerant(pickle).is_ok());
            found.extend(whole.map(<[u8]>::to_vec));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn walk(pickle: &Pickle) {
    let mut left = vec![pickle.root()];
    // Objects may hold themselves.
    for _ in 0..5_000 {
        let Some(object) = left.pop() else { break };
        look(object);
        let items = object.as_sequence().into_iter().flat_map(pickle_data::Items::iter);
        left.extend(items.take(500));
        let keys = RefCell::new(Vec::new());
        object.value(|key| {
            keys.borrow_mut().push(key);
            false
        });
        left.extend(keys.into_inner().into_iter().take(500));
        left.extend(object.value(|_| true));
    }
}

fn look(object: Object<'_>) {
    let _ = (object.describe(), object.is_empty(), object.is_none(), object.opaque_name());
    let _ = (object.as_integer(), object.as_float(), object.as_bool(), object.time_zone());
    let _ = (object.value_of("data"), object.text(), object.is_dict());
    if let Some(array) = object.as_numbers() {
        assert_eq!(array.values.len(), array.shape.iter().product::<usize>());
    }
    if let Ok(array) = object.object_array()
        && array.rows > 0
        && array.columns > 0
    {
        let _ = (array.at(0, 0).describe(), array.at(array.rows - 1, array.columns - 1).describe());
    }
    if let Some(items) = object.as_sequence() {
        assert!(items.get(items.len()).is_none());
    }
}

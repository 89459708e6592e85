//! Attributes of anyone: the body of a message in a small file, and what lies behind it.
#![no_main]

use std::sync::LazyLock;

use hdf5_file::{Attribute, FileWriter, Group};
use libfuzzer_sys::fuzz_target;
use pose_fuzz::seeds;
use pose_hdf5::fuzzing;

/// Bytes of the message that are the input's. The rest of an input comes after the end of the file, at [`END`].
const BODY: usize = 1024;
const END: usize = 4096;

/// A file with one attribute, and where the body of its message is.
static BASE: LazyLock<(Vec<u8>, usize)> = LazyLock::new(|| {
    let mut writer = FileWriter::create(tempfile::tempfile().expect("a file")).expect("an empty file");
    let group = Group::new(vec![Attribute::ascii("a", &[b'x'; BODY])]);
    writer.root().insert("t", group).expect("a name");
    let mut file = writer.finish().expect("a file");
    let mut bytes = Vec::new();
    std::io::Seek::rewind(&mut file).expect("the beginning");
    std::io::Read::read_to_end(&mut file, &mut bytes).expect("its bytes");
    assert!(bytes.len() <= END);
    bytes.resize(END, 0);
    let value = bytes.windows(4).position(|four| four == b"xxxx").expect("the value");
    // Before it: eight bytes of head, eight each of name, type and shape.
    let body = (0..value).rev().find(|&at| bytes[at..at + 3] == [1, 0, 2]).expect("the message");
    (bytes, body)
});

fuzz_target!(init: seeds::write(bodies), |data: &[u8]| {
    let (base, body) = &*BASE;
    let mut bytes = base.clone();
    let (message, behind) = data.split_at(data.len().min(BODY));
    bytes[*body..body + message.len()].copy_from_slice(message);
    bytes.extend_from_slice(behind);
    let end = bytes.len() as u64;
    bytes[40..48].copy_from_slice(&end.to_le_bytes());
    if let Ok(file) = fuzzing::file(bytes) {
        let _ = fuzzing::attributes(&file);
        let _ = fuzzing::table(&file, None);
    }
});

/// The messages of all attributes in the fixtures.
fn bodies() -> Vec<Vec<u8>> {
    let mut found = vec![of_any_length()];
    for file in seeds::fixtures("h5") {
        for at in (0..file.len().saturating_sub(32)).step_by(8) {
            let size = usize::from(u16::from_le_bytes([file[at + 2], file[at + 3]]));
            let is_attribute = file[at..at + 2] == [0x0c, 0] && matches!(file[at + 8], 1..=3);
            if is_attribute && let Some(body) = file.get(at + 8..at + 8 + size.min(BODY)) {
                found.push(body.to_vec());
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// A text of any length, with a heap behind the file that holds it.
fn of_any_length() -> Vec<u8> {
    let mut out = vec![1, 0, 2, 0, 24, 0, 8, 0];
    out.extend_from_slice(b"a\0\0\0\0\0\0\0");
    // A type of any length, a text in UTF-8, of 16 bytes in place; then bytes.
    out.extend_from_slice(&[0x19, 1, 1, 0, 16, 0, 0, 0, 0x13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&5u32.to_le_bytes());
    out.extend_from_slice(&(END as u64).to_le_bytes());
    out.extend_from_slice(&1u32.to_le_bytes());
    out.resize(BODY, 0);
    out.extend_from_slice(b"GCOL\x01\0\0\0");
    out.extend_from_slice(&64u64.to_le_bytes());
    out.extend_from_slice(&[1, 0, 1, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
    out.extend_from_slice(b"snout\0\0\0");
    out.resize(BODY + 64, 0);
    out
}

//! Groups whose links all have one long name.

use std::io::{Read as _, Seek as _};

use hdf5_file::{FileWriter, Group};

const LINKS: usize = 4_000;
const NAME_BYTES: usize = 100_000;

/// A file in which every link of a group has the same name, which is stored once: what it takes in memory to spell all of
/// them out is a thousand times the file.
pub(crate) fn with_one_name() -> Vec<u8> {
    let mut writer = FileWriter::create(tempfile::tempfile().expect("there is room")).expect("a file");
    let root = writer.root();
    let long = "z".repeat(NAME_BYTES);
    root.insert(&long, Group::default()).expect("a name");
    for link in 0..LINKS {
        root.insert(&format!("{link:04}"), Group::default()).expect("a name");
    }
    let mut file = writer.finish().expect("there is room");
    file.rewind().expect("the beginning");
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("its bytes");

    // The heap of the root is the one with the long name, and the names in it come in the order of their links.
    let name = bytes.windows(4).position(|four| four == b"zzzz").expect("the long name");
    let heap = (0..name).rev().find(|&at| &bytes[at..at + 4] == b"HEAP").expect("its heap");
    let offset = (name - heap - 32) as u64;
    let tables: Vec<usize> = (heap..bytes.len() - 8).filter(|&at| &bytes[at..at + 4] == b"SNOD").collect();
    for table in tables {
        let count = usize::from(u16::from_le_bytes([bytes[table + 6], bytes[table + 7]]));
        for link in 0..count {
            let at = table + 8 + 40 * link;
            bytes[at..at + 8].copy_from_slice(&offset.to_le_bytes());
        }
    }
    bytes
}

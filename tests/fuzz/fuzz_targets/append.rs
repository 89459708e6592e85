//! Objects added to files of anyone: a fixture with words of theirs changed, or the input itself.
#![no_main]

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::sync::LazyLock;

use hdf5_file::{Attribute, Dataset, Datatype, FileWriter, Group, WriteError};
use libfuzzer_sys::fuzz_target;
use pose_fuzz::patches::Base;
use pose_fuzz::seeds;
use pose_hdf5::fuzzing;

static BASES: LazyLock<Vec<Base>> =
    LazyLock::new(|| seeds::fixtures("h5").into_iter().map(Base::new).collect());

/// One file that every run writes anew: in memory where that is a folder.
static FILE: LazyLock<File> = LazyLock::new(|| {
    tempfile::tempfile_in("/dev/shm").or_else(|_| tempfile::tempfile()).expect("there is room")
});

fuzz_target!(init: seeds::write(each_fixture), |data: &[u8]| {
    let Some((&base, patches)) = data.split_first() else { return };
    let base = usize::from(base);
    let bytes = BASES.get(base).map_or_else(|| patches.to_vec(), |base| base.patched(patches));
    FILE.set_len(0).expect("a file is cut");
    FILE.write_all_at(&bytes, 0).expect("there is room");
    let Ok(mut file) = added_to(FILE.try_clone().expect("a handle")) else { return };
    let mut after = Vec::new();
    std::io::Seek::rewind(&mut file).expect("the beginning");
    file.read_to_end(&mut after).expect("its bytes");
    assert!(after.len() <= 3 * bytes.len() + (256 << 10), "{} bytes became {}", bytes.len(), after.len());
    if let Ok(file) = fuzzing::file(after) {
        let _ = file.tables();
    }
});

fn added_to(file: File) -> Result<File, WriteError> {
    let mut writer = FileWriter::append(file)?;
    let storage = writer.contiguous(&[1; 16])?;
    let mut within = Group::new(vec![Attribute::text("note", "added")]);
    within.insert("values", Dataset::new(Datatype::F64, &[2], storage))?;
    let mut there = Group::default();
    there.insert("added", within.clone())?;
    writer.root().insert("df_with_missing", there)?;
    writer.root().insert("added", within)?;
    writer.finish()
}

fn each_fixture() -> Vec<Vec<u8>> {
    let count = u8::try_from(BASES.len()).expect("a byte says which fixture");
    let mut found: Vec<_> = (0..count).map(|base| vec![base]).collect();
    let small = seeds::fixtures("h5").into_iter().filter(|file| file.len() < 8 << 10).take(10);
    found.extend(small.map(|file| [vec![u8::MAX], file].concat()));
    found
}

//! Parquet files of anyone: whole, or pages and a footer whose place in the file is right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pose_fuzz::{parquet_files, seeds};

fuzz_target!(init: { seeds::write(each_file); parquet_files::let_panics_be_caught(); }, |data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let file = if choice & 1 == 0 { bytes.to_vec() } else { parquet_files::framed(bytes) };
    if let Err(error) = parquet_files::read(file) {
        assert!(!error.to_string().is_empty());
    }
});

fn each_file() -> Vec<Vec<u8>> {
    let files = parquet_files::all();
    let whole = files.iter().map(|file| [&[0], &file[..]].concat());
    let framed = files.iter().map(|file| [vec![1], parquet_files::unframed(file)].concat());
    whole.chain(framed).collect()
}

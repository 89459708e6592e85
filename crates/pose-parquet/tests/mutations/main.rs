//! Damaged files: whatever is in them, an answer comes, soon, and without memory that the file only claims.

mod columns;
mod crafted;
mod damage;
mod entries;
mod files;
mod footers;
mod memory;
mod texts;

use bytes::Bytes;
use pose_frame::{LongNames, PoseTable, Selection, WideTable};
use pose_parquet::{ParquetError, ParquetTable};

use damage::Numbers;
use memory::Cost;

/// The variable that says how many damaged copies of all files together each test makes; without it a few hundred.
const COPIES: &str = "POSE_MUTATIONS";
const USUAL_COPIES: usize = 400;

/// Reads all there is. A damaged file may still be a table; that it is another one shows nowhere.
fn read(bytes: &[u8], what: &str) -> Cost {
    let bytes = Bytes::copy_from_slice(bytes);
    memory::bounded(what, bytes.len(), || drop(answer(bytes)))
}

/// Everything that is done with a file, up to the first error.
fn answer(bytes: Bytes) -> Result<(), ParquetError> {
    let table = ParquetTable::from_bytes(bytes)?;
    let frames = table.num_frames();
    table.read(&Selection::all().frames(frames / 2..frames.min(frames / 2 + 7)))?;
    for batch in table.batches(&Selection::all(), 1 << 14)? {
        batch?;
    }
    let whole = table.load()?;
    assert_eq!(whole.num_frames(), frames);
    if let Ok(wide) = WideTable::pivot(&whole, &LongNames::default()) {
        wide.load()?;
    }
    Ok(())
}

/// How many copies are asked for.
fn copies() -> Option<usize> {
    std::env::var(COPIES).ok().map(|copies| copies.parse().expect("a number of copies"))
}

/// Damages each file so often, and says which reading took most.
fn each(what: &str, damage: impl Fn(&mut Numbers, &mut Vec<u8>)) {
    let files = files::small();
    let times = copies().unwrap_or(USUAL_COPIES).div_ceil(files.len());
    let mut most = Cost::default();
    for (seed, (file, whole)) in (1_u64..).zip(&files) {
        let mut numbers = Numbers::new(seed);
        for copy in 0..times {
            let mut bytes = whole.clone();
            damage(&mut numbers, &mut bytes);
            most = most.most(read(&bytes, &format!("{file}, {what} {copy}")));
        }
    }
    println!("{what}: {} copies of {} files, at most {most:?}", times * files.len(), files.len());
}

#[test]
fn what_is_not_damaged_is_read() {
    let _alone = crate::memory::alone();
    for (file, bytes) in files::small().into_iter().chain(files::large()) {
        answer(bytes.into()).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[test]
fn flipped_bits_give_an_answer() {
    let _alone = crate::memory::alone();
    each("flipped bits", |numbers, bytes| damage::flip(numbers, bytes));
}

#[test]
fn flipped_bits_of_footers_give_an_answer() {
    let _alone = crate::memory::alone();
    each("flipped bits of footers", |numbers, bytes| damage::flip_footer(numbers, bytes));
}

#[test]
fn huge_numbers_give_an_answer() {
    let _alone = crate::memory::alone();
    each("huge numbers", damage::huge_number);
}

#[test]
fn bytes_in_other_places_give_an_answer() {
    let _alone = crate::memory::alone();
    each("bytes in other places", |numbers, bytes| damage::repeat(numbers, bytes));
}

#[test]
fn files_cut_off_anywhere_give_an_answer() {
    let _alone = crate::memory::alone();
    each("cut off", damage::cut);
}

#[test]
fn a_small_file_cut_off_at_any_byte_is_refused() {
    let _alone = crate::memory::alone();
    let files = files::small();
    let (_, whole) = files.iter().min_by_key(|(_, bytes)| bytes.len()).expect("there are files");
    for end in 0..whole.len() {
        let error = ParquetTable::from_bytes(whole[..end].to_vec()).expect_err("it is cut off");
        assert!(error.to_string().starts_with("not a whole parquet file"), "{end}: {error}");
    }
}

#[test]
fn large_files_cut_off_or_zeroed_at_every_block_give_an_answer() {
    const BLOCK: usize = 4 << 10;
    let _alone = crate::memory::alone();
    let every = if copies().is_some() { 1 } else { 16 };
    for (file, whole) in files::large() {
        for start in (0..whole.len()).step_by(BLOCK) {
            let cut = &whole[..start];
            assert!(ParquetTable::from_bytes(cut.to_vec()).is_err(), "{file}, cut off at {start}");
            if (start / BLOCK).is_multiple_of(every) {
                let mut zeroed = whole.clone();
                zeroed[start..whole.len().min(start + BLOCK)].fill(0);
                read(&zeroed, &format!("{file}, zeros at {start}"));
            }
        }
    }
}

//! Damaged files: whatever is in them, an answer comes, and without memory that the file only claims.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;
use pose_csv::{CsvForm, CsvTable, NamesRow, OpenOptions, Shape, write_table};
use pose_frame::{PoseTable, testing};

/// Counts for the whole program, which is why these tests are a program of their own.
#[global_allocator]
static COUNTED: PeakAlloc = PeakAlloc;

/// One test at a time, so that the count is of one file.
static ONE: Mutex<()> = Mutex::new(());

/// The variable that says how many damaged copies of each file are made.
const COPIES: &str = "POSE_MUTATIONS";
const USUAL_COPIES: usize = 1_000;

/// Buffers of 256 KiB, of which each thread has one, and cells twice.
const ANY_BYTES: usize = 8 << 20;
const PER_BYTE: usize = 64;

/// To be held for the whole of a test: what another one makes would be counted too.
fn alone() -> MutexGuard<'static, ()> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(bytes: &[u8], what: &str) -> usize {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("damaged.csv");
    fs::write(&path, bytes).expect("there is room");
    let before = COUNTED.current_usage();
    COUNTED.reset_peak_usage();
    let shapes = [None, Some(Shape { header_rows: 2, index_columns: 3, names_row: NamesRow::Present })];
    for shape in shapes {
        let mut options = OpenOptions::default();
        options.shape = shape;
        if let Ok(table) = CsvTable::open(&path, &options)
            && let Ok(frame) = table.load()
        {
            let _ = CsvForm::of(&frame).map(|form| write_table(&form, Vec::new()));
        }
    }
    let taken = COUNTED.peak_usage().saturating_sub(before);
    let limit = ANY_BYTES + PER_BYTE * bytes.len();
    assert!(taken <= limit, "{what}: {} bytes took {taken} bytes of memory, more than {limit}", bytes.len());
    taken
}

fn files() -> Vec<Vec<u8>> {
    let of = |table: &dyn PoseTable| {
        write_table(&CsvForm::of(table).expect("it has a form"), Vec::new()).expect("it can be written")
    };
    vec![
        of(&testing::predictions(30)),
        of(&testing::labels(12)),
        b",x,y,note\nframe_0,1,2.5,\"a, \"\"b\"\"\"\nframe_1,,inf,\r\n".to_vec(),
        b"\xef\xbb\xbfscorer,s,s\r\nbodyparts,a,a\r\ncoords,x,y\r\nframe,,\r\n0,True,18446744073709551615\r\n".to_vec(),
        b",a_b,a_b\n,length,orientation\n2024-01-01,1e400,-0.0\n".to_vec(),
    ]
}

/// What damage puts in.
const PIECES: [&[u8]; 14] = [
    b",",
    b"\"",
    b"\n",
    b"\r",
    b"\xff",
    b"\0",
    b"nan",
    b"1e999",
    b"scorer",
    b"coords",
    b"\n\n",
    b",,,,",
    b"-",
    b"\xef\xbb\xbf",
];

#[test]
fn damaged_files_are_answered() {
    let _alone = alone();
    let copies =
        std::env::var(COPIES).map_or(USUAL_COPIES, |copies| copies.parse().expect("a number of copies"));
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        usize::try_from(random >> 33).expect("31 bits") % below.max(1)
    };
    let mut most = 0;
    for (number, whole) in files().iter().enumerate() {
        for copy in 0..copies {
            let mut damaged = whole.clone();
            for _ in 0..=next(4) {
                let (at, piece) = (next(damaged.len()), PIECES[next(PIECES.len())]);
                match next(4) {
                    0 => damaged.truncate(at),
                    1 => drop(damaged.splice(at..at, piece.iter().copied())),
                    2 => drop(damaged.drain(at..damaged.len().min(at + 1 + next(20)))),
                    _ => {
                        if let Some(byte) = damaged.get_mut(at) {
                            *byte = piece[0];
                        }
                    }
                }
            }
            most = most.max(read(&damaged, &format!("copy {copy} of file {number}")));
        }
    }
    println!("at most {most} bytes");
}

#[test]
fn every_beginning_of_a_file_is_answered() {
    let _alone = alone();
    for (number, whole) in files().iter().enumerate() {
        for end in 0..whole.len().min(600) {
            read(&whole[..end], &format!("{end} bytes of file {number}"));
        }
    }
}

#[test]
fn one_line_takes_no_more_memory_than_is_allowed() {
    let _alone = alone();
    for (what, piece) in [("commas", &b","[..]), ("a quote", b"\"a"), ("text", b"a"), ("blanks", b"  \t")] {
        let mut line = b"scorer,s\ncoords,x\n\"".to_vec();
        while line.len() < 40 << 20 {
            line.extend_from_slice(piece);
        }
        let taken = read(&line, what);
        assert!(taken < 200 << 20, "{what}: {taken}");
    }
}

#[test]
fn opening_a_long_file_takes_little() {
    let _alone = alone();
    let row = "123456,1.5,2.25,0.875\n";
    let mut long = String::from("scorer,s,s,s\nbodyparts,a,a,a\ncoords,x,y,likelihood\n");
    while long.len() < 64 << 20 {
        long.push_str(row);
    }
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("long.csv");
    fs::write(&path, &long).expect("there is room");
    drop(long);
    let before = COUNTED.current_usage();
    COUNTED.reset_peak_usage();
    let table = CsvTable::open(&path, &OpenOptions::default()).expect("it opens");
    let taken = COUNTED.peak_usage().saturating_sub(before);
    assert!(table.num_frames() > 3_000_000 && taken < 2 << 20, "{taken} bytes");
}

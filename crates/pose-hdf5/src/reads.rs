//! Tests: which bytes of a file are read.

use std::io::{self, Read as _, Seek as _};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};

use pose_frame::{PoseFrame, PoseTable, Selection, testing};

use crate::compression::{Level, Shuffle};
use crate::{Compression, Hdf5Table, OpenOptions, Storage, WriteOptions, write_table};
use hdf5_file::read::{File, ReadAt};

const FRAMES: usize = 100_000;

/// Bytes of a row: six values and a label.
const ROW_BYTES: u64 = 7 * 8;

const COMPRESSED: Compression =
    Compression::Zlib { level: Level::new(1).expect("a level"), shuffle: Shuffle::Bytes };

/// Which bytes were read, in order.
type Reads = Arc<Mutex<Vec<Range<u64>>>>;

/// Bytes in memory, with a note of which were read.
struct Noted {
    bytes: Vec<u8>,
    reads: Reads,
}

impl ReadAt for Noted {
    fn num_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_exact_at(&self, target: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).expect("it fits in memory");
        target.copy_from_slice(&self.bytes[start..start + target.len()]);
        let read = offset..offset + target.len() as u64;
        self.reads.lock().expect("no test panics while it notes").push(read);
        Ok(())
    }
}

fn noted(path: &Path, bytes: Vec<u8>) -> (Hdf5Table, Reads) {
    let reads = Reads::default();
    let noted = Noted { bytes, reads: Arc::clone(&reads) };
    let container = File::of(path, Arc::new(noted)).unwrap_or_else(|error| panic!("{error}"));
    // What may be the superblock is read before it is known how long it is, and values may come right behind it.
    taken(&reads);
    let table = Hdf5Table::of(&container, &OpenOptions::default().without_side_files());
    (table.unwrap_or_else(|error| panic!("{}: {error}", path.display())), reads)
}

/// A file of predictions.
fn written(table: &PoseFrame, storage: Storage, compression: Compression) -> Vec<u8> {
    let options = WriteOptions::default().with_storage(Some(storage)).with_compression(compression);
    let file = write_table(table, tempfile::tempfile().expect("there is room"), &options);
    let mut file = file.unwrap_or_else(|error| panic!("{error}"));
    let mut bytes = Vec::new();
    file.rewind().expect("the beginning");
    file.read_to_end(&mut bytes).expect("its bytes");
    bytes
}

/// What was read since the last time, in order of place.
fn taken(reads: &Reads) -> Vec<Range<u64>> {
    let mut taken = std::mem::take(&mut *reads.lock().expect("nothing panicked"));
    taken.sort_by_key(|read| (read.start, read.end));
    taken
}

fn bytes(reads: &[Range<u64>]) -> u64 {
    reads.iter().map(|read| read.end - read.start).sum()
}

/// The first read of `some` that has bytes in common with one of `others`.
fn common<'a>(some: &'a [Range<u64>], others: &[Range<u64>]) -> Option<&'a Range<u64>> {
    some.iter().find(|read| others.iter().any(|other| read.start < other.end && other.start < read.end))
}

#[test]
fn opening_reads_no_values() {
    let table = testing::predictions(FRAMES);
    for storage in [Storage::Table, Storage::Fixed] {
        for compression in [Compression::None, COMPRESSED] {
            let what = format!("{storage}, {compression:?}");
            let (table, reads) = noted(Path::new("noted.h5"), written(&table, storage, compression));
            let opening = taken(&reads);
            assert!(bytes(&opening) < 16 << 10, "{what}: opening reads {} bytes", bytes(&opening));
            table.load().unwrap_or_else(|error| panic!("{error}"));
            let values = taken(&reads);
            assert_eq!(common(&opening, &values), None, "{what}: opening reads what loading reads");
            if compression == Compression::None {
                // Beside the values there is the index of the chunks.
                let index = bytes(&values) - FRAMES as u64 * ROW_BYTES;
                assert!(index < 16 << 10, "{what}: values are read twice, or {index} bytes of an index");
            }
        }
    }
}

#[test]
fn opening_reads_no_values_of_files_that_pandas_wrote() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"));
    for name in [
        "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5",
        "pandas-3/generic/zlib_table.h5",
        "pandas-3/generic/zlib_fixed.h5",
        "pandas-3/generic/flat_str_fixed.h5",
        "pandas-3/generic/multi_index_table.h5",
        "pandas-3/generic/blosc_lz4_table.h5",
        "pandas-3/compressed/blosc2_zstd_table.h5",
        "pandas-1/generic/mixed_table.h5",
        "pandas-1/compressed/lzo_table.h5",
        "python-2/predictions.h5",
        "others/categories.h5",
    ] {
        let path = folder.join(name);
        let whole = std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (table, reads) = noted(&path, whole);
        let opening = taken(&reads);
        table.load().unwrap_or_else(|error| panic!("{error}"));
        let values = taken(&reads);
        assert_eq!(common(&opening, &values), None, "{name}: opening reads what loading reads");
    }
}

#[test]
fn a_few_frames_are_read_without_the_others() {
    let table = testing::predictions(FRAMES);
    for storage in [Storage::Table, Storage::Fixed] {
        let (table, reads) = noted(Path::new("noted.h5"), written(&table, storage, Compression::None));
        // The first selection reads the index of the chunks too.
        let few = |frames: Range<usize>| {
            taken(&reads);
            table.read(&Selection::all().frames(frames)).unwrap_or_else(|error| panic!("{error}"));
            taken(&reads)
        };
        let first = bytes(&few(50_000..50_010));
        assert!(first < 16 << 10, "{storage}: {first} bytes for ten frames");
        for frames in [0..10, 50_000..50_010, FRAMES - 10..FRAMES] {
            assert_eq!(bytes(&few(frames.clone())), 10 * ROW_BYTES, "{storage}: {frames:?}");
        }
        assert_eq!(few(7..7), [], "{storage}: no frames");
    }
}

#[test]
fn a_few_compressed_frames_are_read_with_their_chunks_alone() {
    let table = testing::predictions(FRAMES);
    for (storage, datasets) in [(Storage::Table, 1), (Storage::Fixed, 2)] {
        let (table, reads) = noted(Path::new("noted.h5"), written(&table, storage, COMPRESSED));
        table.load().unwrap_or_else(|error| panic!("{error}"));
        taken(&reads);
        table.load().unwrap_or_else(|error| panic!("{error}"));
        let chunks = taken(&reads);
        assert!(chunks.len() >= 10 * datasets, "{storage}: {} chunks are few", chunks.len());
        assert!(chunks.windows(2).all(|two| two[0].end <= two[1].start), "{storage}: a chunk is read twice");
        for start in [0, 50_000, FRAMES - 1] {
            let one = Selection::all().frames(start..start + 1);
            table.read(&one).unwrap_or_else(|error| panic!("{error}"));
            let read = taken(&reads);
            assert_eq!(read.len(), datasets, "{storage}, frame {start}: a chunk of each dataset");
            let within =
                |chunk: &Range<u64>, read: &Range<u64>| chunk.start <= read.start && read.end <= chunk.end;
            let is_of_chunk = |read: &Range<u64>| chunks.iter().any(|chunk| within(chunk, read));
            assert!(read.iter().all(is_of_chunk), "{storage}, frame {start}: {read:?}");
            assert!(bytes(&read) < bytes(&chunks) / 10, "{storage}, frame {start}: {read:?}");
        }
    }
}

//! `cargo bench -p hdf5-file`: the rows of a dataset in chunks, read from memory, and chunks compressed.

use std::error::Error;
use std::hint::black_box;
use std::io::{Read as _, Seek as _};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hdf5_file::compression::{Compression, Encoder, Level, Shuffle};
use hdf5_file::read::{self, File};
use hdf5_file::{Chunk, Dataset, Datatype, FileWriter, ReadError, Storage};

const CHUNKS: u32 = 16;
const CHUNK_ROWS: u32 = 1024;
const COLUMNS: u32 = 36;

fn chunks(criterion: &mut Criterion) {
    let level = Level::new(5).expect("a level");
    let ways = [
        ("plain", Compression::None),
        ("zlib, shuffled", Compression::Zlib { level, shuffle: Shuffle::Bytes }),
    ];
    let bytes = values();
    for (name, compression) in ways {
        let mut group = criterion.benchmark_group("chunks");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("read {name}"), |bencher| {
            let dataset = dataset(&bytes, compression).expect("it is written and read");
            bencher.iter(|| sum(black_box(&dataset)).expect("it can be read"));
        });
        if compression != Compression::None {
            let (mut encoder, mut stored) = (Encoder::new(compression, 8), Vec::new());
            group.bench_function(format!("encode {name}"), |bencher| {
                bencher.iter(|| {
                    for chunk in bytes.chunks(bytes.len() / CHUNKS as usize) {
                        stored.clear();
                        encoder.encode(black_box(chunk), &mut stored).expect("it can be encoded");
                    }
                });
            });
        }
        group.finish();
    }
}

/// Every row, passed on without a copy of the caller's.
fn sum(dataset: &read::Dataset) -> Result<usize, ReadError> {
    let mut bytes = 0;
    dataset.visit::<ReadError>(0..dataset.num_rows(), &mut |rows| {
        bytes += black_box(rows).len();
        Ok(())
    })?;
    Ok(bytes)
}

fn dataset(bytes: &[u8], compression: Compression) -> Result<read::Dataset, Box<dyn Error>> {
    let mut writer = FileWriter::create(tempfile::tempfile()?)?;
    let mut encoder = Encoder::new(compression, 8);
    let (mut chunks, chunk_bytes) = (Vec::new(), bytes.len() / CHUNKS as usize);
    for chunk in bytes.chunks(chunk_bytes) {
        let mut stored = Vec::new();
        encoder.encode(chunk, &mut stored)?;
        let stored = if compression == Compression::None { chunk } else { stored.as_slice() };
        let address = writer.reserve(stored.len() as u64)?;
        writer.write_at(address, stored)?;
        chunks.push(Chunk::new(address, u32::try_from(stored.len())?));
    }
    let filters = encoder.filters(chunk_bytes);
    let storage = Storage::Chunked { rows: CHUNK_ROWS, chunks, filters, growing: true };
    let shape = [u64::from(CHUNKS * CHUNK_ROWS), u64::from(COLUMNS)];
    writer.root().insert("values", Dataset::new(Datatype::F64, &shape, storage))?;
    let (mut file, mut bytes) = (writer.finish()?, Vec::new());
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(File::of_bytes("values.h5", bytes)?.root()?.dataset("values")?.ok_or("it was written")?)
}

/// Walks, a column each, as tracks are.
fn values() -> Vec<u8> {
    let rows = 0..CHUNKS * CHUNK_ROWS;
    let value = |row: u32, column: u32| {
        300.0
            + f64::from(column)
            + (f64::from(row) * 0.01).sin() * 100.0
            + f64::from(row.wrapping_mul(2_654_435_761) >> 22) / 512.0
    };
    rows.flat_map(|row| (0..COLUMNS).flat_map(move |column| value(row, column).to_le_bytes())).collect()
}

criterion_group!(benches, chunks);
criterion_main!(benches);

//! `cargo bench -p pose-csv`: floats to text and back, a table at a time.

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::DataType;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pose_csv::{CsvForm, CsvTable, OpenOptions, write_table};
use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, RowIndex};

const FRAMES: u32 = 4096;
const BODYPARTS: u32 = 4;

fn cells(criterion: &mut Criterion) {
    let table = table();
    let form = CsvForm::of(&table).expect("it can be CSV");
    let text = write_table(&form, Vec::new()).expect("it can be written");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("poses.csv");
    std::fs::write(&path, &text).expect("a file");

    let mut group = criterion.benchmark_group("cells");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("format floats", |bencher| {
        let mut out = Vec::with_capacity(text.len());
        bencher.iter(|| {
            out.clear();
            write_table(black_box(&form), &mut out).expect("it can be written");
        });
    });
    group.bench_function("tell types", |bencher| {
        bencher.iter(|| CsvTable::open(black_box(&path), &OpenOptions::default()).expect("it can be opened"));
    });
    let opened = CsvTable::open(&path, &OpenOptions::default()).expect("it can be opened");
    group.bench_function("parse floats", |bencher| {
        bencher.iter(|| black_box(&opened).load().expect("it can be read"));
    });
    group.finish();
}

/// Numbers that are float32 at heart, so with many digits.
fn table() -> PoseFrame {
    let (mut columns, mut arrays) = (Vec::new(), Vec::<ArrayRef>::new());
    for bodypart in 0..BODYPARTS {
        for (number, coord) in (0u32..).zip(["x", "y", "likelihood"]) {
            let name = format!("part{bodypart}");
            columns.push(Column::new(ColumnKey::new(["DLC_net", &name, coord]), DataType::Float64));
            let value = |frame: u32| {
                let noise = frame.wrapping_mul(2_654_435_761).wrapping_add(bodypart * 3 + number) >> 8;
                #[allow(clippy::cast_possible_truncation, reason = "what a network computes in float32")]
                let value = (f64::from(noise) / 26_214.4) as f32;
                f64::from(value)
            };
            arrays.push(Arc::new(Float64Array::from_iter_values((0..FRAMES).map(value))));
        }
    }
    let levels = ["scorer", "bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
    let index = RowIndex::range(FRAMES as usize);
    let schema = PoseSchema::new(levels, columns, index.schema()).expect("a schema");
    PoseFrame::new(Arc::new(schema), index, arrays).expect("a table")
}

criterion_group!(benches, cells);
criterion_main!(benches);

//! `cargo bench -p pose-parquet`: pages of one column of floats, packed and unpacked in memory, with and without missing values.

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::DataType;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, RowIndex};
use pose_parquet::{ParquetTable, Profile, WriteOptions, write_table};

/// Four pages.
const FRAMES: u32 = 4 * 65_536;

fn pages(criterion: &mut Criterion) {
    for (name, missing_in) in [("all there", 0), ("a tenth missing", 10)] {
        let table = table(missing_in);
        let mut group = criterion.benchmark_group(format!("pages, {name}"));
        group.throughput(Throughput::Bytes(u64::from(FRAMES) * 8));
        for profile in [Profile::Fast, Profile::Portable] {
            let options = WriteOptions::default().with_profile(profile);
            let packed = write_table(&table, Vec::new(), &options).expect("it can be written");
            group.bench_function(format!("encode {}", profile.name()), |bencher| {
                let mut out = Vec::with_capacity(packed.len());
                bencher.iter(|| {
                    out.clear();
                    write_table(black_box(&table), &mut out, &options).expect("it can be written");
                });
            });
            let opened = ParquetTable::from_bytes(packed).expect("it can be opened");
            group.bench_function(format!("decode {}", profile.name()), |bencher| {
                bencher.iter(|| black_box(&opened).load().expect("it can be read"));
            });
        }
        group.finish();
    }
}

/// A walk that is float32 at heart; of so many values one is missing, at no regular places.
fn table(missing_in: u32) -> PoseFrame {
    let mut place = 320.0;
    let value = |frame: u32| {
        let noise = frame.wrapping_mul(2_654_435_761) >> 8;
        place += f64::from(noise) / 8_388_608.0 - 1.0;
        #[allow(clippy::cast_possible_truncation, reason = "what a network computes in float32")]
        let value = f64::from(place as f32);
        if missing_in > 0 && noise.is_multiple_of(missing_in) { f64::NAN } else { value }
    };
    let array: ArrayRef = Arc::new(Float64Array::from_iter_values((0..FRAMES).map(value)));
    let levels = ["scorer", "bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
    let columns = vec![Column::new(ColumnKey::new(["DLC_net", "snout", "x"]), DataType::Float64)];
    let index = RowIndex::range(FRAMES as usize);
    let schema = PoseSchema::new(levels, columns, index.schema()).expect("a schema");
    PoseFrame::new(Arc::new(schema), index, vec![array]).expect("a table")
}

criterion_group!(benches, pages);
criterion_main!(benches);

//! `cargo bench -p byte-planes`: bytes sorted by their place and put back, in pieces as the formats have them.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// A page of 65,536 float64.
const BYTES: usize = 512 << 10;

fn planes(criterion: &mut Criterion) {
    let values: Vec<u8> = (0..BYTES).map(|at| (at * 167 + at / 251).to_le_bytes()[0]).collect();
    let (mut planes, mut back) = (vec![0; BYTES], vec![0; BYTES]);
    // Numbers, and the rows of a table that HDF5 shuffles.
    for width in [2, 4, 8, 296] {
        let mut group = criterion.benchmark_group("planes");
        group.throughput(Throughput::Bytes(BYTES as u64));
        group.bench_function(BenchmarkId::new("split", width), |bencher| {
            bencher.iter(|| byte_planes::split(width, black_box(&values), &mut planes));
        });
        group.bench_function(BenchmarkId::new("join", width), |bencher| {
            bencher.iter(|| byte_planes::join(width, black_box(&planes), &mut back));
        });
        group.finish();
    }
}

criterion_group!(benches, planes);
criterion_main!(benches);

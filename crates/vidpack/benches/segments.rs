//! `cargo bench -p vidpack`: a segment is planned, becomes frames, and is restored of them, all without ffmpeg.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array, Array3};
use vidpack::{Bound, Contract, Error, Options, Restorer, Segment};

const SHAPE: (usize, usize, usize) = (16, 96, 128);

fn segments(criterion: &mut Criterion) {
    let values = values();
    let bytes = values.len() * size_of::<f32>();
    for (name, contract) in
        [("lossless", Contract::Lossless), ("bound", Contract::MaxError(Bound::All(0.01)))]
    {
        let mut group = criterion.benchmark_group(format!("segment, {name}"));
        group.throughput(Throughput::Bytes(bytes as u64)).sample_size(20);
        let plan = || Segment::of(values.view().into_dyn(), &contract, &Options::default());
        group.bench_function("predict", |bencher| {
            bencher.iter(|| black_box(plan()).expect("it can be planned"));
        });
        let segment = plan().expect("it can be planned");
        group.bench_function("frames", |bencher| {
            bencher.iter(|| frames(black_box(&segment)).expect("they can be made"));
        });
        let frames = frames(&segment).expect("they can be made");
        group.bench_function("restore", |bencher| {
            let restorer = || Restorer::new(segment.plan().clone()).expect("it can be restored");
            bencher.iter_batched(
                restorer,
                |mut restorer| {
                    for (stream, frames) in frames.iter().enumerate() {
                        frames.iter().try_for_each(|frame| restorer.push(stream, frame)).expect("it fits");
                    }
                    restorer.finish(segment.side()).expect("it can be restored")
                },
                BatchSize::LargeInput,
            );
        });
        group.finish();
    }
}

fn frames(segment: &Segment) -> Result<Vec<Vec<Vec<u8>>>, Error> {
    let stream = |(index, frames): (usize, usize)| {
        (0..frames)
            .map(|number| {
                let mut frame = Vec::new();
                segment.frame(index, number, &mut frame)?;
                Ok(frame)
            })
            .collect()
    };
    segment.plan().streams.iter().map(|stream| stream.frames).enumerate().map(stream).collect()
}

/// Waves that move, and noise of a thousandth.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers, for float32")]
fn values() -> Array3<f32> {
    Array::from_shape_fn(SHAPE, |(t, y, x)| {
        let wave = ((x + 2 * t) as f64 * 0.05).sin() + ((y + t) as f64 * 0.07).cos();
        let noise = (t * SHAPE.1 * SHAPE.2 + y * SHAPE.2 + x).wrapping_mul(2_654_435_761) % 1024;
        (280.0 + 20.0 * wave + noise as f64 * 0.02 / 1024.0) as f32
    })
}

criterion_group!(benches, segments);
criterion_main!(benches);

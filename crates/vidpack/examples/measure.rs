//! Packs a raw file of numbers, pipes every stream through ffmpeg, and says how large and how fast it was.
//!
//! `measure FILE f32|f64|u8|u16 SHAPE [BOUND]`, shape as `96,192,256`. Sizes are those of the videos with their container.

use std::error::Error;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use ndarray::{ArrayD, IxDyn};
use vidpack::{Array, Bound, Content, Contract, Options, Restorer, Segment};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, element, shape, bound @ ..] = &arguments[..] else { return Err("FILE TYPE SHAPE [BOUND]".into()) };
    let shape = shape.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    let bytes = std::fs::read(file)?;
    let array: Array = match &element[..] {
        "f32" => numbers(&bytes, &shape, f32::from_le_bytes)?.into(),
        "f64" => numbers(&bytes, &shape, f64::from_le_bytes)?.into(),
        "u8" => numbers(&bytes, &shape, u8::from_le_bytes)?.into(),
        "u16" => numbers(&bytes, &shape, u16::from_le_bytes)?.into(),
        _ => return Err("f32, f64, u8 or u16".into()),
    };
    let contract = match bound {
        [bound, ..] => Contract::MaxError(Bound::All(bound.parse()?)),
        [] => Contract::Lossless,
    };
    let begun = Instant::now();
    let segment = Segment::new(&array.view(), &contract, &Options::default())?;
    let planned = begun.elapsed();
    let mut restorer = Restorer::new(segment.plan().clone())?;
    let (mut splitting, mut joining, mut total) = (0.0, 0.0, segment.side().len());
    for (index, stream) in segment.plan().streams.iter().enumerate() {
        let mut frames = Vec::with_capacity(stream.frame_bytes() * stream.frames);
        let mut frame = Vec::new();
        for number in 0..stream.frames {
            let begun = Instant::now();
            segment.frame(index, number, &mut frame)?;
            splitting += begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            restorer.push(index, &frame)?;
            joining += begun.elapsed().as_secs_f64();
            frames.extend_from_slice(&frame);
        }
        let size = if stream.content == Content::Noise { frames.len() } else { ffv1(stream, frames)? };
        println!("{:?} {} bits, {}x{}: {size}", stream.content, stream.bits, stream.width, stream.height);
        total += size;
    }
    let begun = Instant::now();
    let back = restorer.finish(segment.side())?;
    joining += begun.elapsed().as_secs_f64();
    let values = bytes.len() / array.element_type().bytes();
    for channel in segment.plan().channels.iter().take(4) {
        println!("{:?} bits {} dropped {} rest {} noise {} exceptions {}", channel.scheme, channel.bits, channel.dropped, channel.rest_bits, channel.noise_bits, channel.exceptions);
        println!("  {:?}", channel.predictor);
    }
    let speed = |seconds: f64| bytes.len() as f64 / 1e6 / seconds;
    println!(
        "{total} bytes, {:.3} bits a value, side {}; plan {:.0} MB/s, frames {:.0}, restore {:.0}; {:?}",
        total as f64 * 8.0 / values as f64,
        segment.side().len(),
        speed(planned.as_secs_f64()),
        speed(splitting),
        speed(joining),
        back.shape(),
    );
    Ok(())
}

fn numbers<T, const N: usize>(bytes: &[u8], shape: &[usize], make: fn([u8; N]) -> T) -> Result<ArrayD<T>, Box<dyn Error>> {
    let values = bytes.as_chunks::<N>().0.iter().map(|bytes| make(*bytes)).collect();
    Ok(ArrayD::from_shape_vec(IxDyn(shape), values)?)
}

fn ffv1(stream: &vidpack::StreamPlan, frames: Vec<u8>) -> Result<usize, Box<dyn Error>> {
    let format = match stream.bits {
        8 => "gray",
        10 => "gray10le",
        12 => "gray12le",
        _ => "gray16le",
    };
    let size = format!("{}x{}", stream.width, stream.height);
    let context = std::env::var("CONTEXT").unwrap_or("0".into());
    let gop = std::env::var("GOP").unwrap_or("1000".into());
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "rawvideo", "-pix_fmt", format, "-s", &size, "-i", "-", "-c:v", "ffv1", "-level", "3"])
        .args(["-coder", "1", "-context", &context, "-g", &gop, "-slices", "4", "-f", "nut", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no pipe")?;
    let writer = std::thread::spawn(move || input.write_all(&frames));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| "writer")??;
    Ok(output.stdout.len())
}

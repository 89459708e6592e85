//! Packs a stack of images, bit for bit and within a bound, and reads some of them back.
//!
//! `cargo run --example image_stack`. Needs an ffmpeg of 4.4 or later on the search path.

use std::error::Error;
use std::fs;
use std::path::Path;

use ndarray::{Array3, ArrayD, s};
use vidpack::{Array, ArrayOptions, Ffmpeg, Pack, PackOptions, PackWriter};

/// Images, rows and columns of the stack.
const SHAPE: (usize, usize, usize) = (60, 96, 128);

/// How far a value that comes back may be off, in millimetres.
const BOUND: f64 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let depth = depth_images();
    let ffmpeg = Ffmpeg::find()?;
    let folder = tempfile::tempdir()?;
    let raw = depth.len() * size_of::<f32>();
    println!("{} depth images of {}×{}, {raw} bytes of float32", SHAPE.0, SHAPE.2, SHAPE.1);

    for (name, options) in
        [("bit for bit", ArrayOptions::lossless()), ("within 0.5 mm", ArrayOptions::max_error(BOUND))]
    {
        // It appears under its name when every frame was decoded and compared, or not at all.
        let path = folder.path().join(name);
        let mut writer = PackWriter::create(&path, &ffmpeg, PackOptions::default())?;
        writer.add("depth", depth.view(), &options)?;
        writer.finish()?;

        let second = images(&path, &ffmpeg, 30..60)?;
        let error = largest_error(&depth, &second, 30);
        let bytes = folder_bytes(&path)?;
        println!("  {name:<14} {bytes:>8} bytes, images 30 to 59 are off by {error} mm at most");
        if error > BOUND || (name == "bit for bit" && error > 0.0) {
            return Err(format!("{name}: off by {error}").into());
        }
    }
    Ok(())
}

/// Some of the images. Only the segments that they lie in are decoded.
fn images(
    path: &Path,
    ffmpeg: &Ffmpeg,
    which: std::ops::Range<usize>,
) -> Result<ArrayD<f32>, Box<dyn Error>> {
    match Pack::open(path, ffmpeg)?.array("depth")?.read(which)? {
        Array::F32(images) => Ok(images),
        other => Err(format!("packed as f32, and came back as {}", other.element_type()).into()),
    }
}

fn largest_error(depth: &Array3<f32>, found: &ArrayD<f32>, first: usize) -> f64 {
    let given = depth.slice(s![first.., .., ..]);
    given.iter().zip(found).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs()).fold(0.0, f64::max)
}

/// What a depth camera above an arena sees: a floor that slopes, a mouse that walks across it, and noise.
fn depth_images() -> Array3<f32> {
    let mut noise = 1_u32;
    Array3::from_shape_fn(SHAPE, |(image, row, column)| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let number = |position: usize| f32::from(u16::try_from(position).unwrap_or(u16::MAX));
        let (dx, dy) = (number(column) - 20.0 - 1.5 * number(image), number(row) - 48.0);
        let mouse = 30.0 * (-(dx * dx / 90.0 + dy * dy / 40.0)).exp();
        let noise = f32::from((noise >> 24) as u8) / 255.0 - 0.5;
        700.0 + 0.05 * number(row) - mouse + 0.4 * noise
    })
}

fn folder_bytes(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

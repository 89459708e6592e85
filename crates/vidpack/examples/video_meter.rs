//! Packs and unpacks arrays on request and says how long each took, for benchmarks that run other programs beside it.
//!
//! A request is a line on standard input, a contract is `lossless`, a bound or one for each channel. The answer is a line with seconds: of the
//! clock for packs, of the processor for what runs in one thread, where the system tells (Linux).
//!
//! | request | |
//! |---|---|
//! | `load FILE SHAPE` | a file of 32-bit floats, kept for what follows; a shape is `120,256,256,3` |
//! | `pack FOLDER CONTRACT [verify]` | the array becomes a pack |
//! | `unpack FOLDER` | and is read back |
//! | `plan CONTRACT` | one segment is planned and taken apart |
//! | `frames` | its frames are made |
//! | `restore` | and restored |
//! | `hash` | the checksum of each frame |
//! | `stream FOLDER CONTRACT STEPS` | the array is pushed again and again until there are so many time steps |

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use ndarray::{ArrayD, IxDyn};
use vidpack::{
    Array, ArrayOptions, Bound, Checksum, Contract, ElementType, Existing, Ffmpeg, Options, Pack,
    PackOptions, PackWriter, Restorer, Segment, Verify,
};

fn main() -> Result<(), Box<dyn Error>> {
    let ffmpeg = Ffmpeg::find()?;
    let mut meter = Meter { ffmpeg, array: ArrayD::zeros(IxDyn(&[0])), segment: None, frames: Vec::new() };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        println!("{}", meter.answer(&words)?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

struct Meter {
    ffmpeg: Ffmpeg,
    array: ArrayD<f32>,
    segment: Option<Segment>,
    /// The frames of each stream of the segment.
    frames: Vec<Vec<Vec<u8>>>,
}

impl Meter {
    fn answer(&mut self, words: &[&str]) -> Result<f64, Box<dyn Error>> {
        let (start, begun) = (Instant::now(), processor_seconds());
        match *words {
            ["load", file, shape] => self.load(file, shape)?,
            ["pack", folder, contract] => self.pack(folder, contract, Verify::Skip)?,
            ["pack", folder, contract, "verify"] => self.pack(folder, contract, Verify::Decode)?,
            ["unpack", folder] => drop(self.unpack(folder)?),
            ["stream", folder, contract, steps] => self.stream(folder, contract, steps.parse()?)?,
            [..] => {
                self.stage(words)?;
                if let Some((begun, ended)) = begun.zip(processor_seconds()) {
                    return Ok(ended - begun);
                }
            }
        }
        Ok(start.elapsed().as_secs_f64())
    }

    fn stage(&mut self, words: &[&str]) -> Result<(), Box<dyn Error>> {
        match *words {
            ["plan", contract] => {
                let contract = options(contract)?.contract;
                self.segment = Some(Segment::of(self.array.view(), &contract, &Options::default())?);
            }
            ["frames"] => self.frames()?,
            ["restore"] => self.restore()?,
            ["hash"] => self.frames.iter().flatten().for_each(|frame| {
                std::hint::black_box(Checksum::of(frame));
            }),
            _ => return Err(format!("no such request: {words:?}").into()),
        }
        Ok(())
    }

    fn load(&mut self, file: &str, shape: &str) -> Result<(), Box<dyn Error>> {
        let shape = shape.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
        let bytes = std::fs::read(file)?;
        let values = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        self.array = ArrayD::from_shape_vec(IxDyn(&shape), values)?;
        Ok(())
    }

    fn pack(&self, folder: &str, contract: &str, verify: Verify) -> Result<(), Box<dyn Error>> {
        let mut writer = self.writer(folder, verify)?;
        writer.add("values", self.array.view(), &options(contract)?)?;
        writer.finish()?;
        Ok(())
    }

    fn unpack(&self, folder: &str) -> Result<Array, Box<dyn Error>> {
        Ok(Pack::open(folder, &self.ffmpeg)?.array("values")?.read(..)?)
    }

    fn frames(&mut self) -> Result<(), Box<dyn Error>> {
        let segment = self.segment.as_ref().ok_or("nothing is planned")?;
        self.frames.clear();
        for (index, stream) in segment.plan().streams.iter().enumerate() {
            let mut frames = vec![Vec::new(); stream.frames];
            for (number, frame) in frames.iter_mut().enumerate() {
                segment.frame(index, number, frame)?;
            }
            self.frames.push(frames);
        }
        Ok(())
    }

    fn restore(&self) -> Result<(), Box<dyn Error>> {
        let segment = self.segment.as_ref().ok_or("nothing is planned")?;
        let mut restorer = Restorer::new(segment.plan().clone())?;
        for (index, frames) in self.frames.iter().enumerate() {
            frames.iter().try_for_each(|frame| restorer.push(index, frame))?;
        }
        restorer.finish(segment.side())?;
        Ok(())
    }

    fn stream(&self, folder: &str, contract: &str, steps: usize) -> Result<(), Box<dyn Error>> {
        let mut writer = self.writer(folder, Verify::Skip)?;
        let own = self.array.shape().first().copied().unwrap_or_default();
        let mut array =
            writer.stream("values", ElementType::F32, &self.array.shape()[1..], &options(contract)?)?;
        for _ in 0..steps.div_ceil(own.max(1)) {
            array.push(self.array.view())?;
        }
        array.finish()?;
        writer.finish()?;
        Ok(())
    }

    fn writer(&self, folder: &str, verify: Verify) -> Result<PackWriter, Box<dyn Error>> {
        let mut options = PackOptions::default();
        options.existing = Existing::Replace;
        options.verify = verify;
        Ok(PackWriter::create(folder, &self.ffmpeg, options)?)
    }
}

fn options(contract: &str) -> Result<ArrayOptions, Box<dyn Error>> {
    Ok(match contract {
        "lossless" => ArrayOptions::new(Contract::Lossless),
        bounds if bounds.contains(',') => {
            let bounds = bounds.split(',').map(str::parse).collect::<Result<_, _>>()?;
            ArrayOptions::new(Contract::MaxError(Bound::Channels(bounds)))
        }
        bound => ArrayOptions::max_error(bound.parse()?),
    })
}

/// What this thread has taken of the processor.
fn processor_seconds() -> Option<f64> {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(line.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

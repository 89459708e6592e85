//! `…_meta.pickle`.

use std::path::{Path, PathBuf};

use pickle_data::{Object, Pickle, PickleError};
use pose_frame::{Crop, FrameSize};

use crate::size::{Said, frame_size};
use crate::{Note, ProjectError, file};

/// The largest meta file that is read. DeepLabCut's have some kilobytes; the settings of the network are most of it.
pub const MAX_META_BYTES: u64 = 1 << 20;

/// What a `…_meta.pickle` says of the video that a table was made from.
///
/// What it does not say is `None`. So is all of it for the file beside a triangulated table, which is about cameras.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct VideoMeta {
    /// Frames per second. The program that opened the video may not have known them.
    pub frame_rate_hz: Option<f64>,
    /// Frames of the video, or images of the folder, that were analysed.
    pub num_frames: Option<u64>,
    /// The size of the whole frame, also where a part of it was analysed.
    ///
    /// The file has two numbers, height first when TensorFlow ran and width first when PyTorch ran. They are told apart by
    /// the [`engine`](Self::engine) and held against the borders of the crop beside them; when the engine is not named,
    /// borders of the whole frame tell which is the width. PyTorch notes the size of the crop in place of that of the
    /// frame, so the size is not known when there was one. It is never guessed.
    pub frame_size: Option<FrameSize>,
    /// The part of the frame that was analysed, where it was not all of it. Positions in the table count from its upper
    /// left corner.
    pub crop: Option<Crop>,
    /// The name of the network, which is the scorer of the table.
    pub scorer: Option<String>,
    /// What ran the network.
    pub engine: Option<Engine>,
}

/// What ran the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// TensorFlow: the settings of the network stand under `DLC-model-config file`, or `config file` for a folder of images.
    TensorFlow,
    /// PyTorch, since DeepLabCut 3: they stand under `pytorch-config`.
    PyTorch,
}

impl VideoMeta {
    /// Reads a file, and says what in it was left out because it cannot be.
    ///
    /// # Errors
    ///
    /// When the file is not there, cannot be read, is larger than [`MAX_META_BYTES`], or is no pickle of this kind.
    pub fn read(path: impl AsRef<Path>) -> Result<(Self, Vec<Note>), ProjectError> {
        let path = path.as_ref();
        Self::find(path)?
            .ok_or_else(|| ProjectError::Io { path: path.to_owned(), kind: std::io::ErrorKind::NotFound })
    }

    /// Reads the content of a file; `path` is what messages call it.
    ///
    /// # Errors
    ///
    /// When it is no pickle of this kind.
    pub fn from_bytes(bytes: &[u8], path: impl AsRef<Path>) -> Result<(Self, Vec<Note>), ProjectError> {
        let path = path.as_ref();
        let pickle = Pickle::decode_tolerant(bytes);
        let found = pickle.and_then(|pickle| Self::of(pickle.root(), path));
        found.map_err(|reason| ProjectError::Pickle { path: path.to_owned(), reason })
    }

    /// Reads a file; none when there is no such file.
    pub(crate) fn find(path: &Path) -> Result<Option<(Self, Vec<Note>)>, ProjectError> {
        file::read(path, MAX_META_BYTES)?.map(|bytes| Self::from_bytes(&bytes, path)).transpose()
    }

    fn of(root: Object<'_>, path: &Path) -> Result<(Self, Vec<Note>), PickleError> {
        if !root.is_dict() {
            return Err(root.unexpected("a dictionary"));
        }
        if root.value_of("stereo_matrix").is_some() {
            return Ok((Self::default(), Vec::new()));
        }
        let none = || PickleError::Unexpected { expected: "an entry `data`", found: "none" };
        let data = root.value_of("data").ok_or_else(none)?;
        if !data.is_dict() {
            return Err(data.unexpected("a dictionary"));
        }
        let mut notes = Notes { path, notes: Vec::new() };
        let meta = Self::of_data(data, &mut notes);
        Ok((meta, notes.notes))
    }

    fn of_data(data: Object<'_>, notes: &mut Notes<'_>) -> Self {
        let entry = |key| data.value_of(key).filter(|object| !object.is_none());
        let engine = match (
            entry("DLC-model-config file").or_else(|| entry("config file")).is_some(),
            entry("pytorch-config").is_some(),
        ) {
            (true, false) => Some(Engine::TensorFlow),
            (false, true) => Some(Engine::PyTorch),
            _ => None,
        };
        // Cameras that OpenCV knows no rate of have the rate 0.
        let frame_rate_hz = entry("fps").and_then(|fps| {
            let rate = number(fps).filter(|rate| rate.is_finite() && *rate >= 0.0);
            notes.unless(rate.is_some(), "the frame rate is no number");
            rate.filter(|rate| *rate > 0.0)
        });
        let num_frames = entry("nframes").and_then(|frames| {
            let count = whole(frames).and_then(|count| u64::try_from(count).ok());
            notes.unless(count.is_some(), "the number of frames is no number");
            count
        });
        let cropping = entry("cropping")
            .and_then(|cropping| cropping.as_bool().or_else(|| Some(cropping.as_integer()? != 0)))
            // Written as what the project's file says, which may be nothing.
            .or_else(|| data.value_of("cropping").map(|_| false));
        let borders = entry("cropping_parameters").and_then(|borders| {
            let borders = four(borders).and_then(|[x1, x2, y1, y2]| Crop::new(x1..x2, y1..y2));
            notes.unless(borders.is_some(), "cropping_parameters are not the borders of a part of the frame");
            borders
        });
        let frame_size = entry("frame_dimensions").and_then(|dimensions| {
            let said = two(dimensions).map(|dimensions| Said { engine, dimensions, cropping, borders });
            let size = said.ok_or("frame_dimensions are not two numbers").and_then(|said| frame_size(&said));
            size.map_err(|why| notes.unless(false, why)).ok()
        });
        let scorer = entry("Scorer").and_then(Object::as_text).map(ToString::to_string);
        let crop = if cropping == Some(true) { borders } else { None };
        Self { frame_rate_hz, num_frames, frame_size, crop, scorer, engine }
    }
}

struct Notes<'a> {
    path: &'a Path,
    notes: Vec<Note>,
}

impl Notes<'_> {
    fn unless(&mut self, fine: bool, what: &'static str) {
        if !fine {
            let path: PathBuf = self.path.to_owned();
            self.notes.push(Note::LeftOut { path, what });
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "no frame rate has 53 bits")]
fn number(object: Object<'_>) -> Option<f64> {
    object.as_float().or_else(|| object.as_integer().map(|number| number as f64))
}

/// A whole number. OpenCV counts in floats.
fn whole(object: Object<'_>) -> Option<i64> {
    let float = |number: f64| {
        #[allow(clippy::cast_possible_truncation, reason = "it was looked at")]
        (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
    };
    object.as_integer().or_else(|| object.as_float().and_then(float))
}

fn two(object: Object<'_>) -> Option<[u32; 2]> {
    numbers(object)?.try_into().ok()
}

fn four(object: Object<'_>) -> Option<[u32; 4]> {
    numbers(object)?.try_into().ok()
}

/// Up to four numbers of pixels: a list, a tuple or an array.
fn numbers(object: Object<'_>) -> Option<Vec<u32>> {
    if let Some(items) = object.as_sequence() {
        let items = items.iter().take(5);
        return items.map(|item| u32::try_from(whole(item)?).ok()).collect();
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was looked at")]
    let pixels = |number: f64| {
        (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number)).then_some(number as u32)
    };
    object.as_numbers()?.values.into_iter().take(5).map(pixels).collect()
}

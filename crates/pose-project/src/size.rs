//! How large the frames of a video are.
//!
//! `frame_dimensions` has two numbers and does not say which is which: DeepLabCut on TensorFlow writes (height, width)
//! of the whole frame. On PyTorch it writes (width, height), and since 3.0 those of the part that was analysed; release
//! candidates wrote those of the whole frame.
//!
//! Which of the two programs it was is told by the name of the entry with the network's settings. Beside it stand the
//! borders of the crop, `[x1, x2, y1, y2]`, and without a crop these are `[0, width, 0, height]`: that is checked, and
//! tells when the program is not known.

use pose_frame::{Crop, FrameSize};

use crate::Engine;

/// What a meta file says of sizes.
pub(crate) struct Said {
    pub(crate) engine: Option<Engine>,
    /// The two numbers of `frame_dimensions`, in their order.
    pub(crate) dimensions: [u32; 2],
    /// Whether a part of the frame was analysed.
    pub(crate) cropping: Option<bool>,
    /// The borders, which are those of the whole frame when there was no cropping.
    pub(crate) borders: Option<Crop>,
}

/// The size of the whole frame, or why it is not known.
pub(crate) fn frame_size(said: &Said) -> Result<FrameSize, &'static str> {
    const CONTRADICTION: &str =
        "the size of the frames is not known: frame_dimensions and cropping_parameters contradict each other";
    let [first, second] = said.dimensions;
    let by_row = FrameSize { width: second, height: first };
    let by_column = FrameSize { width: first, height: second };
    if first == 0 || second == 0 {
        return Err("the size of the frames is not known: frame_dimensions has a zero");
    }
    let cropped = match (said.cropping, said.borders) {
        (Some(true), borders) => borders,
        (Some(false), Some(borders)) => {
            let whole = FrameSize { width: borders.x_max, height: borders.y_max };
            let fits = match said.engine {
                Some(Engine::TensorFlow) => whole == by_row,
                Some(Engine::PyTorch) => whole == by_column,
                None => whole == by_row || whole == by_column,
            };
            return if fits && borders.size() == whole { Ok(whole) } else { Err(CONTRADICTION) };
        }
        (Some(false), None) => {
            return match said.engine {
                Some(Engine::TensorFlow) => Ok(by_row),
                Some(Engine::PyTorch) => Ok(by_column),
                None if first == second => Ok(by_row),
                None => Err(
                    "the size of the frames is not known: which number of frame_dimensions is the width is not said",
                ),
            };
        }
        (None, _) => None,
    };
    match (said.engine, cropped) {
        (Some(Engine::TensorFlow), Some(crop)) if !crop.is_within(by_row) => Err(CONTRADICTION),
        (Some(Engine::TensorFlow), _) => Ok(by_row),
        // A part that does not reach as far as the numbers do, and has another size, is not what they measure.
        (Some(Engine::PyTorch), Some(crop)) if crop.is_within(by_column) && crop.size() != by_column => {
            Ok(by_column)
        }
        (Some(Engine::PyTorch), _) => Err(
            "the size of the frames is not known: frame_dimensions may be that of the part that was analysed",
        ),
        (None, _) => Err(
            "the size of the frames is not known: which number of frame_dimensions is the width is not said",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(
        engine: Option<Engine>,
        dimensions: [u32; 2],
        cropping: Option<bool>,
        borders: Option<[u32; 4]>,
    ) -> Option<(u32, u32)> {
        let borders = borders.map(|[x1, x2, y1, y2]| Crop::new(x1..x2, y1..y2).expect("not empty"));
        let size = frame_size(&Said { engine, dimensions, cropping, borders }).ok()?;
        Some((size.width, size.height))
    }

    const TF: Option<Engine> = Some(Engine::TensorFlow);
    const TORCH: Option<Engine> = Some(Engine::PyTorch);

    #[test]
    fn tensorflow_writes_the_height_first() {
        let whole = Some([0, 640, 0, 480]);
        assert_eq!(size(TF, [480, 640], Some(false), whole), Some((640, 480)));
        assert_eq!(size(TF, [480, 640], Some(false), None), Some((640, 480)));
        assert_eq!(
            size(TF, [480, 640], Some(true), Some([10, 110, 0, 480])),
            Some((640, 480)),
            "of the whole frame"
        );
        assert_eq!(size(TF, [640, 480], Some(false), whole), None, "a contradiction");
        assert_eq!(
            size(TF, [480, 640], Some(true), Some([10, 110, 0, 500])),
            None,
            "a crop beyond the frame"
        );
    }

    #[test]
    fn pytorch_writes_the_width_first_and_that_of_the_crop() {
        assert_eq!(size(TORCH, [640, 480], Some(false), Some([0, 640, 0, 480])), Some((640, 480)));
        assert_eq!(size(TORCH, [640, 480], Some(false), None), Some((640, 480)));
        assert_eq!(size(TORCH, [480, 640], Some(false), Some([0, 640, 0, 480])), None, "a contradiction");
        assert_eq!(
            size(TORCH, [100, 200], Some(true), Some([10, 110, 20, 220])),
            None,
            "the size of the crop"
        );
        assert_eq!(size(TORCH, [100, 200], Some(true), Some([0, 100, 0, 200])), None, "either of them");
        assert_eq!(
            size(TORCH, [640, 480], Some(true), Some([10, 110, 20, 220])),
            Some((640, 480)),
            "3.0.0rc1"
        );
        assert_eq!(size(TORCH, [100, 200], None, None), None);
    }

    #[test]
    fn without_the_name_of_the_program_the_borders_tell() {
        assert_eq!(size(None, [480, 640], Some(false), Some([0, 640, 0, 480])), Some((640, 480)));
        assert_eq!(size(None, [640, 480], Some(false), Some([0, 640, 0, 480])), Some((640, 480)));
        assert_eq!(size(None, [640, 480], Some(false), Some([0, 640, 0, 400])), None);
        assert_eq!(size(None, [480, 480], Some(false), None), Some((480, 480)), "it is a square");
        assert_eq!(size(None, [640, 480], Some(false), None), None);
        assert_eq!(size(None, [480, 480], Some(true), Some([0, 10, 0, 10])), None, "a square may be a crop");
        assert_eq!(size(None, [0, 480], Some(false), None), None);
    }
}

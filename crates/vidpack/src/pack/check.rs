//! Whether segments come back from what the encoders are given.

use std::sync::Arc;

use super::verify;
use crate::quality::Meter;
use crate::restore::restore_pieces;
use crate::sidecar::Hasher;
use crate::{ArrayView, Contract, ErrorKind, Result, SegmentPlan};

/// A segment as the encoders have it.
pub(super) struct Encoded {
    pub(super) plan: SegmentPlan,
    pub(super) side: Vec<u8>,
    /// The frames of each stream, one after the other.
    pub(super) streams: Vec<Arc<Vec<u8>>>,
}

/// What the segments of an array are held against, in their order, and what is found.
pub(super) struct Check {
    /// What the array is called: for errors.
    pub(super) name: String,
    pub(super) contract: Contract,
    pub(super) original: Hasher,
    /// Where nothing may differ, it is the same and left alone.
    pub(super) restored: Hasher,
    /// Of what was measured so far. None where nothing may differ.
    pub(super) meter: Option<Meter>,
    /// How many time steps were held against what was given.
    pub(super) steps: usize,
}

impl Check {
    /// Restores a segment and compares it. If it does not come back, there will be no pack.
    pub(super) fn segment(&mut self, view: &ArrayView<'_>, encoded: Encoded) -> Result<()> {
        let Self { name, contract, original, restored, meter, steps: before } = self;
        let mut checked = 0;
        let Encoded { plan, side, streams } = encoded;
        restore_pieces(plan, &streams, &side, &mut |first, piece| {
            let steps = piece.shape()[0];
            let given = view.steps(first..first + steps);
            if let Some(what) = verify::broken(&given, piece, contract) {
                let what = format!("in the time steps from {}, {what}", *before + first);
                return Err(ErrorKind::Broken { name: name.clone(), what }.into());
            }
            checked += steps;
            given.hash(original);
            if let Some(meter) = meter {
                // Without one every bit is the same, and so is the checksum.
                piece.hash(restored);
                meter.add(&given, piece);
            }
            Ok(())
        })?;
        let all = if view.shape().contains(&0) { 0 } else { view.shape()[0] };
        if checked != all {
            let what = format!("{checked} of the {all} time steps from {before} came back");
            return Err(ErrorKind::Broken { name: name.clone(), what }.into());
        }
        *before += view.shape()[0];
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::{Array, ArrayD};

    use super::{Check, Encoded};
    use crate::sidecar::Hasher;
    use crate::{ArrayView, Contract, ErrorKind, Options, Segment};

    fn values() -> ArrayD<f32> {
        let wave =
            |(t, y, x): (u8, u8, u8)| (f32::from(t) * 0.3 + f32::from(y) * 0.5 + f32::from(x) * 0.7).sin();
        let at = |place: usize| u8::try_from(place).unwrap_or(u8::MAX);
        Array::from_shape_fn((8, 16, 16), |(t, y, x)| wave((at(t), at(y), at(x)))).into_dyn()
    }

    /// A segment, but for one bit of a stream.
    fn encoded(view: &ArrayView<'_>, damaged: Option<usize>) -> Encoded {
        let mut segment = Segment::new(view, &Contract::Lossless, &Options::default()).unwrap();
        let mut streams = segment.take_frames();
        if let Some(stream) = damaged {
            streams[stream][0] ^= 1;
        }
        let (plan, side) = segment.into_parts();
        Encoded { plan, side, streams: streams.into_iter().map(Arc::new).collect() }
    }

    #[test]
    fn a_segment_that_does_not_come_back_is_told_with_its_place() {
        let values = values();
        let view = values.view().into();
        let whole = encoded(&view, None);
        let streams = whole.streams.len();
        let mut check = Check {
            name: "field".to_owned(),
            contract: Contract::Lossless,
            original: Hasher::default(),
            restored: Hasher::default(),
            meter: None,
            steps: 0,
        };
        check.segment(&view, whole).unwrap();
        assert_eq!(check.steps, 8);
        for stream in 0..streams {
            let error = check.segment(&view, encoded(&view, Some(stream))).unwrap_err();
            let ErrorKind::Broken { name, what } = error.kind() else { panic!("{error}") };
            assert!(
                name == "field" && what.starts_with("in the time steps from 8, value 0 of them is"),
                "{what}"
            );
            assert_eq!(check.steps, 8, "what is broken does not count");
        }
    }
}

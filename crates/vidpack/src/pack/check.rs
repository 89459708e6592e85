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
}

impl Check {
    /// Restores a segment and compares it. If it does not come back, there will be no pack.
    pub(super) fn segment(&mut self, view: &ArrayView<'_>, encoded: Encoded) -> Result<()> {
        let Self { name, contract, original, restored, meter } = self;
        let mut checked = 0;
        let Encoded { plan, side, streams } = encoded;
        restore_pieces(plan, &streams, &side, &mut |first, piece| {
            let steps = piece.shape()[0];
            let given = view.steps(first..first + steps);
            if let Some(what) = verify::broken(&given, piece, contract) {
                let what = format!("in the time steps from {first} of a segment, {what}");
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
            let what = format!("{checked} of {all} time steps of a segment came back");
            return Err(ErrorKind::Broken { name: name.clone(), what }.into());
        }
        Ok(())
    }
}

//! What `vidpack` is told of an array.

use vidpack::{ArrayOptions, Bound, Lossy, Quality};

use super::{ResolvedArray, channels_of};
use crate::recipe::{Codec, Components, Contract};
use crate::{Error, Result};

impl ResolvedArray {
    /// What `vidpack` is told of the array.
    pub(crate) fn video_options(&self) -> Result<ArrayOptions> {
        let contract = match &self.contract {
            Contract::Lossless => vidpack::Contract::Lossless,
            Contract::MaxError { .. } => match self.bounds.iter().copied().collect::<Option<Vec<f64>>>() {
                None => vidpack::Contract::Lossless,
                Some(bounds) => vidpack::Contract::MaxError(self.video_bound(&bounds)?),
            },
            Contract::Quality { .. } => {
                vidpack::Contract::Quality { bits: self.samples.bits, planes: self.samples.planes }
            }
        };
        let mut options = ArrayOptions::new(contract);
        options.components = self.components.map(Components::options);
        if let Codec::Lossy { encoder, crf, preset } = &self.codec {
            // Where it is to be found, this one is not looked at.
            let mut lossy = Lossy::new(Quality::Crf(crf.unwrap_or(ArrayOptions::DEFAULT_CRF)));
            lossy.preset.clone_from(preset);
            options.codec = encoder.codec(lossy);
            if let (None, Contract::Quality { min_psnr }) = (crf, &self.contract) {
                options.target_psnr_db = Some(*min_psnr);
            }
        }
        Ok(options)
    }

    /// How many of its columns have a range of their own: those of a row, and the channels of pictures.
    pub(crate) fn channels(&self) -> usize {
        channels_of(&self.shape)
    }

    /// Videos have bounds for positions on the last of two or four axes.
    fn video_bound(&self, bounds: &[f64]) -> Result<Bound> {
        if bounds.iter().all(|bound| bound.to_bits() == bounds[0].to_bits()) {
            return Ok(Bound::All(bounds[0]));
        }
        let channels = if self.shape.len() == 2 { 0 } else { self.channels() };
        let first = bounds.get(..channels).unwrap_or_default();
        if channels == 0 || bounds.chunks(channels).any(|chunk| chunk != first) {
            let why = format!(
                "bounds that differ need a frame of one or three axes, the last of them for what differs, not {:?}",
                self.shape
            );
            return Err(Error::recipe(format!("{}.shape", self.field), why));
        }
        Ok(Bound::Channels(first.to_vec()))
    }
}

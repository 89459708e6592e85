//! What a caller chooses about packs and arrays.

use std::fmt;
use std::sync::Arc;

use crate::{Codec, Components, Container, Contract, Error, Existing, Ffv1, Options};

/// How a pack is written.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct PackOptions {
    /// What happens to a pack of this name that is there already.
    pub existing: Existing,
    /// Whether the videos are decoded and compared before the pack gets its name.
    pub verify: Verify,
    /// Is told how far packing is.
    pub progress: Option<OnProgress>,
}

/// What is told how far packing is: once for each segment that is packed, and for each that is verified.
pub type OnProgress = Arc<dyn Fn(Progress<'_>) + Send + Sync>;

/// Whether videos are decoded and compared before the pack gets its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verify {
    /// Every frame. No codec is lossless by its name.
    #[default]
    Decode,
    /// Nothing of what an encoder wrote is looked at again. What the encoder was given has been restored and compared.
    Skip,
}

/// How an array is packed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ArrayOptions {
    /// What has to come back.
    pub contract: Contract,
    /// What encodes the pictures of [`Contract::Quality`]. The other contracts need a codec that loses nothing, and
    /// have FFV1.
    pub codec: Codec,
    /// How FFV1 is set, where it is used.
    pub ffv1: Ffv1,
    /// The kind of file around pictures of [`Contract::Quality`]. FFV1 goes into Matroska.
    pub container: Container,
    /// The least peak signal-to-noise ratio in decibels that pictures of [`Contract::Quality`] may come back with, as
    /// [`Measured::psnr_db`](crate::Measured::psnr_db) says it.
    ///
    /// The quality of the codec is then found, segment by segment, whatever [`Lossy::quality`](crate::Lossy) says: the
    /// greatest rate factor, in steps of 1, with which the segment is at least that near, in the range that each channel had
    /// up to there; the encoder's lossless way when no rate factor is. So the array is never below the target, and above it
    /// by what a step makes, usually less than 1 dB; by more where ranges grow late. Packing takes several times as long. When
    /// even the best is not near enough, packing ends with [`ErrorKind::Psnr`](crate::ErrorKind::Psnr).
    pub target_psnr_db: Option<f64>,
    /// Whether channels that vary together are packed as their principal components. Not for lossless packs.
    pub components: Option<Components>,
    /// How many bytes of the array are planned, and later decoded, together. Longer segments pack a little smaller, take more
    /// memory (about six times this), and are decoded whole when any of their time steps is read.
    pub segment_bytes: usize,
    /// How much is done to choose well.
    pub options: Options,
}

impl ArrayOptions {
    /// How many bytes of an array make a segment, unless the caller says otherwise.
    pub const DEFAULT_SEGMENT_BYTES: usize = 32 << 20;

    /// Everything but the contract as it usually is.
    #[must_use]
    pub fn new(contract: Contract) -> Self {
        Self {
            contract,
            codec: Codec::X265(crate::Lossy::new(crate::Quality::Crf(Self::DEFAULT_CRF))),
            ffv1: Ffv1::default(),
            container: Container::Matroska,
            target_psnr_db: None,
            components: None,
            segment_bytes: Self::DEFAULT_SEGMENT_BYTES,
            options: Options::default(),
        }
    }

    /// The rate factor of libx265, unless the caller names a codec.
    pub const DEFAULT_CRF: f32 = 18.0;

    /// Every bit comes back.
    #[must_use]
    pub fn lossless() -> Self {
        Self::new(Contract::Lossless)
    }

    /// Every finite value comes back to within this bound, and all others exactly.
    #[must_use]
    pub fn max_error(bound: f64) -> Self {
        Self::new(Contract::MaxError(crate::Bound::All(bound)))
    }

    /// Values are scaled to so many bits and left to a codec that may lose some of them.
    #[must_use]
    pub fn quality(bits: u8, codec: Codec) -> Self {
        let contract = Contract::Quality { bits, planes: crate::Planes::default() };
        Self { codec, ..Self::new(contract) }
    }
}

impl ArrayOptions {
    /// Pictures come back with at least this peak signal-to-noise ratio, in decibels.
    #[must_use]
    pub fn with_target_psnr_db(mut self, target_psnr_db: f64) -> Self {
        self.target_psnr_db = Some(target_psnr_db);
        self
    }

    /// Channels that vary together are packed as their principal components.
    #[must_use]
    pub fn with_components(mut self, components: Components) -> Self {
        self.components = Some(components);
        self
    }

    /// Whether all of it makes sense together.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.target_psnr_db {
            Some(_) if !matches!(self.contract, Contract::Quality { .. }) => {
                Err(Error::contract("only what a codec may lose of has a target in decibels"))
            }
            Some(target) if !target.is_finite() => {
                Err(Error::contract(format!("a target of {target} decibels; it has to be finite")))
            }
            _ => Ok(()),
        }
    }
}

/// How far a pack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The array.
    pub array: &'a str,
    /// What is being done.
    pub stage: Stage,
    /// Time steps that are done.
    pub steps: usize,
}

/// What is being done with an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// It is taken apart and encoded, and what was encoded before is checked.
    Packing,
    /// It is decoded and compared.
    Verifying,
}

impl fmt::Debug for PackOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackOptions")
            .field("existing", &self.existing)
            .field("verify", &self.verify)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}

//! The two types of floats, seen as bits.

use arrow_buffer::ArrowNativeType;
use bytemuck::Pod;
use parquet::file::statistics::Statistics;

/// A float and its bits.
pub(crate) trait Float: Pod + ArrowNativeType + PartialOrd {
    /// The bits of `numpy.nan`, which null stands for unless something else is recorded.
    const NAN_BITS: u64;
    const NEGATIVE_ZERO: Self;
    const ZERO: Self;
    const INFINITY: Self;
    const NEGATIVE_INFINITY: Self;

    fn bits(self) -> u64;
    /// The float of these bits; none where there are more than it has.
    fn from_bits(bits: u64) -> Option<Self>;
    fn is_nan(self) -> bool;
    /// What a column chunk says of its values.
    fn statistics(extremes: Option<(Self, Self)>, nulls: u64) -> Statistics;
}

impl Float for f64 {
    const NAN_BITS: u64 = f64::NAN.to_bits();
    const NEGATIVE_ZERO: Self = -0.0;
    const ZERO: Self = 0.0;
    const INFINITY: Self = f64::INFINITY;
    const NEGATIVE_INFINITY: Self = f64::NEG_INFINITY;

    fn bits(self) -> u64 {
        self.to_bits()
    }
    fn from_bits(bits: u64) -> Option<Self> {
        Some(f64::from_bits(bits))
    }
    fn is_nan(self) -> bool {
        f64::is_nan(self)
    }
    fn statistics(extremes: Option<(Self, Self)>, nulls: u64) -> Statistics {
        let (min, max) = extremes.unzip();
        Statistics::double(min, max, None, Some(nulls), false)
    }
}

impl Float for f32 {
    const NAN_BITS: u64 = f32::NAN.to_bits() as u64;
    const NEGATIVE_ZERO: Self = -0.0;
    const ZERO: Self = 0.0;
    const INFINITY: Self = f32::INFINITY;
    const NEGATIVE_INFINITY: Self = f32::NEG_INFINITY;

    fn bits(self) -> u64 {
        self.to_bits().into()
    }
    fn from_bits(bits: u64) -> Option<Self> {
        u32::try_from(bits).ok().map(f32::from_bits)
    }
    fn is_nan(self) -> bool {
        f32::is_nan(self)
    }
    fn statistics(extremes: Option<(Self, Self)>, nulls: u64) -> Statistics {
        let (min, max) = extremes.unzip();
        Statistics::float(min, max, None, Some(nulls), false)
    }
}

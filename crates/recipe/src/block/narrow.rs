//! Floats of 64 bits that are floats of 32 at heart.

const NAN_SHIFT: u32 = 52 - 23;
const F64_EXPONENT: u64 = 0x7ff << 52;
const F32_EXPONENT: u32 = 0xff << 23;

/// The float32 that a float64 is exactly. Processors may change a NaN that they convert: here its bits are moved.
#[expect(clippy::cast_possible_truncation, reason = "whether it was exact is looked at")]
pub(super) fn narrowed(value: f64) -> Option<f32> {
    let bits = value.to_bits();
    let narrow = if value.is_nan() {
        let mantissa = (bits & !F64_EXPONENT & !(1 << 63)) >> NAN_SHIFT;
        f32::from_bits(((bits >> 32) as u32 & (1 << 31)) | F32_EXPONENT | mantissa as u32)
    } else {
        value as f32
    };
    (widened(narrow).to_bits() == bits).then_some(narrow)
}

pub(super) fn widened(value: f32) -> f64 {
    if !value.is_nan() {
        return value.into();
    }
    let bits = value.to_bits();
    let mantissa = u64::from(bits & !F32_EXPONENT & !(1 << 31)) << NAN_SHIFT;
    f64::from_bits((u64::from(bits >> 31) << 63) | F64_EXPONENT | mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_narrowed_by_its_bits() {
        for bits in [0x7ff8_0000_0000_0000, 0xfff8_0000_2000_0000, 0x7ff4_0000_0000_0000_u64] {
            let narrow = narrowed(f64::from_bits(bits)).expect("its low bits are zero");
            assert_eq!(widened(narrow).to_bits(), bits);
        }
        assert_eq!(narrowed(f64::from_bits(0x7ff8_dead_beef_0001)), None);
        assert_eq!(narrowed(0.1), None);
        assert_eq!(narrowed(-0.0).map(f32::to_bits), Some(0x8000_0000));
    }
}

//! Floats as pandas writes them: the fewest digits that read back, laid out as Python and NumPy do.

/// From here on NumPy writes exponents: of f64 as Python, of f32 since NumPy 2.4 (before, as of f64).
const F64_EXPONENT_FROM: f64 = 1e16;
const F32_EXPONENT_FROM: f32 = 1e6;

/// Writes a number, or nothing for NaN.
pub(crate) fn push_f64(out: &mut Vec<u8>, number: f64) {
    if number.is_nan() {
        return;
    }
    if number.is_infinite() {
        out.extend_from_slice(if number > 0.0 { b"inf" } else { b"-inf" });
        return;
    }
    let magnitude = number.abs();
    let plain = magnitude == 0.0 || (1e-4..F64_EXPONENT_FROM).contains(&magnitude);
    push(out, zmij::Buffer::new().format_finite(number), plain);
}

/// Writes a number, or nothing for NaN.
pub(crate) fn push_f32(out: &mut Vec<u8>, number: f32) {
    if !number.is_finite() {
        return push_f64(out, f64::from(number));
    }
    let magnitude = number.abs();
    let plain = magnitude == 0.0 || (f64::from(magnitude) >= 1e-4 && magnitude < F32_EXPONENT_FROM);
    push(out, zmij::Buffer::new().format_finite(number), plain);
}

/// Lays out digits anew where they are not laid out as wanted.
fn push(out: &mut Vec<u8>, shortest: &str, plain: bool) {
    if plain && !shortest.contains('e') {
        out.extend_from_slice(shortest.as_bytes());
        return;
    }
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    if unsigned.len() < mantissa.len() {
        out.push(b'-');
    }
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let zeros = all.iter().take_while(|digit| **digit == b'0').count();
    let end = all.iter().rposition(|digit| *digit != b'0').map_or(zeros, |last| last + 1);
    let digits = &all[zeros..end.max(zeros)];
    // Of the number as `0.digits` times a power of ten. What the shortest form says fits by far.
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let scale = i32::try_from(whole.len()).unwrap_or(0) - i32::try_from(zeros).unwrap_or(0) + exponent;
    if plain {
        push_plain(out, digits, scale);
    } else {
        push_exponent(out, digits, scale - 1);
    }
}

fn push_plain(out: &mut Vec<u8>, digits: &[u8], scale: i32) {
    let whole = usize::try_from(scale).unwrap_or(0);
    if whole == 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', usize::try_from(-scale).unwrap_or(0)));
        out.extend_from_slice(if digits.is_empty() { b"0" } else { digits });
        return;
    }
    out.extend_from_slice(&digits[..whole.min(digits.len())]);
    out.extend(std::iter::repeat_n(b'0', whole.saturating_sub(digits.len())));
    out.push(b'.');
    out.extend_from_slice(digits.get(whole..).filter(|rest| !rest.is_empty()).unwrap_or(b"0"));
}

/// An exponent has its sign and at least two digits.
fn push_exponent(out: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    let (first, rest) = digits.split_at(digits.len().min(1));
    out.extend_from_slice(first);
    if !rest.is_empty() {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    out.extend_from_slice(
        format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()).as_bytes(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f64_text(number: f64) -> String {
        let mut out = Vec::new();
        push_f64(&mut out, number);
        String::from_utf8(out).expect("digits")
    }

    fn f32_text(number: f32) -> String {
        let mut out = Vec::new();
        push_f32(&mut out, number);
        String::from_utf8(out).expect("digits")
    }

    #[test]
    fn f64_are_laid_out_as_in_python() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (100.0, "100.0"),
            (0.0001, "0.0001"),
            (0.000_123_45, "0.00012345"),
            (0.000_099, "9.9e-05"),
            (1e-5, "1e-05"),
            (-1.5e-7, "-1.5e-07"),
            (1e15, "1000000000000000.0"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e22, "1e+22"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, ""),
        ] {
            assert_eq!(f64_text(number), text);
        }
    }

    #[test]
    fn f32_are_laid_out_as_in_numpy() {
        for (number, text) in [
            (0.1, "0.1"),
            (999_999.9, "999999.9"),
            (1e6, "1e+06"),
            (1_048_576.0, "1.048576e+06"),
            (16_777_216.0, "1.6777216e+07"),
            (0.0001, "1e-04"),
            (0.000_100_000_01, "0.00010000001"),
            (3.4e38, "3.4e+38"),
            (1e-45, "1e-45"),
            (-0.0, "-0.0"),
            (f32::NEG_INFINITY, "-inf"),
            (f32::NAN, ""),
        ] {
            assert_eq!(f32_text(number), text);
        }
    }

    #[test]
    fn every_float_reads_back() {
        // Exponents of all sizes, and mantissas that differ.
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..200_000 {
            bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let number = f64::from_bits(bits ^ (bits >> 29));
            if !number.is_nan() {
                assert_eq!(f64_text(number).parse::<f64>().map(f64::to_bits), Ok(number.to_bits()));
            }
            let (_, low) = ((bits >> 32), u32::try_from(bits >> 32).expect("32 bits"));
            let number = f32::from_bits(low);
            if !number.is_nan() {
                assert_eq!(f32_text(number).parse::<f32>().map(f32::to_bits), Ok(number.to_bits()));
            }
        }
    }
}

//! Sizes on the command line.

/// A size: a number of bytes, or of K, M, G or T of 1024 each; `GiB` and `GB` are the same as `G`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_uppercase();
    let unit = unit.strip_suffix("IB").or_else(|| unit.strip_suffix('B')).unwrap_or(&unit);
    let shift = match unit {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("not a size, such as 512M or 2G".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "not a size, such as 512M or 2G".to_owned())?;
    let bytes = number.checked_mul(1 << shift).ok_or("more than there can be")?;
    if bytes == 0 { Err("not a size above 0".to_owned()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in
            [("1", 1), ("512M", 512 << 20), ("1G", 1 << 30), ("2 GiB", 2 << 30), ("3kb", 3072)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "-1", "1.5G", "0", "99999999T", "1X", "1GG"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}

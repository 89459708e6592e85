//! Numbers as they stand in a page.

/// A count with its thousands apart, as it stands in a page, and in what is said beside it.
///
/// # Examples
///
/// ```
/// assert_eq!(pose_report::count(1_234_567), "1,234,567");
/// ```
#[must_use]
pub fn count(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A noun after its count.
///
/// # Examples
///
/// ```
/// assert_eq!([1, 2000].map(|number| pose_report::counted(number, "file")), ["1 file", "2,000 files"]);
/// ```
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

pub(crate) fn duration(seconds: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length of time")]
    let whole = seconds.round().max(0.0) as u64;
    match whole {
        0..100 => format!("{seconds:.1} s"),
        100..6000 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

pub(crate) fn bytes(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
    let mut size = bytes as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if size < 999.5 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    let decimals = usize::from(unit != "B" && size < 99.5);
    format!("{size:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!([bytes(0), bytes(1023), bytes(282_379)], ["0 B", "1.0 KiB", "276 KiB"]);
        assert_eq!([duration(4.26), duration(320.0), duration(7260.0)], ["4.3 s", "5 min 20 s", "2 h 1 min"]);
        assert_eq!(counted(1_234_567, "frame"), "1,234,567 frames");
        assert_eq!([0, 999, 1000].map(count), ["0", "999", "1,000"]);
    }
}

//! Numbers as people read them.

use std::time::Duration;

pub(crate) use pose_report::{count, counted};

/// A size: `276 KiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
    let mut size = bytes as f64;
    let mut units = ["KiB", "MiB", "GiB", "TiB"].into_iter();
    let Some(mut unit) = units.next().filter(|_| bytes >= 1024) else { return format!("{bytes} B") };
    size /= 1024.0;
    for larger in units {
        if size < 999.5 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    let decimals = if size < 9.95 { 2 } else { usize::from(size < 99.5) };
    format!("{size:.decimals$} {unit}")
}

/// What there is how much of, without what there is none of: `9 migrated, 1 failed`.
pub(crate) fn tally(parts: &[(usize, &str)], separator: &str) -> String {
    let some = parts.iter().filter(|(number, _)| *number > 0);
    some.map(|(number, what)| format!("{} {what}", count(*number))).collect::<Vec<_>>().join(separator)
}

/// A time: `12 ms`, `3.4 s`, `5 min 20 s`.
pub(crate) fn duration(elapsed: Duration) -> String {
    match elapsed.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds if seconds < 99.5 => format!("{seconds:.1} s"),
        _ => format!("{} min {} s", elapsed.as_secs() / 60, elapsed.as_secs() % 60),
    }
}

/// A number of six digits, without zeros at its end: `12.5`, `0.999871`, `1.2e-7`.
pub(crate) fn number(value: f64) -> String {
    const DIGITS: i32 = 6;
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let scientific = format!("{value:.*e}", 5);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..DIGITS).contains(&exponent) {
        let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or(0);
        return without_zeros(&format!("{value:.decimals$}")).to_owned();
    }
    format!("{}e{exponent}", without_zeros(digits))
}

fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        for (size, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (282_379, "276 KiB"),
            (1 << 20, "1.00 MiB"),
            (u64::MAX, "16777216 TiB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn a_tally_leaves_out_what_there_is_none_of() {
        assert_eq!(
            tally(&[(9000, "migrated"), (0, "planned"), (1, "failed")], ", "),
            "9,000 migrated, 1 failed"
        );
        assert_eq!(tally(&[(0, "failed")], "; "), "");
    }

    #[test]
    fn numbers_have_six_digits() {
        for (value, text) in [
            (0.0, "0"),
            (12.5, "12.5"),
            (-0.000_123_456_78, "-0.000123457"),
            (0.000_000_12, "1.2e-7"),
            (999_999.7, "1e6"),
            (100.0, "100"),
            (123_456.4, "123456"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn times_are_rounded() {
        let text = |millis| duration(Duration::from_millis(millis));
        assert_eq!([text(3), text(1500), text(320_000)], ["3 ms", "1.5 s", "5 min 20 s"]);
    }
}

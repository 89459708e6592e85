//! Numbers for people.

/// Seconds with three digits that count.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{} µs", digits(s * 1e6)),
        s if s < 1.0 => format!("{} ms", digits(s * 1e3)),
        s => format!("{} s", digits(s)),
    }
}

/// Bytes in powers of ten.
pub(super) fn bytes(bytes: f64) -> String {
    match bytes {
        b if b < 1e3 => format!("{b:.0} B"),
        b if b < 1e6 => format!("{} kB", digits(b / 1e3)),
        b if b < 1e9 => format!("{} MB", digits(b / 1e6)),
        b => format!("{} GB", digits(b / 1e9)),
    }
}

/// How many times: two digits that count, more where the number has them.
pub(super) fn times(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
}

/// What was said of a tick, without digits that say nothing.
pub(super) fn tick(said: String) -> String {
    let Some((number, unit)) = said.split_once(' ') else { return said };
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}")
}

fn digits(number: f64) -> String {
    match number {
        n if n < 9.995 => format!("{n:.2}"),
        n if n < 99.95 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, seconds, tick, times};

    #[test]
    fn ticks_have_the_digits_that_count() {
        let said = [0.001, 0.02, 0.1, 5.0, 0.0002].map(|value| tick(seconds(value)));
        assert_eq!(said, ["1 ms", "20 ms", "100 ms", "5 s", "200 µs"]);
    }

    #[test]
    fn three_digits_count() {
        let said = [2.5e-7, 9.996e-6, 1.2345e-3, 0.0999, 0.99999, 61.2].map(seconds);
        assert_eq!(said, ["0.25 µs", "10.0 µs", "1.23 ms", "99.9 ms", "1000 ms", "61.2 s"]);
        assert_eq!([12.0, 65_800.0, 1.07e8, 2.5e9].map(bytes), ["12 B", "65.8 kB", "107 MB", "2.50 GB"]);
        assert_eq!([1.0, 3.456, 12.6].map(times), ["1.00", "3.46", "13"]);
    }
}

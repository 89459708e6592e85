//! Text and numbers as they stand in a page.

/// Text in which nothing is markup and nothing steers what is around it: marks of writing direction end with it.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Marks that turn text around would make a name look like another one.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A count with its thousands apart.
pub(crate) fn count(count: usize) -> String {
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

pub(crate) fn counted(number: usize, noun: &str) -> String {
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
    fn names_are_text() {
        assert_eq!(escaped("<b \"&'\u{202e}\n"), "&lt;b &quot;&amp;&#39;\u{fffd}\u{fffd}");
    }

    #[test]
    fn numbers_are_for_people() {
        assert_eq!([bytes(0), bytes(1023), bytes(282_379)], ["0 B", "1.0 KiB", "276 KiB"]);
        assert_eq!([duration(4.26), duration(320.0), duration(7260.0)], ["4.3 s", "5 min 20 s", "2 h 1 min"]);
        assert_eq!(counted(1_234_567, "frame"), "1,234,567 frames");
    }
}

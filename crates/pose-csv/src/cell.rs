//! What a cell says, as pandas reads it.

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing: it is empty, or one of the texts that pandas takes for that.
    Missing,
    /// A whole number that fits 64 bits with a sign.
    Integer(i64),
    /// A whole number above those, that fits 64 bits without a sign.
    Unsigned(u64),
    /// A whole number that fits neither.
    Huge,
    /// A number with a point or an exponent, or an infinity.
    Float,
    /// `True` or `False`, in the spellings that pandas knows.
    Bool(bool),
    /// Anything else.
    Text,
}

/// What pandas takes for a missing value, beside an empty cell (`STR_NA_VALUES` of pandas 3.1; 1.5 lacks `None`).
const MISSING: [&[u8]; 17] = [
    b"nan",
    b"NaN",
    b"NA",
    b"N/A",
    b"n/a",
    b"NULL",
    b"null",
    b"None",
    b"<NA>",
    b"-nan",
    b"-NaN",
    b"#NA",
    b"#N/A",
    b"#N/A N/A",
    b"1.#IND",
    b"-1.#IND",
    b"1.#QNAN",
];
/// The one more that is longer than any number that is cut off would be.
const MISSING_TOO: &[u8] = b"-1.#QNAN";

impl Cell {
    /// What the bytes of a cell say.
    pub(crate) fn of(cell: &[u8]) -> Self {
        match Number::of(cell) {
            Some(number) => number.into(),
            None => Self::of_word(cell),
        }
    }

    fn of_word(cell: &[u8]) -> Self {
        match cell {
            b"" => Self::Missing,
            b"True" | b"TRUE" | b"true" => Self::Bool(true),
            b"False" | b"FALSE" | b"false" => Self::Bool(false),
            _ if is_infinity(cell) => Self::Float,
            _ if cell.len() <= MISSING_TOO.len() && (MISSING.contains(&cell) || cell == MISSING_TOO) => {
                Self::Missing
            }
            _ => Self::Text,
        }
    }

    /// Whether this is a number, a truth value or nothing: what the label of a column rarely is.
    pub(crate) fn is_value(self) -> bool {
        self != Self::Text
    }
}

/// The number that a cell says, for a column in which all do; NaN for a missing one.
pub(crate) fn float(cell: &[u8]) -> Option<f64> {
    if cell.is_empty() {
        return Some(f64::NAN);
    }
    // What Rust takes for a number beyond what pandas does (`NAN`, `infinity` with blanks) was text when the file was
    // opened, so it stands in no column of numbers. Neither takes a number for anything else than the nearest float.
    let text = std::str::from_utf8(trimmed(cell)).ok()?;
    match text.parse::<f64>() {
        Ok(number) if number.is_nan() => Some(f64::NAN),
        Ok(number) => Some(number),
        Err(_) => (Cell::of(cell) == Cell::Missing).then_some(f64::NAN),
    }
}

/// `inf` and `infinity`, in any case and with a sign.
fn is_infinity(cell: &[u8]) -> bool {
    let unsigned = match cell {
        [b'+' | b'-', rest @ ..] => rest,
        all => all,
    };
    unsigned.eq_ignore_ascii_case(b"inf") || unsigned.eq_ignore_ascii_case(b"infinity")
}

/// A number as it is spelt, blanks around it left out.
enum Number<'a> {
    Float,
    Whole { negative: bool, digits: &'a [u8] },
}

impl<'a> Number<'a> {
    fn of(cell: &'a [u8]) -> Option<Self> {
        let first = *cell.first()?;
        let cell = if first.is_ascii_whitespace()
            || cell.last().is_some_and(u8::is_ascii_whitespace)
            || first == 0x0b
        {
            trimmed(cell)
        } else {
            cell
        };
        let (negative, unsigned) = match cell {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            all => (false, all),
        };
        let (whole, rest) = leading_digits(unsigned);
        if rest.is_empty() {
            return (!whole.is_empty()).then_some(Self::Whole { negative, digits: whole });
        }
        let (has_digits, rest) = match rest {
            [b'.', rest @ ..] => {
                let (fraction, rest) = leading_digits(rest);
                (!whole.is_empty() || !fraction.is_empty(), rest)
            }
            rest => (!whole.is_empty(), rest),
        };
        let exponent = match rest {
            [] => return has_digits.then_some(Self::Float),
            [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => exponent,
            _ => return None,
        };
        let (digits, rest) = leading_digits(exponent);
        (has_digits && !digits.is_empty() && rest.is_empty()).then_some(Self::Float)
    }
}

impl From<Number<'_>> for Cell {
    fn from(number: Number<'_>) -> Self {
        let Number::Whole { negative, digits } = number else { return Self::Float };
        let add = |sum: u64, digit: &u8| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
        let Some(magnitude) = digits.iter().try_fold(0_u64, add) else { return Self::Huge };
        match (i64::try_from(magnitude), negative) {
            (Ok(number), false) => Self::Integer(number),
            (Ok(number), true) => Self::Integer(-number),
            (Err(_), false) => Self::Unsigned(magnitude),
            (Err(_), true) if magnitude == i64::MIN.unsigned_abs() => Self::Integer(i64::MIN),
            (Err(_), true) => Self::Huge,
        }
    }
}

fn leading_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// Without the blanks of C around it.
fn trimmed(cell: &[u8]) -> &[u8] {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let Some(start) = cell.iter().position(|byte| !blank(byte)) else { return b"" };
    let end = cell.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &cell[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_pandas() {
        for whole in ["1", "-1", "+1", "00012", " 1", "2 ", "\t7", "\u{b}7"] {
            assert!(matches!(Cell::of(whole.as_bytes()), Cell::Integer(_)), "{whole:?}");
        }
        for float in
            ["1.5", ".5", "5.", "1e5", "1E5", "1.e5", "-1e-400", "1e400", "inf", "-INF", "+Infinity", " 1.5 "]
        {
            assert_eq!(Cell::of(float.as_bytes()), Cell::Float, "{float:?}");
        }
        for text in [
            ".", "-", "+", "1e", "1e+", "e5", "1_0", "0x10", "1d5", "1 2", "--1", "1e5.5", "１", "NAN",
            "nan ", " ", "infinit", "true ", "1,5", " inf",
        ] {
            assert_eq!(Cell::of(text.as_bytes()), Cell::Text, "{text:?}");
        }
        for missing in ["", "nan", "NaN", "-nan", "None", "<NA>", "#N/A N/A", "-1.#QNAN"] {
            assert_eq!(Cell::of(missing.as_bytes()), Cell::Missing, "{missing:?}");
        }
    }

    #[test]
    fn whole_numbers_know_their_bounds() {
        assert_eq!(Cell::of(b"9223372036854775807"), Cell::Integer(i64::MAX));
        assert_eq!(Cell::of(b"-9223372036854775808"), Cell::Integer(i64::MIN));
        assert_eq!(Cell::of(b"9223372036854775808"), Cell::Unsigned(1 << 63));
        assert_eq!(Cell::of(b"18446744073709551615"), Cell::Unsigned(u64::MAX));
        assert_eq!(Cell::of(b"18446744073709551616"), Cell::Huge);
        assert_eq!(Cell::of(b"-9223372036854775809"), Cell::Huge);
    }

    #[test]
    fn a_missing_float_is_the_plain_nan() {
        for cell in ["", "nan", "-nan", "NULL"] {
            let bits = float(cell.as_bytes()).expect("it is missing").to_bits();
            assert_eq!(bits, 0x7ff8_0000_0000_0000, "{cell:?}");
        }
        assert_eq!(float(b"-0.0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
        assert_eq!(float(b"text"), None);
    }
}

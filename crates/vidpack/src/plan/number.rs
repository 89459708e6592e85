//! Numbers that keep their bits in JSON.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// 64 bits: of an integer, or of a float.
///
/// In JSON a string of hexadecimal digits: there, integers above 2^53 and negative zeros do not survive every program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Bits(pub u64);

impl Bits {
    /// The bits of a float.
    #[must_use]
    pub fn of_f64(value: f64) -> Self {
        Self(value.to_bits())
    }

    /// The float of these bits.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from_bits(self.0)
    }

    pub(crate) fn of_i64(value: i64) -> Self {
        Self(value.cast_unsigned())
    }

    pub(crate) fn to_i64(self) -> i64 {
        self.0.cast_signed()
    }
}

impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.strip_prefix("0x")
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .map(Self)
            .ok_or_else(|| de::Error::custom("expected 0x and up to 16 hexadecimal digits"))
    }
}

//! Numbers of any type.

use serde::{Serialize, Serializer};

/// A value as its column has it: whole numbers stay exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of a column of floats, or of columns of several types.
    Float(f64),
    /// Of a column of whole numbers, or of booleans, which count as 0 and 1.
    Integer(i128),
}

impl Number {
    /// The number as a float, rounded where it has to be.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "it is asked for")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Float(value) => value,
            Self::Integer(value) => value as f64,
        }
    }
}

/// JSON has no infinities: they are the texts `inf` and `-inf`.
impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Float(value) => float(value, serializer),
            Self::Integer(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => serializer.serialize_i64(value),
                (_, Ok(value)) => serializer.serialize_u64(value),
                _ => serializer.serialize_i128(value),
            },
        }
    }
}

pub(crate) fn float<S: Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_infinite() {
        return serializer.serialize_str(if value > 0.0 { "inf" } else { "-inf" });
    }
    serializer.serialize_f64(value)
}

#[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn optional_float<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value.filter(|value| !value.is_nan()) {
        Some(value) => float(value, serializer),
        None => serializer.serialize_none(),
    }
}

//! Moments, and spans of a life.

use std::fmt;
use std::str::FromStr;

use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::Offset;
use jiff::{Timestamp, civil};

/// A moment with its offset from universal time, as NWB wants them.
///
/// # Examples
///
/// ```
/// use pose_nwb::Moment;
///
/// let start: Moment = "2023-10-30T14:05:00+01:00".parse()?;
/// assert_eq!(start.to_string(), "2023-10-30T14:05:00+01:00");
/// assert!("2023-10-30T14:05:00".parse::<Moment>().is_err(), "where in the world?");
/// # Ok::<(), pose_nwb::MomentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    timestamp: Timestamp,
    offset: Offset,
}

/// Why a text is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MomentError {
    /// It is not written as ISO 8601 has it, or there is no such day.
    #[error("{text:?} is no time as ISO 8601 writes it, such as 2023-10-30T14:05:00+01:00")]
    Syntax {
        /// The text.
        text: String,
    },
    /// Nothing says which part of the world it is meant for.
    #[error("{text:?} has no offset from universal time: add one such as +01:00, or Z")]
    NoOffset {
        /// The text.
        text: String,
    },
}

impl Moment {
    /// This very moment, in universal time.
    #[must_use]
    pub fn now() -> Self {
        Self { timestamp: Timestamp::now(), offset: Offset::UTC }
    }

    /// A day, as its first moment in universal time: for dates of birth.
    ///
    /// # Errors
    ///
    /// When the text is neither a day nor a moment.
    pub(crate) fn of_day(text: &str) -> Result<Self, MomentError> {
        let Ok(day) = text.parse::<civil::Date>() else { return text.parse() };
        // A day is also what is left of a moment whose time was not looked at.
        if text.len() > "2023-10-30".len() {
            return text.parse();
        }
        let timestamp = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
        let timestamp = timestamp.map_err(|_| MomentError::Syntax { text: text.to_owned() })?;
        Ok(Self { timestamp, offset: Offset::UTC })
    }

    pub(crate) fn is_after(&self, other: &Self) -> bool {
        self.timestamp > other.timestamp
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let wrong = || MomentError::Syntax { text: text.to_owned() };
        let pieces = Pieces::parse(text).map_err(|_| wrong())?;
        let time = pieces.time().ok_or_else(wrong)?;
        let offset = match pieces.offset() {
            Some(PiecesOffset::Numeric(offset)) => offset.offset(),
            Some(PiecesOffset::Zulu) => Offset::UTC,
            _ => return Err(MomentError::NoOffset { text: text.to_owned() }),
        };
        let timestamp = offset.to_timestamp(pieces.date().to_datetime(time)).map_err(|_| wrong())?;
        Ok(Self { timestamp, offset })
    }
}

/// As ISO 8601 has it, with the offset that was given.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp.display_with_offset(self.offset).fmt(f)
    }
}

/// Whether a text is a duration as ISO 8601 writes one, such as `P90D`.
pub(crate) fn is_duration(text: &str) -> bool {
    seconds_of(text).is_some()
}

/// About how many seconds a duration has; none when the text is none. A month has a twelfth of a year, a year 365.25 days.
pub(crate) fn seconds_of(text: &str) -> Option<f64> {
    const DAY: f64 = 86_400.0;
    const YEAR: f64 = 365.25 * DAY;
    let rest = text.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (rest, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let days = sum_of(days, &[('Y', YEAR), ('M', YEAR / 12.0), ('W', 7.0 * DAY), ('D', DAY)])?;
    Some(days + sum_of(time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)])?)
}

/// Numbers, each followed by its unit, with the units in this order.
fn sum_of(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut sum = 0.0;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, rest) = text.split_at(end);
        let whole = number.split_once('.').is_none_or(|(whole, part)| !whole.is_empty() && !part.is_empty());
        let unit = rest.chars().next()?;
        let (_, seconds) = units.find(|(name, _)| *name == unit)?;
        sum += number.parse::<f64>().ok().filter(|_| whole)? * seconds;
        text = &rest[unit.len_utf8()..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_from_what_looks_like_one() {
        for text in ["P90D", "P2Y", "P1Y2M3W4DT5H6M7S", "PT1H", "P0.5D", "P23W"] {
            assert!(is_duration(text), "{text}");
        }
        for text in ["", "P", "90D", "P90", "PT", "P1DT", "P1H", "PD", "P1D2Y", "P.5D", "P1.D", "p1D", "P-1D"]
        {
            assert!(!is_duration(text), "{text}");
        }
    }

    #[test]
    fn the_offset_of_a_moment_is_kept() {
        for text in ["2023-10-30T14:05:00.25-03:30", "1999-01-01T00:00:00+00:00"] {
            assert_eq!(text.parse::<Moment>().expect("it is one").to_string(), text);
        }
        assert_eq!(
            "2023-10-30T14:05:00Z".parse::<Moment>().unwrap().to_string(),
            "2023-10-30T14:05:00+00:00"
        );
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "2023-13-01T00:00:00Z", "yesterday", "2023-10-30", "2023-10-30T14:05:00"] {
            text.parse::<Moment>().expect_err(text);
        }
    }

    #[test]
    fn a_day_is_its_first_moment() {
        assert_eq!(Moment::of_day("2022-02-03").unwrap().to_string(), "2022-02-03T00:00:00+00:00");
        assert_eq!(
            Moment::of_day("2022-02-03T04:05:06+01:00").unwrap().to_string(),
            "2022-02-03T04:05:06+01:00"
        );
        Moment::of_day("2022-02-03T04:05:06").expect_err("it has no offset");
    }
}

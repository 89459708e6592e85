//! Moments as pandas writes them: all of a column as fine as the finest needs.

use std::fmt::Write as _;

use arrow_schema::TimeUnit;

/// How fine the moments of a column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resolution {
    /// The date alone: every moment is at midnight, and has no time zone.
    #[default]
    Days,
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// A moment since 1970, as a column of this unit and offset counts it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    unit: TimeUnit,
    /// Seconds east of UTC, of a column that has a time zone.
    offset: Option<i64>,
}

impl Clock {
    /// Of a column with this unit and time zone; none for a zone that has to be looked up.
    pub(crate) fn new(unit: TimeUnit, zone: Option<&str>) -> Option<Self> {
        let offset = match zone {
            None => None,
            Some("UTC" | "utc" | "Etc/UTC" | "Z") => Some(0),
            Some(offset) => Some(seconds_east(offset)?),
        };
        Some(Self { unit, offset })
    }

    /// How fine a moment has to be written; none when pandas could not.
    pub(crate) fn resolution(self, moment: i64) -> Option<Resolution> {
        let (seconds, nanoseconds) = self.split(moment)?;
        let (year, ..) = date(seconds.div_euclid(86_400));
        if !(1..=9999).contains(&year) {
            return None;
        }
        Some(match nanoseconds {
            0 if seconds.rem_euclid(86_400) == 0 && self.offset.is_none() => Resolution::Days,
            0 => Resolution::Seconds,
            some if some % 1_000_000 == 0 => Resolution::Milliseconds,
            some if some % 1_000 == 0 => Resolution::Microseconds,
            _ => Resolution::Nanoseconds,
        })
    }

    /// A moment as text.
    pub(crate) fn text(self, moment: i64, resolution: Resolution) -> String {
        let (seconds, nanoseconds) = self.split(moment).unwrap_or_default();
        let (year, month, day) = date(seconds.div_euclid(86_400));
        let mut text = format!("{year:04}-{month:02}-{day:02}");
        if resolution > Resolution::Days {
            let of_day = seconds.rem_euclid(86_400);
            let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
            // Writing to a string cannot fail.
            let _ = write!(text, " {hour:02}:{minute:02}:{second:02}");
        }
        let _ = match resolution {
            Resolution::Days | Resolution::Seconds => Ok(()),
            Resolution::Milliseconds => write!(text, ".{:03}", nanoseconds / 1_000_000),
            Resolution::Microseconds => write!(text, ".{:06}", nanoseconds / 1_000),
            Resolution::Nanoseconds => write!(text, ".{nanoseconds:09}"),
        };
        if let Some(offset) = self.offset {
            let sign = if offset < 0 { '-' } else { '+' };
            let minutes = offset.abs() / 60;
            let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        text
    }

    /// Seconds since 1970 on the clock of the column, and nanoseconds.
    fn split(self, moment: i64) -> Option<(i64, i64)> {
        let per_second = match self.unit {
            TimeUnit::Second => 1,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Microsecond => 1_000_000,
            TimeUnit::Nanosecond => 1_000_000_000,
        };
        let seconds = moment.div_euclid(per_second).checked_add(self.offset.unwrap_or(0))?;
        Some((seconds, moment.rem_euclid(per_second) * (1_000_000_000 / per_second)))
    }
}

/// `+05:30` in seconds.
fn seconds_east(offset: &str) -> Option<i64> {
    let (sign, rest) = match offset.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<u8>().ok()).flatten().map(i64::from);
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Year, month and day of a day since 1970, in the Gregorian calendar.
fn date(days: i64) -> (i64, i64, i64) {
    // Counted in eras of 400 years from 1 March of the year 0, so that a leap day is the last of its year.
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_as_fine_as_they_need() {
        let clock = Clock::new(TimeUnit::Nanosecond, None).expect("no zone");
        let day = 1_704_067_200_000_000_000;
        for (moment, resolution, text) in [
            (day, Resolution::Days, "2024-01-01"),
            (day + 3_600_000_000_000, Resolution::Seconds, "2024-01-01 01:00:00"),
            (day + 500_000_000, Resolution::Milliseconds, "2024-01-01 00:00:00.500"),
            (day + 1_000, Resolution::Microseconds, "2024-01-01 00:00:00.000001"),
            (day - 1, Resolution::Nanoseconds, "2023-12-31 23:59:59.999999999"),
            (-100_000_000, Resolution::Milliseconds, "1969-12-31 23:59:59.900"),
            (i64::MIN + 1, Resolution::Nanoseconds, "1677-09-21 00:12:43.145224193"),
        ] {
            assert_eq!(clock.resolution(moment), Some(resolution));
            assert_eq!(clock.text(moment, resolution), text);
        }
        let seconds = Clock::new(TimeUnit::Second, None).expect("no zone");
        assert_eq!(seconds.resolution(i64::MAX), None);
        assert_eq!(seconds.text(951_782_400, Resolution::Days), "2000-02-29");
        assert_eq!(seconds.text(-2_203_891_200, Resolution::Days), "1900-03-01");
    }

    #[test]
    fn offsets_are_written_and_zones_are_not_looked_up() {
        let clock = Clock::new(TimeUnit::Second, Some("+05:30")).expect("an offset");
        assert_eq!(clock.resolution(0), Some(Resolution::Seconds));
        assert_eq!(clock.text(0, Resolution::Seconds), "1970-01-01 05:30:00+05:30");
        let utc = Clock::new(TimeUnit::Second, Some("UTC")).expect("no offset");
        assert_eq!(utc.text(0, Resolution::Seconds), "1970-01-01 00:00:00+00:00");
        assert!(Clock::new(TimeUnit::Second, Some("Europe/Berlin")).is_none());
        assert!(Clock::new(TimeUnit::Second, Some("+5")).is_none());
    }
}

//! Axes: where ticks are, and what they say.

/// A range of values on a range of pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) start: f64,
    pub(crate) length: f64,
}

impl Axis {
    pub(crate) fn at(&self, value: f64) -> f64 {
        let span = self.to - self.from;
        if span > 0.0 {
            self.start + (value - self.from) / span * self.length
        } else {
            self.start + self.length / 2.0
        }
    }

    /// Round values with at least `apart` pixels between them, and how they are written.
    pub(crate) fn ticks(&self, apart: f64) -> Vec<(f64, String)> {
        let span = self.to - self.from;
        if !(span > 0.0 && span.is_finite()) {
            return vec![(self.at(self.from), short(self.from, 0))];
        }
        let step = round_up(span * apart / self.length);
        let decimals = (0..12).take_while(|digits| 10_f64.powi(-digits) > step * (1.0 + 1e-9)).count();
        let first = (self.from / step).ceil();
        (0..1000_u32)
            .map(|number| (first + f64::from(number)) * step)
            .take_while(|value| *value <= self.to + step * 1e-9)
            .map(|value| (self.at(value), short(value, decimals)))
            .collect()
    }
}

/// The next of 1, 2 and 5 times a power of ten.
fn round_up(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let of = [1.0, 2.0, 5.0].into_iter().find(|of| of * power >= step * (1.0 - 1e-9));
    of.unwrap_or(10.0) * power
}

/// A number with its thousands apart.
pub(crate) fn short(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", if value == 0.0 { 0.0 } else { value });
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("−", digits));
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        // Thousands apart from five digits on.
        if at > 0 && digits.len() > 4 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// What time is told in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clock {
    /// How many frames one of it is.
    pub(crate) frames: f64,
    pub(crate) name: &'static str,
}

impl Clock {
    /// Seconds, minutes or hours where the frame rate is known; frames where it is not.
    #[allow(clippy::cast_precision_loss, reason = "for an axis")]
    pub(crate) fn of(frame_rate_hz: Option<f64>, num_frames: usize) -> Self {
        let Some(rate) = frame_rate_hz.filter(|rate| rate.is_finite() && *rate > 0.0) else {
            return Self { frames: 1.0, name: "frame" };
        };
        match num_frames as f64 / rate {
            seconds if seconds <= 300.0 => Self { frames: rate, name: "seconds" },
            seconds if seconds <= 3.0 * 3600.0 => Self { frames: rate * 60.0, name: "minutes" },
            _ => Self { frames: rate * 3600.0, name: "hours" },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(from: f64, to: f64) -> Vec<String> {
        let axis = Axis { from, to, start: 0.0, length: 500.0 };
        axis.ticks(90.0).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.0, 640.0), ["0", "200", "400", "600"]);
        assert_eq!(ticks(-0.3, 0.6), ["−0.2", "0.0", "0.2", "0.4", "0.6"]);
        assert_eq!(ticks(0.0, 1_000_000.0)[1], "200\u{2009}000");
        assert_eq!(ticks(5.0, 5.0), ["5"]);
        assert_eq!(ticks(f64::NEG_INFINITY, f64::INFINITY).len(), 1);
    }

    #[test]
    fn long_recordings_are_told_in_minutes_and_hours() {
        assert_eq!(Clock::of(None, 10).name, "frame");
        assert_eq!(Clock::of(Some(25.0), 2500), Clock { frames: 25.0, name: "seconds" });
        assert_eq!(Clock::of(Some(25.0), 25 * 3600).name, "minutes");
        assert_eq!(Clock::of(Some(25.0), 25 * 86_400).name, "hours");
    }
}

//! The frame rate that times and frames have in common.

use crate::layout::long::seconds;

/// The frame rates that all frames so far agree with.
pub(super) struct Rates(Option<Vec<f64>>);

impl Rates {
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// Strikes off those that this frame has another time by, bit for bit.
    pub(super) fn narrow(&mut self, frame: i128, time: f64) {
        let agrees = |rate: &f64| seconds(frame, *rate).to_bits() == time.to_bits();
        match &mut self.0 {
            Some(rates) => rates.retain(agrees),
            // The first frame of all is at 0 whatever the rate.
            None if frame == 0 && time.to_bits() == 0.0_f64.to_bits() => {}
            None => self.0 = Some(candidates(frame, time).into_iter().filter(agrees).collect()),
        }
    }

    /// The roundest of those that are left.
    pub(super) fn rate(&self) -> Option<f64> {
        self.0.as_ref().and_then(|rates| rates.first().copied())
    }
}

/// The rates that a frame can have its time by, the round ones first: what was divided by cannot be told from the
/// quotient to the last bit.
fn candidates(frame: i128, time: f64) -> Vec<f64> {
    let rate = seconds(frame, time);
    if !(rate.is_finite() && rate > 0.0) {
        return Vec::new();
    }
    let to_digits = |scale: f64| (rate * scale).round() / scale;
    // Of television: 30,000 / 1,001 and its like.
    let of_television = (rate * 1.001).round() * 1000.0 / 1001.0;
    vec![
        to_digits(1.0),
        to_digits(1e3),
        of_television,
        to_digits(1e6),
        rate,
        rate.next_up(),
        rate.next_down(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rate: f64, frames: std::ops::Range<i128>) -> Option<f64> {
        let mut rates = Rates::new();
        frames.for_each(|frame| rates.narrow(frame, seconds(frame, rate)));
        rates.rate()
    }

    #[test]
    fn rates_are_found_bit_for_bit() {
        for rate in [30.0, 25.0, 29.97, 30_000.0 / 1_001.0, 119.88, 0.1, 1e6] {
            assert_eq!(found(rate, 0..1000).map(f64::to_bits), Some(rate.to_bits()), "{rate}");
            assert_eq!(found(rate, 7..9).map(f64::to_bits), Some(rate.to_bits()), "{rate}");
        }
    }

    #[test]
    fn times_that_are_no_multiples_have_no_rate() {
        let mut rates = Rates::new();
        for (frame, time) in [(0, 0.0), (1, 0.1), (2, 0.2), (3, 0.31)] {
            rates.narrow(frame, time);
        }
        assert_eq!(rates.rate(), None);
        assert_eq!(found(30.0, 0..1), None, "frame 0 says nothing");
        for time in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
            let mut rates = Rates::new();
            rates.narrow(1, time);
            assert_eq!(rates.rate(), None);
        }
    }
}

//! Mean and deviation, without the errors that plain sums pile up.

/// What is known of values that came in parts.
///
/// Sums are compensated (Neumaier 1974), so that a mean is as good as its values. Squares are taken from the mean of each
/// part, to which what rounding took from it belongs, and put together as Chan and others (1979) do: a mean of 1e9 with a deviation of 1e-3 keeps its digits,
/// which a sum of squares would lose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    pub(crate) count: usize,
    sum: Sum,
    /// The sum of squared distances from the mean.
    squares: f64,
    has_infinity: bool,
}

/// A sum with what rounding took from it.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let (larger, smaller) =
            if self.sum.abs() >= value.abs() { (self.sum, value) } else { (value, self.sum) };
        // Past infinity there is nothing left to mend.
        if sum.is_finite() {
            self.lost += (larger - sum) + smaller;
        }
        self.sum = sum;
    }

    fn get(self) -> f64 {
        self.sum + self.lost
    }

    /// The mean of so many, and what rounding took from it.
    fn mean(self, count: f64) -> (f64, f64) {
        let mean = self.get() / count;
        let rest = (-mean).mul_add(count, self.sum) + self.lost;
        (mean, if rest.is_finite() { rest / count } else { 0.0 })
    }
}

#[allow(clippy::cast_precision_loss, reason = "there are fewer than 2^53 values")]
impl Moments {
    /// Adds a part.
    pub(crate) fn add(&mut self, values: impl Iterator<Item = f64> + Clone) {
        let mut part = Self::default();
        for value in values.clone() {
            part.count += 1;
            part.sum.add(value);
            part.has_infinity |= value.is_infinite();
        }
        if part.count == 0 {
            return;
        }
        let ((mean, rest), mut squares) = (part.sum.mean(part.count as f64), Sum::default());
        for value in values {
            let distance = (value - mean) - rest;
            squares.add(distance * distance);
        }
        part.squares = squares.get();
        self.join(&part);
    }

    fn join(&mut self, part: &Self) {
        if self.count == 0 {
            *self = *part;
            return;
        }
        let (ours, theirs) = (self.count as f64, part.count as f64);
        let ((our_mean, our_rest), (their_mean, their_rest)) = (self.sum.mean(ours), part.sum.mean(theirs));
        let apart = (their_mean - our_mean) + (their_rest - our_rest);
        self.squares += part.squares + apart * apart * (ours * theirs / (ours + theirs));
        self.count += part.count;
        self.sum.add(part.sum.sum);
        self.sum.add(part.sum.lost);
        self.has_infinity |= part.has_infinity;
    }

    /// The mean; NaN without values, or between infinities.
    pub(crate) fn mean(&self) -> f64 {
        self.sum.get() / self.count as f64
    }

    /// The standard deviation with one degree of freedom less than there are values; NaN of fewer than two, or where one
    /// is infinite.
    pub(crate) fn deviation(&self) -> f64 {
        if self.count < 2 || self.has_infinity {
            return f64::NAN;
        }
        (self.squares / (self.count - 1) as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[&[f64]]) -> Moments {
        let mut moments = Moments::default();
        for part in parts {
            moments.add(part.iter().copied());
        }
        moments
    }

    #[test]
    fn a_small_deviation_survives_a_large_mean() {
        let values: Vec<f64> = (0..10_000_u32).map(|n| 1e9 + f64::from(n % 2) * 0.5).collect();
        let parts: Vec<&[f64]> = values.chunks(77).collect();
        let moments = of(&parts);
        assert_eq!(moments.mean().to_bits(), (1e9_f64 + 0.25).to_bits());
        let expected = 0.25 * (10_000.0_f64 / 9_999.0).sqrt();
        assert!((moments.deviation() / expected - 1.0).abs() < 1e-12, "{}", moments.deviation());
    }

    #[test]
    fn what_cancels_leaves_no_rounding() {
        assert_eq!(of(&[&[1e16, 1.0], &[-1e16, 1.0]]).mean().to_bits(), 0.5_f64.to_bits());
    }

    #[test]
    fn infinities_and_too_few_values_are_told() {
        assert_eq!(of(&[&[1.0], &[f64::INFINITY, 2.0]]).mean().to_bits(), f64::INFINITY.to_bits());
        assert!(of(&[&[f64::INFINITY], &[f64::NEG_INFINITY]]).mean().is_nan());
        assert!(of(&[&[1.0, f64::INFINITY]]).deviation().is_nan());
        assert!(of(&[&[1.0]]).deviation().is_nan() && of(&[&[], &[]]).mean().is_nan());
        assert_eq!(of(&[&[3.0], &[3.0, 3.0]]).deviation().to_bits(), 0.0_f64.to_bits());
    }
}

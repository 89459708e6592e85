//! Logarithmic scales.

/// Numbers along an axis, each power of ten as long as the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Of all values that are above zero, from `from` to `to`; none without such values.
    pub(super) fn of(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Option<Self> {
        let (low, high) = values
            .filter(|value| value.is_finite() && *value > 0.0)
            .fold((f64::INFINITY, 0_f64), |(low, high), value| (low.min(value), high.max(value)));
        // A little room at both ends, also where there is a single value.
        (low <= high).then(|| Self { low: (low / 1.25).log10(), high: (high * 1.25).log10(), from, to })
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        self.from + (value.log10() - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// 1, 2 and 5 of each power of ten; only 1 where there are many.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let steps: &[f64] = if self.high - self.low > 2.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let mut ticks = Vec::new();
        let mut power = self.low.floor();
        while power <= self.high {
            ticks.extend(steps.iter().map(|step| step * 10_f64.powf(power)));
            power += 1.0;
        }
        ticks.retain(|tick| (self.low..=self.high).contains(&tick.log10()));
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn powers_of_ten_are_equally_far_apart() {
        let scale = Scale::of([0.0, f64::NAN, 1.0, 1000.0].into_iter(), 0.0, 100.0).unwrap();
        let steps = [1.0, 10.0, 100.0, 1000.0].map(|value| scale.at(value));
        assert!(steps.windows(2).all(|pair| (pair[1] - pair[0] - (steps[1] - steps[0])).abs() < 1e-9));
        assert_eq!(scale.ticks().len(), 4);
        assert!(Scale::of([0.0].into_iter(), 0.0, 1.0).is_none());
    }

    #[test]
    fn a_short_scale_has_more_ticks() {
        let scale = Scale::of([1.0, 20.0].into_iter(), 0.0, 1.0).unwrap();
        let ticks: Vec<String> = scale.ticks().iter().map(|tick| format!("{tick:.1}")).collect();
        assert_eq!(ticks, ["1.0", "2.0", "5.0", "10.0", "20.0"]);
    }
}

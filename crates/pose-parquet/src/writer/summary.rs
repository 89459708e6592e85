//! What the values of a page, or of a column chunk, are altogether.

use parquet::file::metadata::ColumnIndexBuilder;

use crate::float::Float;

/// What is said of values so that readers can pass over them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary<F> {
    min: F,
    max: F,
    pub(super) nulls: usize,
    /// Those that are values.
    nans: usize,
}

impl<F: Float> Default for Summary<F> {
    fn default() -> Self {
        Self { min: F::INFINITY, max: F::NEGATIVE_INFINITY, nulls: 0, nans: 0 }
    }
}

impl<F: Float> Summary<F> {
    /// Sums up values. The bits of the first NaN become those of missing values where there are none yet.
    pub(super) fn of(values: &[F], missing: &mut Option<u64>) -> Self {
        /// So many at a time that the processor's vectors are full.
        const LANES: usize = 8;
        let (mut min, mut max) = ([F::INFINITY; LANES], [F::NEGATIVE_INFINITY; LANES]);
        let mut has_nan = [false; LANES];
        let mut look = |lane: usize, value: F| {
            min[lane] = if value < min[lane] { value } else { min[lane] };
            max[lane] = if value > max[lane] { value } else { max[lane] };
            has_nan[lane] |= value.is_nan();
        };
        let (eights, rest) = values.as_chunks::<LANES>();
        for eight in eights {
            for (lane, &value) in eight.iter().enumerate() {
                look(lane, value);
            }
        }
        for &value in rest {
            look(0, value);
        }
        let mut summary = Self::default();
        for (&min, &max) in min.iter().zip(&max) {
            summary.widen(min, max);
        }
        if has_nan.contains(&true) {
            for value in values.iter().filter(|value| value.is_nan()) {
                let missing = *missing.get_or_insert(value.bits());
                if value.bits() == missing { summary.nulls += 1 } else { summary.nans += 1 }
            }
        }
        summary
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.widen(other.min, other.max);
        self.nulls += other.nulls;
        self.nans += other.nans;
    }

    fn widen(&mut self, min: F, max: F) {
        if min < self.min {
            self.min = min;
        }
        if max > self.max {
            self.max = max;
        }
    }

    /// The smallest and the largest value; none where there are only missing ones. Zeros compare alike, so a least one
    /// is said to be negative and a greatest one positive: what Parquet asks for.
    pub(super) fn extremes(&self) -> Option<(F, F)> {
        let signed = |value: F, zero: F| if value == F::ZERO { zero } else { value };
        (self.min <= self.max).then(|| (signed(self.min, F::NEGATIVE_ZERO), signed(self.max, F::ZERO)))
    }

    /// Appends what is known of a page of so many rows to the index of pages.
    pub(super) fn add_to(&self, index: &mut ColumnIndexBuilder, rows: usize) {
        let bytes = |value: F| bytemuck::bytes_of(&value).to_vec();
        let (nulls, nans) = (self.nulls.cast_signed() as i64, self.nans.cast_signed() as i64);
        match self.extremes() {
            Some((min, max)) => index.append(false, bytes(min), bytes(max), nulls, Some(nans)),
            None if self.nulls == rows => index.append(true, Vec::new(), Vec::new(), nulls, Some(0)),
            // Nothing can be said of values that are all NaN.
            None => index.to_invalid(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn extremes_pass_over_nan_and_give_zeros_their_sign() {
        let of = |values: &[f64]| Summary::of(values, &mut None).extremes();
        let same = |found: Option<(f64, f64)>, (min, max): (f64, f64)| {
            found
                .is_some_and(|found| (found.0.to_bits(), found.1.to_bits()) == (min.to_bits(), max.to_bits()))
        };
        let mut long = vec![3.0; 100];
        long[50] = -1.0;
        long[97] = f64::NAN;
        long[99] = 7.0;
        assert!(same(of(&long), (-1.0, 7.0)));
        assert!(same(of(&[0.0, 0.0]), (-0.0, 0.0)));
        assert!(same(of(&[f64::INFINITY]), (f64::INFINITY, f64::INFINITY)));
        assert!(same(of(&[f64::NEG_INFINITY, f64::NAN]), (f64::NEG_INFINITY, f64::NEG_INFINITY)));
        assert_eq!(of(&[f64::NAN]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn the_first_nan_is_what_null_stands_for() {
        let mut missing = None;
        let summary = Summary::of(&[1.0, -f64::NAN, f64::NAN, -f64::NAN], &mut missing);
        assert_eq!((summary.nulls, summary.nans), (2, 1));
        assert_eq!(missing, Some((-f64::NAN).to_bits()));
        let later = Summary::of(&[f64::NAN], &mut missing);
        assert_eq!((later.nulls, later.nans), (0, 1));
    }
}

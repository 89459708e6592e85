//! Loops over values, with wider vectors where the processor at hand has them: what is called `x86-64` has two values of 64 bits in
//! each, nearly every one of the last ten years four.
//!
//! How many values are taken at a time is all that changes: each goes through the same operations in the same order, and no product is
//! fused with a sum. So a pack has the same bytes whatever processor wrote it.

/// Does the work in code that is compiled for the vectors that there are.
///
/// That goes only for what is inlined there: the closure has to be `#[inline(always)]`, and so has what it calls, if it is to be sure.
/// What is not inlined runs as it is compiled for any processor, and only takes longer.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call would leave for code that is compiled for any processor")]
pub(crate) fn with_widest<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "this is the module for it")]
        // SAFETY: all that `wide` asks of whoever calls it is a processor with AVX2, and this one was just seen to have it.
        return unsafe { wide(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn wide<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    use super::with_widest;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as in `with_widest`")]
    fn weighed(values: &[f64], sums: &mut [f64]) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = *sum * 1.1 + value * 0.3;
        }
    }

    #[test]
    fn wider_vectors_round_as_others_do() {
        let values: Vec<f64> = (0..1003).map(|number| f64::from(number).sin() * 1e5).collect();
        let (mut one, mut other) = (values.clone(), values.clone());
        for _ in 0..20 {
            with_widest(
                #[inline(always)]
                || weighed(&values, &mut one),
            );
            weighed(&values, std::hint::black_box(&mut other));
        }
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&one), bits(&other));
    }
}

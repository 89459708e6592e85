//! What can be an element of an array.

use super::{Array, ArrayView, ElementType};
use ndarray::{ArrayD, ArrayViewD};

/// An element of an array: `bool`, an integer of 8 to 64 bits, `f32` or `f64`.
///
/// Sealed: how each type's bits become integers that code well is part of the format.
pub trait Element: sealed::Number {}

impl<T: sealed::Number> Element for T {}

pub(crate) use sealed::Number;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    reason = "the casts between numbers and their bits are what this module is for"
)]
mod sealed {
    use super::{Array, ArrayD, ArrayView, ArrayViewD, ElementType};

    pub trait Number: Copy + Default + PartialEq + PartialOrd + Send + Sync + 'static {
        /// The type as data.
        const TYPE: ElementType;
        /// The bits, in the low end.
        fn bits(self) -> u64;
        /// The element of these bits. What is above the element's width is ignored.
        fn of_bits(bits: u64) -> Self;
        /// An integer that grows with the number; one more is the next number of the type. A negative zero has the
        /// key of zero; the keys of NaN mean nothing.
        fn key(self) -> i64;
        /// The element of a key. Keys that no element has give some element.
        fn of_key(key: i64) -> Self;
        /// The nearest `f64`.
        fn to_f64(self) -> f64;
        /// How far this lies above an origin that is not greater.
        fn above(self, origin: Self) -> f64;
        /// The element nearest to this far above the origin.
        fn raised(origin: Self, by: f64) -> Self;
        /// Whether this is a number and not infinite.
        fn finite(self) -> bool;
        /// Whether the key of this element gives it back.
        fn has_key(self) -> bool;
        /// Whether two finite elements differ by at most a bound, in the arithmetic of the type and in that of `f64`.
        fn within(self, other: Self, bound: f64) -> bool;
        /// Appends the bits of some elements, little-endian.
        fn put(elements: &[Self], out: &mut Vec<u8>);
        /// This array as one of any type.
        fn array(array: ArrayD<Self>) -> Array;
        /// This view as one of any type.
        fn view(view: ArrayViewD<'_, Self>) -> ArrayView<'_>;
    }

    macro_rules! integers {
        ($($variant:ident $type:ty, $unsigned:ty, $flip:expr;)*) => {$(
            impl Number for $type {
                const TYPE: ElementType = ElementType::$variant;

                fn bits(self) -> u64 {
                    self as $unsigned as u64
                }

                fn of_bits(bits: u64) -> Self {
                    bits as Self
                }

                fn key(self) -> i64 {
                    self as i64 ^ $flip
                }

                fn of_key(key: i64) -> Self {
                    (key ^ $flip) as Self
                }

                fn to_f64(self) -> f64 {
                    self as f64
                }

                fn above(self, origin: Self) -> f64 {
                    self.key().wrapping_sub(origin.key()) as u64 as f64
                }

                fn raised(origin: Self, by: f64) -> Self {
                    Self::of_key(origin.key().wrapping_add((by + 0.5) as u64 as i64))
                }

                fn finite(self) -> bool {
                    true
                }

                fn has_key(self) -> bool {
                    true
                }

                fn within(self, other: Self, bound: f64) -> bool {
                    self.abs_diff(other) <= bound as $unsigned
                }

                fn put(elements: &[Self], out: &mut Vec<u8>) {
                    out.extend(elements.iter().flat_map(|element| element.to_le_bytes()));
                }

                fn array(array: ArrayD<Self>) -> Array {
                    Array::$variant(array)
                }

                fn view(view: ArrayViewD<'_, Self>) -> ArrayView<'_> {
                    ArrayView::$variant(view)
                }
            }
        )*};
    }

    integers! {
        I8 i8, u8, 0;
        I16 i16, u16, 0;
        I32 i32, u32, 0;
        I64 i64, u64, 0;
        U8 u8, u8, 0;
        U16 u16, u16, 0;
        U32 u32, u32, 0;
        // The only type whose numbers do not all fit.
        U64 u64, u64, i64::MIN;
    }

    impl Number for bool {
        const TYPE: ElementType = ElementType::Bool;

        fn bits(self) -> u64 {
            u64::from(self)
        }

        fn of_bits(bits: u64) -> Self {
            bits & 1 == 1
        }

        fn key(self) -> i64 {
            i64::from(self)
        }

        fn of_key(key: i64) -> Self {
            key & 1 == 1
        }

        fn to_f64(self) -> f64 {
            f64::from(u8::from(self))
        }

        fn above(self, origin: Self) -> f64 {
            f64::from(u8::from(self)) - f64::from(u8::from(origin))
        }

        fn raised(origin: Self, by: f64) -> Self {
            f64::from(u8::from(origin)) + by >= 0.5
        }

        fn finite(self) -> bool {
            true
        }

        fn has_key(self) -> bool {
            true
        }

        fn within(self, other: Self, bound: f64) -> bool {
            self == other || bound >= 1.0
        }

        fn put(elements: &[Self], out: &mut Vec<u8>) {
            out.extend(elements.iter().map(|element| u8::from(*element)));
        }

        fn array(array: ArrayD<Self>) -> Array {
            Array::Bool(array)
        }

        fn view(view: ArrayViewD<'_, Self>) -> ArrayView<'_> {
            ArrayView::Bool(view)
        }
    }

    macro_rules! floats {
        ($($variant:ident $type:ty, $signed:ty, $unsigned:ty;)*) => {$(
            impl Number for $type {
                const TYPE: ElementType = ElementType::$variant;

                fn bits(self) -> u64 {
                    self.to_bits() as u64
                }

                fn of_bits(bits: u64) -> Self {
                    Self::from_bits(bits as $unsigned)
                }

                fn key(self) -> i64 {
                    let bits = self.to_bits() as $signed;
                    let sign = bits >> (<$signed>::BITS - 1);
                    let magnitude = bits & <$signed>::MAX;
                    ((magnitude ^ sign) - sign) as i64
                }

                fn of_key(key: i64) -> Self {
                    let magnitude = key.unsigned_abs() as $unsigned & <$signed>::MAX as $unsigned;
                    let sign = (key < 0) as $unsigned;
                    Self::from_bits(magnitude | (sign << (<$signed>::BITS - 1)))
                }

                fn to_f64(self) -> f64 {
                    self as f64
                }

                fn above(self, origin: Self) -> f64 {
                    self as f64 - origin as f64
                }

                fn raised(origin: Self, by: f64) -> Self {
                    (origin as f64 + by) as Self
                }

                fn finite(self) -> bool {
                    self.is_finite()
                }

                fn has_key(self) -> bool {
                    self.is_finite() && self.to_bits() != 1 << (<$signed>::BITS - 1)
                }

                fn within(self, other: Self, bound: f64) -> bool {
                    // Whichever way a reader takes the difference. The bound itself is never rounded.
                    ((self - other).abs() as f64 <= bound) & ((self as f64 - other as f64).abs() <= bound)
                }

                fn put(elements: &[Self], out: &mut Vec<u8>) {
                    out.extend(elements.iter().flat_map(|element| element.to_le_bytes()));
                }

                fn array(array: ArrayD<Self>) -> Array {
                    Array::$variant(array)
                }

                fn view(view: ArrayViewD<'_, Self>) -> ArrayView<'_> {
                    ArrayView::$variant(view)
                }
            }
        )*};
    }

    floats! {
        F32 f32, i32, u32;
        F64 f64, i64, u64;
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn keys_grow_with_the_number_and_give_it_back() {
        let floats =
            [f64::MIN, -1.0, -f64::MIN_POSITIVE, -5e-324, 0.0, 5e-324, 1.0, 1.0 + f64::EPSILON, f64::MAX];
        for pair in floats.windows(2) {
            assert!(pair[0].key() < pair[1].key(), "{pair:?}");
        }
        for value in floats {
            assert!(value.has_key());
            assert_eq!(f64::of_key(value.key()).to_bits(), value.to_bits());
            #[allow(clippy::cast_possible_truncation, reason = "to the nearest")]
            let narrow = value as f32;
            if narrow.has_key() {
                assert_eq!(f32::of_key(narrow.key()).to_bits(), narrow.to_bits());
            }
        }
        assert_eq!(1.0_f32.key() + 1, (1.0 + f32::EPSILON).key());
        assert!(!(-0.0_f64).has_key() && !f64::NAN.has_key() && !f32::INFINITY.has_key());
        for value in [0, 1, u64::MAX / 2, u64::MAX] {
            assert_eq!(u64::of_key(value.key()), value);
        }
        assert!(0_u64.key() < 1_u64.key() && 1_u64.key() < u64::MAX.key());
        for value in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(i64::of_key(value.key()), value);
        }
    }

    #[test]
    fn narrow_floats_are_within_a_bound_however_their_difference_is_taken() {
        // In f32 the difference is 1, in f64 a little more; the other way round it is a little less.
        let (one, other) = (1.0_f32, -1e-9_f32);
        assert_eq!((one - other).to_bits(), 1.0_f32.to_bits());
        assert!(!one.within(other, 1.0) && one.within(-other, 1.0));
        let (one, other) = (1.0_f32, 1e-9_f32);
        assert!(!one.within(other, 0.999_999_999_5) && one.within(other, 1.0));
    }

    #[test]
    fn integers_differ_by_at_most_a_bound_without_overflow() {
        assert!(!i8::MIN.within(i8::MAX, 254.0) && i8::MIN.within(i8::MAX, 255.0));
        assert!(u64::MAX.within(u64::MAX - 1, 1.9) && !u64::MAX.within(u64::MAX - 1, 0.9));
    }
}

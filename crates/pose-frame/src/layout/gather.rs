//! Values picked from one array into another.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::{NullBufferBuilder, ScalarBuffer};
use arrow_schema::DataType;

/// How much text an array can hold: its offsets are of 32 bits.
pub(super) const MAX_TEXT_BYTES: usize = i32::MAX as usize;

/// Which values to pick.
#[derive(Clone, Copy, Debug)]
pub(super) enum Picks<'a> {
    /// Every so many, from the first on.
    Every { first: usize, step: usize, count: usize },
    /// Each of so many, so often.
    Repeated { times: usize, count: usize },
    /// These; where there is none, the value is missing.
    These(&'a [Option<usize>]),
}

impl Picks<'_> {
    fn len(self) -> usize {
        match self {
            Self::Every { count, .. } => count,
            Self::Repeated { times, count } => times * count,
            Self::These(rows) => rows.len(),
        }
    }

    /// Calls with each row.
    fn each(self, mut visit: impl FnMut(Option<usize>)) {
        match self {
            Self::Every { first, step, count } => (0..count).for_each(|n| visit(Some(first + n * step))),
            Self::Repeated { times, count } => {
                (0..count).for_each(|row| (0..times).for_each(|_| visit(Some(row))));
            }
            Self::These(rows) => rows.iter().for_each(|row| visit(*row)),
        }
    }
}

/// An array that grows by values picked from others of its type.
pub(super) trait Gather {
    /// Adds values of `source`.
    fn add(&mut self, source: &ArrayRef, picks: Picks<'_>);
    /// The array; none when it would hold more text than an array can.
    fn finish(&mut self) -> Option<ArrayRef>;
}

/// A gatherer of values of a type that a column can have, with room for so many.
pub(super) fn gather(data_type: &DataType, capacity: usize) -> Box<dyn Gather> {
    match data_type {
        DataType::Float64 => Primitives::<Float64Type>::gather(capacity, Some(f64::NAN)),
        DataType::Float32 => Primitives::<Float32Type>::gather(capacity, Some(f32::NAN)),
        DataType::Int8 => Primitives::<Int8Type>::gather(capacity, None),
        DataType::Int16 => Primitives::<Int16Type>::gather(capacity, None),
        DataType::Int32 => Primitives::<Int32Type>::gather(capacity, None),
        DataType::Int64 => Primitives::<Int64Type>::gather(capacity, None),
        DataType::UInt8 => Primitives::<UInt8Type>::gather(capacity, None),
        DataType::UInt16 => Primitives::<UInt16Type>::gather(capacity, None),
        DataType::UInt32 => Primitives::<UInt32Type>::gather(capacity, None),
        DataType::UInt64 => Primitives::<UInt64Type>::gather(capacity, None),
        DataType::Boolean => Box::new(Booleans(BooleanBuilder::with_capacity(capacity))),
        // Schemas let no other type in.
        _ => Box::new(Texts { texts: StringBuilder::with_capacity(capacity, 0), bytes: 0 }),
    }
}

struct Primitives<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    valid: NullBufferBuilder,
    /// What stands for a missing value; where nothing does, it is null.
    missing: Option<T::Native>,
}

impl<T: ArrowPrimitiveType> Primitives<T> {
    fn gather(capacity: usize, missing: Option<T::Native>) -> Box<dyn Gather> {
        let values = Vec::with_capacity(capacity);
        Box::new(Self { values, valid: NullBufferBuilder::new(capacity), missing })
    }
}

impl<T: ArrowPrimitiveType> Gather for Primitives<T> {
    fn add(&mut self, source: &ArrayRef, picks: Picks<'_>) {
        let source = source.as_primitive::<T>();
        let values = source.values();
        if let (Picks::Every { first, step, count }, 0) = (picks, source.null_count()) {
            self.values.extend((0..count).map(|n| values[first + n * step]));
            self.valid.append_n_non_nulls(picks.len());
            return;
        }
        picks.each(|row| {
            let value = row.filter(|row| source.is_valid(*row)).map(|row| values[row]).or(self.missing);
            self.values.push(value.unwrap_or_default());
            self.valid.append(value.is_some());
        });
    }

    fn finish(&mut self) -> Option<ArrayRef> {
        let values = ScalarBuffer::from(std::mem::take(&mut self.values));
        Some(Arc::new(PrimitiveArray::<T>::new(values, self.valid.finish())))
    }
}

struct Booleans(BooleanBuilder);

impl Gather for Booleans {
    fn add(&mut self, source: &ArrayRef, picks: Picks<'_>) {
        let source = source.as_boolean();
        picks.each(|row| {
            self.0.append_option(row.filter(|row| source.is_valid(*row)).map(|row| source.value(row)));
        });
    }

    fn finish(&mut self) -> Option<ArrayRef> {
        Some(Arc::new(self.0.finish()))
    }
}

struct Texts {
    texts: StringBuilder,
    /// How many bytes they are, those included that had no room.
    bytes: usize,
}

impl Texts {
    fn push(&mut self, text: Option<&str>) {
        self.bytes = self.bytes.saturating_add(text.map_or(0, str::len));
        if self.bytes <= MAX_TEXT_BYTES {
            self.texts.append_option(text);
        }
    }
}

impl Gather for Texts {
    fn add(&mut self, source: &ArrayRef, picks: Picks<'_>) {
        let source = source.as_string::<i32>();
        picks.each(|row| self.push(row.filter(|row| source.is_valid(*row)).map(|row| source.value(row))));
    }

    fn finish(&mut self) -> Option<ArrayRef> {
        (self.bytes <= MAX_TEXT_BYTES).then(|| Arc::new(self.texts.finish()) as ArrayRef)
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{Float32Array, Int8Array, StringArray};

    use super::*;

    fn gathered(source: &ArrayRef, picks: Picks<'_>) -> ArrayRef {
        let mut gathering = gather(source.data_type(), 0);
        gathering.add(source, picks);
        gathering.add(source, picks);
        gathering.finish().expect("it fits")
    }

    #[test]
    fn a_missing_float_is_nan_and_anything_else_null() {
        let picks = Picks::These(&[Some(1), None]);
        let floats: ArrayRef = Arc::new(Float32Array::from(vec![0.5, 1.5]));
        assert_eq!(gathered(&floats, picks).null_count(), 0);
        assert_eq!(crate::count_missing(&gathered(&floats, picks)), 2);
        let integers: ArrayRef = Arc::new(Int8Array::from(vec![Some(1), None]));
        let expected: ArrayRef = Arc::new(Int8Array::from(vec![None::<i8>; 4]));
        assert_eq!(&gathered(&integers, picks), &expected);
    }

    #[test]
    fn rows_are_repeated_and_left_out() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
        let every = gathered(&texts, Picks::Every { first: 0, step: 2, count: 2 });
        assert_eq!(&every, &(Arc::new(StringArray::from(vec!["a", "c", "a", "c"])) as ArrayRef));
        let repeated = gathered(&texts, Picks::Repeated { times: 2, count: 2 });
        let expected = [Some("a"), Some("a"), None, None, Some("a"), Some("a"), None, None];
        assert_eq!(&repeated, &(Arc::new(StringArray::from(expected.to_vec())) as ArrayRef));
    }

    #[test]
    fn more_text_than_an_array_holds_is_none() {
        let mut texts = Texts { texts: StringBuilder::new(), bytes: MAX_TEXT_BYTES - 1 };
        texts.push(Some("a"));
        assert!(texts.finish().is_some());
        texts.push(Some("b"));
        assert!(texts.finish().is_none());
    }
}

//! There and back, without a codec.

use ndarray::ArrayD;
use vidpack::{Array, ArrayView, Contract, Element, Options, Restorer, Segment, SegmentPlan};

/// Packs, sends the plan through JSON, and restores.
pub(crate) fn trip(view: &ArrayView<'_>, contract: &Contract) -> (SegmentPlan, Array) {
    trip_after(None, view, contract)
}

/// The same for a segment that another stands before.
pub(crate) fn trip_after(
    before: Option<&SegmentPlan>,
    view: &ArrayView<'_>,
    contract: &Contract,
) -> (SegmentPlan, Array) {
    let segment = Segment::after(before, view, contract, &Options::default()).unwrap();
    let (plan, back) = restored(&segment);
    assert_eq!(back.shape(), view.shape());
    assert_eq!(back.element_type(), view.element_type());
    (plan, back)
}

/// Sends the plan of a segment through JSON, and restores it from its frames.
pub(crate) fn restored(segment: &Segment) -> (SegmentPlan, Array) {
    let json = serde_json::to_string(segment.plan()).unwrap();
    let plan: SegmentPlan = serde_json::from_str(&json).unwrap();
    assert_eq!(&plan, segment.plan());
    let mut restorer = Restorer::new(plan.clone()).unwrap();
    let mut frame = Vec::new();
    for (index, stream) in plan.streams.iter().enumerate() {
        assert!(stream.width >= 16 && stream.height >= 16, "{stream:?}");
        for number in 0..stream.frames {
            segment.frame(index, number, &mut frame).unwrap();
            assert_eq!(frame.len(), stream.frame_bytes());
            restorer.push(index, &frame).unwrap();
        }
    }
    let back = restorer.finish(segment.side()).unwrap();
    (plan, back)
}

/// What comes back of an array whose type is known.
pub(crate) fn back<'a, T>(array: &'a ArrayD<T>, contract: &Contract) -> (SegmentPlan, ArrayD<T>)
where
    T: Element,
    ArrayView<'a>: From<ndarray::ArrayViewD<'a, T>>,
    Array: Take<T>,
{
    let (plan, back) = trip(&array.view().into(), contract);
    (plan, back.take())
}

/// Takes the array out.
pub(crate) trait Take<T> {
    fn take(self) -> ArrayD<T>;
}

macro_rules! take {
    ($($variant:ident $type:ty),*) => {$(
        impl Take<$type> for Array {
            fn take(self) -> ArrayD<$type> {
                match self {
                    Array::$variant(array) => array,
                    other => panic!("{} came back", other.element_type()),
                }
            }
        }
    )*};
}

take!(Bool bool, I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64, F32 f32, F64 f64);

/// Numbers that look random, and are the same each time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Shapes with every layout: one axis to four, empty, single, prime, thin, wide.
pub(crate) const SHAPES: [&[usize]; 20] = [
    &[0],
    &[1],
    &[17],
    &[10_007],
    &[0, 3],
    &[5, 0],
    &[1, 1],
    &[1, 5],
    &[997, 3],
    &[5000, 12],
    &[3, 5001],
    &[7, 16, 16],
    &[1, 17, 31],
    &[29, 12, 3],
    &[5, 23, 19, 3],
    &[3, 1, 1, 1],
    &[2, 40, 15, 4],
    &[0, 16, 16, 3],
    &[6, 18, 20, 7],
    &[2, 1, 3, 4500],
];

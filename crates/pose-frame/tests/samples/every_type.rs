//! Tables with a column of every type and with row labels of every kind, for the bridges to other libraries.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array as _, ArrayRef, BooleanArray, DurationMicrosecondArray, DurationSecondArray, Float32Array,
    Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, PrimitiveArray, StringArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt8Array, UInt16Array,
    UInt32Array, UInt64Array,
};
use pose_frame::{
    Column, ColumnKey, IndexLevel, Metadata, PoseFrame, PoseSchema, PoseTable as _, RangeIndex, RowIndex,
};

/// A column per type, called as its type, some values missing; a name, a number as label and metadata.
pub(crate) fn table(num_frames: usize) -> PoseFrame {
    let there = |row: usize| row % 5 != 2;
    let rows = || 0..num_frames;
    let small = || rows().map(|row| there(row).then_some(u8::try_from(row).unwrap()));
    let float = |row: usize| if there(row) { -0.0 } else { -f64::NAN };
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(rows().map(|row| there(row).then_some(row % 3 == 0)).collect::<BooleanArray>()),
        Arc::new(rows().map(|row| there(row).then(|| format!("尾 {row}"))).collect::<StringArray>()),
        Arc::new(Float64Array::from_iter_values(rows().map(float))),
        Arc::new(Float32Array::from_iter_values(
            rows().map(|row| if there(row) { 1.5 } else { f32::from_bits(0x7fc1_2345) }),
        )),
        Arc::new(small().map(|n| n.map(|n| -i8::try_from(n).unwrap())).collect::<Int8Array>()),
        Arc::new(small().map(|n| n.map(|n| -i16::from(n))).collect::<Int16Array>()),
        Arc::new(small().map(|n| n.map(|n| i32::MIN + i32::from(n))).collect::<Int32Array>()),
        Arc::new(small().map(|n| n.map(|n| i64::MIN + i64::from(n))).collect::<Int64Array>()),
        Arc::new(small().collect::<UInt8Array>()),
        Arc::new(small().map(|n| n.map(u16::from)).collect::<UInt16Array>()),
        Arc::new(small().map(|n| n.map(u32::from)).collect::<UInt32Array>()),
        Arc::new(small().map(|n| n.map(|n| u64::MAX - u64::from(n))).collect::<UInt64Array>()),
    ];
    let columns = arrays.iter().map(|array| {
        let key = ColumnKey::new([array.data_type().to_string()]);
        Column::new(key, array.data_type().clone())
    });
    let index = RowIndex::range(num_frames);
    let schema = PoseSchema::new(vec![Some("column".into())], columns.collect(), index.schema()).unwrap();
    let mut metadata = Metadata::default();
    metadata.frame_rate_hz = Some(29.97);
    PoseFrame::new(Arc::new(schema.with_metadata(metadata)), index, arrays).unwrap()
}

/// Where the column of this type is.
pub(crate) fn position(table: &PoseFrame, data_type: &str) -> usize {
    table.schema().position(&ColumnKey::new([data_type])).unwrap()
}

/// The column of this type.
pub(crate) fn column<'a>(table: &'a PoseFrame, data_type: &str) -> &'a ArrayRef {
    &table.columns()[position(table, data_type)]
}

/// Every kind of row labels, of four rows.
pub(crate) fn indexes() -> Vec<RowIndex> {
    let named = |name: &str, values: ArrayRef| IndexLevel::new(Some(name.into()), values);
    let one = |values: ArrayRef| RowIndex::Labels(named("when", values));
    let counts = vec![Some(1_700_000_000), None, Some(-5), Some(0)];
    let category = PrimitiveArray::<Int32Type>::from(vec![7, 7, 8, -1]);
    vec![
        RowIndex::range(4),
        RowIndex::Range(RangeIndex { name: Some("frame".into()), start: 0, step: 1, len: 4 }),
        RowIndex::Range(RangeIndex { name: None, start: 100, step: -7, len: 4 }),
        one(Arc::new(Float64Array::from(vec![0.0, f64::NAN, f64::from_bits(0x7ff8_0000_0000_0042), -0.0]))),
        one(Arc::new(BooleanArray::from(vec![true, false, true, true]))),
        one(Arc::new(TimestampSecondArray::from(counts.clone()))),
        one(Arc::new(TimestampSecondArray::from(counts.clone()).with_timezone("Europe/Paris"))),
        one(Arc::new(TimestampMillisecondArray::from(counts.clone()).with_timezone("+02:00"))),
        one(Arc::new(TimestampNanosecondArray::from(counts.clone()).with_timezone("UTC"))),
        one(Arc::new(TimestampNanosecondArray::from(counts.clone()))),
        one(Arc::new(DurationSecondArray::from(counts.clone()))),
        one(Arc::new(DurationMicrosecondArray::from(counts))),
        // Two levels that are called alike, and as the column.
        RowIndex::Multi(vec![
            named("x", Arc::new(StringArray::from(vec![Some("a"), None, Some(""), Some("a")]))),
            named("x", Arc::new(category)),
            IndexLevel::new(None, Arc::new(Int64Array::from(vec![0, 1, 2, 3]))),
        ]),
    ]
}

/// A table of the one column `x`.
pub(crate) fn labelled_by(index: RowIndex) -> PoseFrame {
    let values: ArrayRef = Arc::new(Float64Array::from(vec![0.25; index.len()]));
    let columns = vec![Column::new(ColumnKey::new(["x"]), values.data_type().clone())];
    let schema = PoseSchema::new(vec![None], columns, index.schema()).unwrap();
    PoseFrame::new(Arc::new(schema), index, vec![values]).unwrap()
}

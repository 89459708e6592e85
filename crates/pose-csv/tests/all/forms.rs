//! What comes back of a table is what was said to.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int8Array, Int64Array, StringArray, UInt64Array,
};
use arrow_schema::DataType;
use pose_csv::{CsvForm, CsvTable, CsvWriteErrorKind, Loss, OpenOptions, write_table};
use pose_frame::{
    Column, ColumnKey, IndexLevel, Metadata, PoseFrame, PoseSchema, PoseTable, RowIndex, testing,
};

fn flat(columns: Vec<(&str, ArrayRef)>) -> PoseFrame {
    let index = RowIndex::range(columns[0].1.len());
    let keys =
        columns.iter().map(|(name, array)| Column::new(ColumnKey::new([*name]), array.data_type().clone()));
    let schema = PoseSchema::new(vec![None], keys.collect(), index.schema()).expect("well formed");
    PoseFrame::new(Arc::new(schema), index, columns.into_iter().map(|(_, array)| array).collect())
        .expect("it fits")
}

/// Writes a table, and checks that what is read is its form.
fn written(table: &PoseFrame) -> (String, Vec<Loss>) {
    let form = CsvForm::of(table).unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("poses.csv");
    let bytes = write_table(&form, Vec::new()).expect("it can be written");
    std::fs::write(&path, &bytes).expect("there is room");
    let back = CsvTable::open(&path, &OpenOptions::default().with_shape(form.shape())).expect("it opens");
    testing::conformance(&back, &form.load().expect("it loads"));
    (String::from_utf8(bytes).expect("it is text"), form.losses().to_vec())
}

#[test]
fn samples_come_back() {
    assert_eq!(written(&testing::predictions(3_000)).1.len(), 1, "only bits of NaN are lost");
    assert_eq!(written(&testing::labels(200)).1, [], "nothing is lost");
    assert_eq!(written(&testing::labels(0)).1, [], "nothing is lost without rows");
}

#[test]
fn types_come_back_as_readers_tell_them() {
    let (text, losses) = written(&flat(vec![
        ("f32", Arc::new(Float32Array::from(vec![0.1, -0.0, f32::NAN]))),
        ("i8", Arc::new(Int8Array::from(vec![-128, 0, 127]))),
        ("gaps", Arc::new(Int64Array::from(vec![Some(1), None, Some(1 << 53)]))),
        ("u64", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1]))),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("text", Arc::new(StringArray::from(vec![Some("a\rb"), None, Some(" ")]))),
        ("none", Arc::new(StringArray::from(vec![None::<&str>, None, None]))),
    ]));
    assert_eq!(
        text,
        ",f32,i8,gaps,u64,bool,text,none\n0,0.1,-128,1,18446744073709551615,True,\"a\rb\",\n1,-0.0,0,,0,,,\n2,,127,9007199254740992,1,False, ,\n"
    );
    let types: Vec<(&DataType, &DataType)> = losses
        .iter()
        .filter_map(|loss| match loss {
            Loss::Type { from, to, .. } => Some((from, to)),
            _ => None,
        })
        .collect();
    let float = &DataType::Float64;
    assert_eq!(
        types,
        [
            (&DataType::Float32, float),
            (&DataType::Int8, &DataType::Int64),
            (&DataType::Int64, float),
            (&DataType::Utf8, float)
        ]
    );
}

#[test]
fn values_that_would_change_are_refused() {
    let refused = |array: ArrayRef, says: &str| {
        let table = flat(vec![("a", array)]);
        let Err(error) = CsvForm::of(&table) else { panic!("it is written: {says}") };
        assert!(error.to_string().contains(says), "{error}");
    };
    refused(Arc::new(StringArray::from(vec!["a", ""])), "has the text \"\" in row 1");
    refused(Arc::new(StringArray::from(vec!["NA", "b"])), "has the text \"NA\" in row 0");
    refused(Arc::new(StringArray::from(vec!["1", "002"])), "values of type Int64");
    refused(Arc::new(StringArray::from(vec!["True", "False"])), "values of type Boolean");
    refused(Arc::new(StringArray::from(vec![Some("1.5"), None])), "values of type Float64");
    refused(Arc::new(Int64Array::from(vec![Some((1 << 53) + 1), None])), "above 2^53");
    refused(Arc::new(UInt64Array::from(vec![Some(u64::MAX), None])), "above 2^53");
}

#[test]
fn columns_that_become_one_are_refused() {
    let index = RowIndex::range(0);
    let float = || DataType::Float64;
    let columns =
        vec![Column::new(ColumnKey::new([0]), float()), Column::new(ColumnKey::new(["0"]), float())];
    let schema = PoseSchema::new(vec![None], columns, index.schema()).expect("well formed");
    let empty = || Arc::new(Float64Array::from(Vec::<f64>::new())) as ArrayRef;
    let table = PoseFrame::new(Arc::new(schema), index, vec![empty(), empty()]).expect("it fits");
    let Err(error) = CsvForm::of(&table) else { panic!("it is written") };
    assert!(matches!(error.kind(), CsvWriteErrorKind::Columns(_)), "{error}");
}

#[test]
fn losses_are_said() {
    let rows = IndexLevel::new(Some("frame".into()), Arc::new(Int64Array::from(vec![4, 5])));
    let index = RowIndex::Labels(rows);
    let column = Column::new(ColumnKey::new([7]), DataType::Float64);
    let schema =
        PoseSchema::new(vec![Some("coords".into())], vec![column], index.schema()).expect("well formed");
    let mut metadata = Metadata::default();
    metadata.frame_rate_hz = Some(30.0);
    let values = Arc::new(Float64Array::from(vec![1.0, f64::from_bits(0x7ff8_0000_0000_0001)]));
    let table =
        PoseFrame::new(Arc::new(schema.with_metadata(metadata)), index, vec![values]).expect("it fits");
    let (text, losses) = written(&table);
    assert_eq!(text, "frame,7\n4,1.0\n5,\n");
    assert!(
        matches!(
            &losses[..],
            [Loss::NanBits { values: 1 }, Loss::Names { names }, Loss::NumberedColumns, Loss::Metadata, Loss::Told { .. }]
                if *names == ["\"coords\""]
        ),
        "{losses:?}"
    );
    for loss in losses {
        assert!(loss.to_string().len() > 20);
    }
}

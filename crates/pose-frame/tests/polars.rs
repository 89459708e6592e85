//! Tables as data frames of Polars: the same memory, the same bits.

use std::sync::Arc;

use arrow_array::Array as _;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, Float64Array, StringArray};
use arrow_schema::DataType;
use polars_arrow::array::{BooleanArray as PolarsBooleans, PrimitiveArray as PolarsNumbers};
use polars_core::prelude::{
    ChunkAgg as _, Column as PolarsColumn, DataFrame, DataType as PolarsType, NamedFrom as _, Series,
};
use pose_frame::{
    Column, ColumnKey, FlatErrorKind, Label, LongNames, LongTable, MissingFloats, PolarsOptions, PoseFrame,
    PoseSchema, PoseTable, RangeIndex, RowColumns, RowIndex, Selection, TableError, TableErrorKind,
    Tolerance, WideTable, first_difference, testing,
};

#[path = "samples/every_type.rs"]
mod every_type;

fn assert_same(left: &PoseFrame, right: &PoseFrame) {
    assert_eq!(first_difference(left, right, Tolerance::BitForBit).unwrap(), None);
    assert_eq!(left.schema(), right.schema(), "kind and metadata too");
}

fn options() -> [PolarsOptions; 3] {
    let usual = PolarsOptions::default();
    [usual, usual.missing(MissingFloats::Null), usual.rows(RowColumns::Always)]
}

fn refusal(error: TableError) -> FlatErrorKind {
    match error.into_kind() {
        TableErrorKind::Flat { source } => source,
        other => panic!("{other}"),
    }
}

/// Where the numbers of a column begin in Polars.
fn address_there<T>(column: &PolarsColumn) -> *const u8
where
    T: ArrowPrimitiveType,
    T::Native: polars_arrow::types::NativeType,
{
    let chunks = column.as_materialized_series().chunks();
    assert_eq!(chunks.len(), 1);
    chunks[0].as_any().downcast_ref::<PolarsNumbers<T::Native>>().unwrap().values().as_ptr().cast()
}

fn address_here<T: ArrowPrimitiveType>(array: &ArrayRef) -> *const u8 {
    array.as_primitive::<T>().values().as_ptr().cast()
}

#[test]
fn tables_come_back_bit_for_bit() {
    for table in [
        testing::predictions(100),
        testing::predictions(0),
        testing::labels(7),
        testing::labels(0),
        every_type::table(20),
        every_type::table(0),
    ] {
        for options in options() {
            let data_frame = table.to_polars_with(options).unwrap();
            assert_same(&table, &PoseFrame::from_polars(&data_frame, table.shared_schema()).unwrap());
        }
        let frames = table.num_frames() / 3..table.num_frames();
        let part = table.read(&Selection::all().frames(frames)).unwrap();
        let data_frame = part.to_polars_with(PolarsOptions::default().rows(RowColumns::Always)).unwrap();
        assert_same(&part, &PoseFrame::from_polars(&data_frame, part.shared_schema()).unwrap());
    }
    for index in every_type::indexes() {
        let table = every_type::labelled_by(index);
        for options in options() {
            let data_frame = table.to_polars_with(options).unwrap();
            assert_same(&table, &PoseFrame::from_polars(&data_frame, table.shared_schema()).unwrap());
        }
    }
}

#[test]
fn kind_and_metadata_of_a_part_come_back() {
    let whole = testing::predictions(5);
    let part = whole.read(&Selection::all().coord("likelihood")).unwrap();
    let back = PoseFrame::from_polars(&part.to_polars().unwrap(), part.shared_schema()).unwrap();
    assert_eq!(back.schema().kind(), whole.schema().kind());
}

#[test]
fn numbers_lie_where_they_lay_both_ways() {
    fn check<T>(table: &PoseFrame)
    where
        T: ArrowPrimitiveType,
        T::Native: polars_arrow::types::NativeType,
    {
        for options in options() {
            let data_frame = table.to_polars_with(options).unwrap();
            let name = T::DATA_TYPE.to_string();
            let here = address_here::<T>(every_type::column(table, &name));
            assert_eq!(address_there::<T>(data_frame.column(&name).unwrap()), here, "{name}");
            let back = PoseFrame::from_polars(&data_frame, table.shared_schema()).unwrap();
            assert_eq!(address_here::<T>(every_type::column(&back, &name)), here, "{name}, back");
        }
    }
    let whole = every_type::table(50);
    // From within the columns too, so that an offset that is lost shows.
    for table in [whole.clone(), whole.read(&Selection::all().frames(9..47)).unwrap()] {
        check::<Float64Type>(&table);
        check::<Float32Type>(&table);
        check::<Int8Type>(&table);
        check::<Int16Type>(&table);
        check::<Int32Type>(&table);
        check::<Int64Type>(&table);
        check::<UInt8Type>(&table);
        check::<UInt16Type>(&table);
        check::<UInt32Type>(&table);
        check::<UInt64Type>(&table);
    }
}

#[test]
fn booleans_and_masks_of_nulls_lie_where_they_lay_both_ways() {
    let table = every_type::table(50);
    let here = every_type::column(&table, "Boolean").as_boolean();
    let data_frame = table.to_polars().unwrap();
    let there = data_frame.column("Boolean").unwrap().as_materialized_series().clone();
    let there = there.chunks()[0].as_any().downcast_ref::<PolarsBooleans>().unwrap();
    let back = PoseFrame::from_polars(&data_frame, table.shared_schema()).unwrap();
    let back = every_type::column(&back, "Boolean").as_boolean();
    for address in [there.values().as_slice().0.as_ptr(), back.values().values().as_ptr()] {
        assert_eq!(address, here.values().values().as_ptr());
    }
    let mask = here.nulls().unwrap().validity().as_ptr();
    assert_eq!(there.validity().unwrap().as_slice().0.as_ptr(), mask);
    assert_eq!(back.nulls().unwrap().validity().as_ptr(), mask);
}

#[test]
fn values_outlive_the_side_that_they_came_from() {
    let table = testing::predictions(1000);
    let expected = bits(&table);
    let schema = Arc::clone(table.shared_schema());
    let data_frame = table.to_polars().unwrap();
    drop(table);
    let back = PoseFrame::from_polars(&data_frame, &schema).unwrap();
    drop(data_frame);
    let data_frame = back.to_polars().unwrap();
    drop(back);
    let back = std::thread::spawn(move || PoseFrame::from_polars(&data_frame, &schema).unwrap());
    assert_eq!(bits(&back.join().unwrap()), expected);
}

fn bits(table: &PoseFrame) -> Vec<u64> {
    let values = table.columns().iter().flat_map(|column| column.as_primitive::<Float64Type>().values());
    values.map(|value| value.to_bits()).collect()
}

#[test]
fn what_is_shared_is_never_written_to() {
    let table = testing::predictions(100);
    let expected = bits(&table);
    let mut data_frame = table.to_polars().unwrap();
    // In place, if Polars thought that it alone had the values.
    let name = data_frame.get_column_names()[1].to_string();
    data_frame.apply(&name, |column| column.as_materialized_series() * 2.0).unwrap();
    assert_eq!(bits(&table), expected);

    let floats = DataFrame::new(2, vec![Series::new("x".into(), vec![1.0, 2.0]).into()]).unwrap();
    let table = PoseFrame::from_polars_flat(&floats).unwrap();
    let column = table.columns()[0].as_primitive::<Float64Type>().clone();
    drop(table);
    assert!(column.unary_mut(|x| x + 1.0).is_err(), "memory of another is not taken over");
    assert_eq!(floats.column("x").unwrap().f64().unwrap().get(0), Some(1.0));
}

#[test]
fn columns_are_called_as_pandas_calls_them() {
    let names = |table: &PoseFrame| {
        let data_frame = table.to_polars().unwrap();
        data_frame.get_column_names().into_iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let predictions = names(&testing::predictions(3));
    assert_eq!(predictions[..2], ["__index_level_0__", "('DLC_net', 'snout', 'x')"]);
    let labels = names(&testing::labels(3));
    assert_eq!(labels[..3], ["__index_level_0__", "__index_level_1__", "__index_level_2__"]);
    assert_eq!(labels[3], r#"('Marie Curie', 'it\'s, "quoted"', 'x')"#);
    assert_eq!(names(&every_type::labelled_by(RowIndex::range(2))), ["x"]);
    let frames = RangeIndex { name: Some("frame".into()), start: 0, step: 1, len: 2 };
    assert_eq!(names(&every_type::labelled_by(RowIndex::Range(frames))), ["frame", "x"]);
}

#[test]
fn missing_floats_are_nan_or_null_as_asked_for() {
    let table = testing::predictions(23);
    let missing = pose_frame::count_missing(&table.columns()[0]);
    assert!(missing > 0);
    let nan = table.to_polars().unwrap();
    let null = table.to_polars_with(PolarsOptions::default().missing(MissingFloats::Null)).unwrap();
    assert_eq!((nan.columns()[1].null_count(), null.columns()[1].null_count()), (0, missing));
    let mean = |data_frame: &DataFrame| data_frame.columns()[1].f64().unwrap().mean().unwrap();
    assert!(mean(&nan).is_nan() && !mean(&null).is_nan());
}

#[test]
fn nulls_that_polars_made_are_nan() {
    let x = Series::new("x".into(), [Some(1.0), None]);
    let small = Series::new("small".into(), [None, Some(2.0_f32)]);
    let data_frame = DataFrame::new(2, vec![x.into(), small.into()]).unwrap();
    let table = PoseFrame::from_polars_flat(&data_frame).unwrap();
    assert_eq!(table.columns().iter().map(arrow_array::Array::null_count).sum::<usize>(), 0);
    assert!(table.columns()[0].as_primitive::<Float64Type>().value(1).is_nan());
    assert!(table.columns()[1].as_primitive::<Float32Type>().value(0).is_nan());
}

#[test]
fn several_chunks_and_another_order_of_columns_are_one_table() {
    let table = testing::predictions(20);
    let halves = [0..7, 7..20]
        .map(|frames| table.read(&Selection::all().frames(frames)).unwrap().to_polars().unwrap());
    let stacked = halves[0].vstack(&halves[1]).unwrap();
    assert_eq!(stacked.columns()[1].as_materialized_series().chunks().len(), 2);
    let backwards = stacked.columns().iter().rev().cloned().collect();
    let backwards = DataFrame::new(20, backwards).unwrap();
    assert_same(&table, &PoseFrame::from_polars(&backwards, table.shared_schema()).unwrap());
}

#[test]
fn rows_that_are_no_longer_counted_evenly_are_labelled_one_by_one() {
    let table = every_type::labelled_by(RowIndex::range(6));
    let with_rows = table.to_polars_with(PolarsOptions::default().rows(RowColumns::Always)).unwrap();
    let picked = |rows: [bool; 6]| {
        let mask = rows.into_iter().collect();
        PoseFrame::from_polars(&with_rows.filter(&mask).unwrap(), table.shared_schema()).unwrap()
    };
    let uneven = picked([true, false, false, true, true, false]);
    let RowIndex::Labels(level) = uneven.index() else { panic!("{:?}", uneven.index()) };
    assert_eq!(level.values.as_primitive::<Int64Type>().values()[..], [0, 3, 4]);
    let even = picked([false, true, false, true, false, true]);
    assert!(matches!(even.index(), RowIndex::Range(RangeIndex { start: 1, step: 2, len: 3, .. })));
}

#[test]
fn a_long_table_goes_there_and_back() {
    let wide = testing::predictions(30);
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    let layout = long.layout().clone();
    let long = long.load().unwrap();
    let data_frame = long.to_polars().unwrap();
    let names: Vec<&str> =
        data_frame.get_column_names().into_iter().map(polars_core::prelude::PlSmallStr::as_str).collect();
    assert_eq!(names, ["frame", "scorer", "bodypart", "x", "y", "likelihood"]);
    let here = address_here::<Float64Type>(&long.columns()[3]);
    assert_eq!(address_there::<Float64Type>(&data_frame.columns()[3]), here);
    let back = PoseFrame::from_polars(&data_frame, long.shared_schema()).unwrap();
    assert_same(&long, &back);
    assert_same(&wide, &WideTable::restore(back, layout).unwrap().load().unwrap());
    // Nothing but the names of its columns says what it is.
    let flat = PoseFrame::from_polars_flat(&data_frame).unwrap();
    let pivoted = WideTable::pivot(flat, &LongNames::default()).unwrap().load().unwrap();
    assert_eq!(bits(&pivoted), bits(&wide));
}

#[test]
fn rows_without_columns_are_counted() {
    let table = every_type::labelled_by(RowIndex::range(4)).read(&Selection::all().columns([])).unwrap();
    let data_frame = table.to_polars().unwrap();
    assert_eq!(data_frame.shape(), (4, 0));
    assert_same(&table, &PoseFrame::from_polars(&data_frame, table.shared_schema()).unwrap());
    assert_eq!(PoseFrame::from_polars_flat(&data_frame).unwrap().num_frames(), 4);
}

#[test]
fn a_refusal_names_the_column() {
    let column = |name: &str, values: &[f64]| PolarsColumn::from(Series::new(name.into(), values));
    let table = every_type::labelled_by(RowIndex::range(1));
    let given = |columns: Vec<PolarsColumn>| {
        let data_frame = DataFrame::new(1, columns).unwrap();
        refusal(PoseFrame::from_polars(&data_frame, table.shared_schema()).unwrap_err())
    };
    let error = given(vec![column("y", &[1.0])]);
    assert!(matches!(&error, FlatErrorKind::NoColumn { column } if column == "x"), "{error}");
    let error = given(vec![column("x", &[1.0]), column("z", &[1.0]), column("y", &[1.0])]);
    assert!(matches!(&error, FlatErrorKind::LeftOver { column } if column == "z"), "{error}");
    let error = given(vec![Series::new("x".into(), &[1_i64]).into()]);
    assert_eq!(error.to_string(), r#"column "x" is of type Int64, the schema says Float64"#);
    let labels = Series::new("__index_level_0__".into(), &["a"]).into();
    let error = given(vec![labels, column("x", &[1.0])]);
    assert!(matches!(&error, FlatErrorKind::Type { column, .. } if column == "__index_level_0__"), "{error}");

    let when = Series::new("when".into(), &[1_i64])
        .cast(&PolarsType::Duration(polars_core::prelude::TimeUnit::Milliseconds));
    for odd in [when.unwrap(), Series::new_null("when".into(), 1)] {
        let data_frame = DataFrame::new(1, vec![odd.into()]).unwrap();
        let error = refusal(PoseFrame::from_polars_flat(&data_frame).unwrap_err());
        assert!(
            matches!(&error, FlatErrorKind::UnsupportedType { column, .. } if column == "when"),
            "{error}"
        );
    }
}

#[test]
fn what_polars_cannot_hold_is_refused() {
    // A number and its digits are different labels here, and one name there.
    let key = |label: Label| Column::new(ColumnKey::new([label]), DataType::Float64);
    let index = RowIndex::range(1);
    let columns = vec![key(Label::Integer(1)), key(Label::from("1"))];
    let schema = PoseSchema::new(vec![None], columns, index.schema()).unwrap();
    let one: ArrayRef = Arc::new(Float64Array::from(vec![0.5]));
    let table = PoseFrame::new(Arc::new(schema), index, vec![Arc::clone(&one), one]).unwrap();
    let error = refusal(table.to_polars().unwrap_err());
    assert!(matches!(&error, FlatErrorKind::NameClash { column } if column == "1"), "{error}");

    let label = |values: ArrayRef| {
        let level = pose_frame::IndexLevel::new(Some("when".into()), values);
        refusal(every_type::labelled_by(RowIndex::Labels(level)).to_polars().unwrap_err())
    };
    let far = arrow_array::TimestampSecondArray::from(vec![i64::MAX]);
    let error = label(Arc::new(far));
    assert!(matches!(&error, FlatErrorKind::OutOfReach { column, .. } if column == "when"), "{error}");
    let nowhere = arrow_array::TimestampNanosecondArray::from(vec![0]).with_timezone("Atlantis/Poseidon");
    let error = label(Arc::new(nowhere));
    assert!(matches!(&error, FlatErrorKind::Refused { column, .. } if column == "when"), "{error}");
}

#[test]
fn text_comes_back_whatever_its_length() {
    let text =
        [Some(""), None, Some("short"), Some("longer than twelve bytes, so that Polars keeps it apart")];
    let values: ArrayRef = Arc::new(StringArray::from(text.to_vec()));
    let index = RowIndex::range(4);
    let columns = vec![Column::new(ColumnKey::new(["who"]), DataType::Utf8)];
    let schema = Arc::new(PoseSchema::new(vec![None], columns, index.schema()).unwrap());
    let table = PoseFrame::new(schema, index, vec![values]).unwrap();
    let data_frame = table.to_polars().unwrap();
    assert_eq!(data_frame.column("who").unwrap().str().unwrap().iter().collect::<Vec<_>>(), text);
    assert_same(&table, &PoseFrame::from_polars(&data_frame, table.shared_schema()).unwrap());
}

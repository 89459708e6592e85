//! Tables as arrays of arrow2: the same memory, the same bits, and let go of once.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array as _, PrimitiveArray};
use arrow2::array::{
    BooleanArray as Arrow2Booleans, Float32Array as Arrow2Float32, Float64Array as Arrow2Float64,
    PrimitiveArray as Arrow2Numbers, Utf8Array,
};
use arrow2::chunk::Chunk;
use arrow2::datatypes::{DataType as Arrow2Type, Field, Schema};
use pose_frame::{
    FlatErrorKind, PoseFrame, PoseTable, RangeIndex, RowColumns, RowIndex, Selection, TableError,
    TableErrorKind, Tolerance, first_difference, testing,
};

#[path = "samples/every_type.rs"]
mod every_type;

fn assert_same(left: &PoseFrame, right: &PoseFrame) {
    assert_eq!(first_difference(left, right, Tolerance::BitForBit).unwrap(), None);
    assert_eq!(left.schema(), right.schema(), "kind and metadata too");
}

fn back(table: &PoseFrame) -> PoseFrame {
    let (fields, chunk) = table.to_arrow2().unwrap();
    PoseFrame::from_arrow2(&fields, &chunk, table.shared_schema()).unwrap()
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
        assert_same(&table, &back(&table));
        let frames = table.num_frames() / 3..table.num_frames();
        let part = table.read(&Selection::all().frames(frames)).unwrap();
        assert_same(&part, &back(&part));
    }
    for index in every_type::indexes() {
        let table = every_type::labelled_by(index);
        assert_same(&table, &back(&table));
    }
}

#[test]
fn floats_and_labels_lie_where_they_lay_both_ways() {
    let table = testing::predictions(100);
    // From within the columns, so that an offset that is lost shows.
    let table = table.read(&Selection::all().frames(3..90)).unwrap();
    let (fields, chunk) = table.to_arrow2().unwrap();
    let labels = table.index().to_levels()[0].values.as_primitive::<Int64Type>().values().as_ptr();
    let arrow2_labels = chunk.arrays()[0].as_any().downcast_ref::<Arrow2Numbers<i64>>().unwrap();
    assert_eq!(arrow2_labels.values().as_ptr(), labels);
    let back = PoseFrame::from_arrow2(&fields, &chunk, table.shared_schema()).unwrap();
    for (column, array) in table.columns().iter().enumerate() {
        let address = array.as_primitive::<Float64Type>().values().as_ptr();
        let there = chunk.arrays()[1 + column].as_any().downcast_ref::<Arrow2Float64>().unwrap();
        assert_eq!(there.values().as_ptr(), address);
        assert_eq!(back.columns()[column].as_primitive::<Float64Type>().values().as_ptr(), address);
    }
}

#[test]
fn booleans_and_text_lie_where_they_lay() {
    let table = every_type::table(20);
    let (_, chunk) = table.to_arrow2().unwrap();
    let booleans = every_type::column(&table, "Boolean").as_boolean().values().clone();
    let there = chunk.arrays()[every_type::position(&table, "Boolean")].clone();
    let there = there.as_any().downcast_ref::<Arrow2Booleans>().unwrap().values().as_slice().0.as_ptr();
    assert_eq!(there, booleans.inner().as_ptr());
    let text = every_type::column(&table, "Utf8").as_string::<i32>().values().clone();
    let there = chunk.arrays()[every_type::position(&table, "Utf8")].clone();
    let there = there.as_any().downcast_ref::<Utf8Array<i32>>().unwrap().values().as_ptr();
    assert_eq!(there, text.as_ptr());
}

#[test]
fn values_outlive_the_side_that_they_came_from() {
    let table = testing::predictions(1000);
    let expected: Vec<u64> = bits(&table);
    let schema = Arc::clone(table.shared_schema());
    let (fields, chunk) = table.to_arrow2().unwrap();
    drop(table);
    let back = PoseFrame::from_arrow2(&fields, &chunk, &schema).unwrap();
    drop(chunk);
    let again = back.to_arrow2().unwrap();
    drop(back);
    let back = PoseFrame::from_arrow2(&again.0, &again.1, &schema).unwrap();
    drop(again);
    assert_eq!(bits(&back), expected);

    // What arrow2 itself allocated, and what is looked at from another thread.
    let values = Arrow2Float64::from_vec(vec![0.5, f64::NAN, -0.0]).boxed();
    let fields = Schema::from(vec![Field::new("x", Arrow2Type::Float64, true)]);
    let chunk = Chunk::new(vec![values]);
    let table = PoseFrame::from_arrow2_flat(&fields, &chunk).unwrap();
    drop(chunk);
    let other = std::thread::spawn(move || bits(&table)).join().unwrap();
    assert_eq!(other, [0.5, f64::NAN, -0.0].map(f64::to_bits));
}

fn bits(table: &PoseFrame) -> Vec<u64> {
    let values = table.columns().iter().flat_map(|column| column.as_primitive::<Float64Type>().values());
    values.map(|value| value.to_bits()).collect()
}

#[test]
fn what_arrow2_holds_is_never_written_to_from_here() {
    let chunk = Chunk::new(vec![Arrow2Float64::from_vec(vec![1.0, 2.0]).boxed()]);
    let fields = Schema::from(vec![Field::new("x", Arrow2Type::Float64, true)]);
    let table = PoseFrame::from_arrow2_flat(&fields, &chunk).unwrap();
    let column: PrimitiveArray<Float64Type> = table.columns()[0].as_primitive::<Float64Type>().clone();
    drop(table);
    assert!(column.unary_mut(|x| x + 1.0).is_err(), "memory of another is not taken over");
    let there = chunk.arrays()[0].as_any().downcast_ref::<Arrow2Float64>().unwrap();
    assert_eq!(there.values().as_slice(), [1.0, 2.0]);
}

#[test]
fn nulls_of_arrow2_are_nan_and_its_long_text_is_text() {
    let fields = ["x", "small", "who"].map(|name| Field::new(name, Arrow2Type::Null, true)).to_vec();
    let chunk = Chunk::new(vec![
        Arrow2Float64::from([Some(1.0), None, Some(3.0)]).sliced(1, 2).boxed(),
        Arrow2Float32::from([Some(1.0), None]).boxed(),
        Utf8Array::<i64>::from([Some("snout"), None]).boxed(),
    ]);
    let table = PoseFrame::from_arrow2_flat(&Schema::from(fields), &chunk).unwrap();
    let x = table.columns()[0].as_primitive::<Float64Type>();
    assert!(x.value(0).is_nan() && x.value(1).to_bits() == 3.0_f64.to_bits() && x.null_count() == 0);
    let who = table.columns()[2].as_string::<i32>();
    assert_eq!(who.iter().collect::<Vec<_>>(), [Some("snout"), None]);
}

#[test]
fn a_table_of_rows_without_columns_keeps_its_rows() {
    let table = testing::predictions(9).read(&Selection::all().columns([])).unwrap();
    assert_same(&table, &back(&table));
    let counted = every_type::labelled_by(RowIndex::range(4)).read(&Selection::all().columns([])).unwrap();
    assert_same(&counted, &back(&counted));
}

#[test]
fn rows_are_columns_as_asked_for() {
    let table = every_type::labelled_by(RowIndex::range(4));
    let names = |rows| {
        let (fields, _) = table.to_arrow2_with(rows).unwrap();
        fields.fields.into_iter().map(|field| field.name).collect::<Vec<_>>()
    };
    assert_eq!(names(RowColumns::UnlessCounted), ["x"]);
    assert_eq!(names(RowColumns::Always), ["__index_level_0__", "x"]);
    let range = RangeIndex { name: None, start: 10, step: 2, len: 4 };
    let shifted = every_type::labelled_by(RowIndex::Range(range));
    let (fields, chunk) = shifted.to_arrow2().unwrap();
    assert_eq!(fields.fields[0].name, "__index_level_0__");
    let back = PoseFrame::from_arrow2(&fields, &chunk, shifted.shared_schema()).unwrap();
    assert!(matches!(back.index(), RowIndex::Range(RangeIndex { start: 10, step: 2, len: 4, .. })));
}

#[test]
fn a_refusal_names_the_column() {
    let refusal = |error: TableError| match error.into_kind() {
        TableErrorKind::Flat { source } => source,
        other => panic!("{other}"),
    };
    let field = |name: &str| Field::new(name, Arrow2Type::Float64, true);
    let chunk = Chunk::new(vec![Arrow2Numbers::<i64>::from_vec(vec![1]).to(Arrow2Type::Date64).boxed()]);
    let fields = Schema::from(vec![field("day")]);
    let error = refusal(PoseFrame::from_arrow2_flat(&fields, &chunk).unwrap_err());
    assert!(matches!(&error, FlatErrorKind::UnsupportedType { column, .. } if column == "day"), "{error}");
    let error = refusal(PoseFrame::from_arrow2_flat(&Schema::from(Vec::<Field>::new()), &chunk).unwrap_err());
    assert!(matches!(error, FlatErrorKind::FieldCount { fields: 0, arrays: 1 }), "{error}");

    let table = every_type::labelled_by(RowIndex::range(1));
    let given = |names: &[&str], chunk| {
        let fields = Schema::from(names.iter().map(|name| field(name)).collect::<Vec<_>>());
        refusal(PoseFrame::from_arrow2(&fields, &chunk, table.shared_schema()).unwrap_err())
    };
    let floats = || Arrow2Float64::from_vec(vec![1.0]).boxed();
    let error = given(&["y"], Chunk::new(vec![floats()]));
    assert!(matches!(&error, FlatErrorKind::NoColumn { column } if column == "x"), "{error}");
    let error = given(&["x", "y"], Chunk::new(vec![floats(), floats()]));
    assert!(matches!(&error, FlatErrorKind::LeftOver { column } if column == "y"), "{error}");
    let error = given(&["x", "x"], Chunk::new(vec![floats(), floats()]));
    assert!(matches!(&error, FlatErrorKind::NameClash { column } if column == "x"), "{error}");
    let error = given(&["x"], Chunk::new(vec![Arrow2Float32::from_vec(vec![1.0]).boxed()]));
    assert!(matches!(&error, FlatErrorKind::Type { column, .. } if column == "x"), "{error}");
}

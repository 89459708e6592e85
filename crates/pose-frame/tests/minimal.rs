//! A deliberately minimal implementor of `PoseTable`, so that everything the trait provides is exercised from
//! its three required methods alone; and the promises of selections and comparisons.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Float64Array};
use arrow_schema::DataType;
use pose_frame::{
    Column, ColumnKey, Difference, PoseFrame, PoseSchema, PoseTable, Role, RowIndex, Selection, TableError,
    TableErrorKind, TableKind, Tolerance, first_difference, testing,
};

/// Holds a frame and hands it out row by row, the slowest way there is.
struct Minimal(PoseFrame);

impl PoseTable for Minimal {
    fn schema(&self) -> &PoseSchema {
        self.0.schema()
    }

    fn num_frames(&self) -> usize {
        self.0.num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        self.0.read(selection)
    }
}

#[test]
fn minimal_implementor_conforms() {
    testing::conformance(&Minimal(testing::predictions(41)), &testing::predictions(41));
}

#[test]
fn frames_in_memory_conform() {
    for n in [0, 1, 2, 100] {
        testing::conformance(&testing::predictions(n), &testing::predictions(n));
        testing::conformance(&testing::labels(n), &testing::labels(n));
    }
}

#[test]
fn the_trait_is_object_safe_and_batches_through_a_reference() {
    let table: Box<dyn PoseTable> = Box::new(testing::predictions(10));
    let sizes: Vec<usize> =
        table.batches(&Selection::all(), 4).unwrap().map(|batch| batch.unwrap().num_frames()).collect();
    assert_eq!(sizes, [4, 4, 2]);
}

#[test]
fn selecting_shares_values() {
    let frame = testing::predictions(100);
    let part = frame.read(&Selection::all().bodypart("tail base").coord("x").frames(10..20)).unwrap();
    let (whole, cut) = (frame.columns()[3].to_data(), part.columns()[0].to_data());
    assert_eq!(whole.buffers()[0].as_ptr().wrapping_add(80), cut.buffers()[0].as_ptr());
}

#[test]
fn labels_of_one_level_add_up_and_levels_narrow() {
    let frame = testing::predictions(3);
    let keys = |selection: Selection| -> Vec<String> {
        let part = frame.read(&selection).unwrap();
        part.schema().columns().iter().map(|column| column.key.to_string()).collect()
    };
    let xy = keys(Selection::all().bodypart("snout").coord("y").coord("x"));
    assert_eq!(xy, ["DLC_net/snout/x", "DLC_net/snout/y"]);
    assert_eq!(keys(Selection::all().level("bodyparts", "snout")).len(), 3);
    assert_eq!(keys(Selection::all().scorer("DLC_net")).len(), 6);
}

#[test]
fn a_wrong_label_is_answered_with_the_right_ones() {
    let error = testing::predictions(3).read(&Selection::all().bodypart("nose")).unwrap_err();
    assert!(matches!(error.kind(), TableErrorKind::UnknownLabel { .. }));
    assert!(error.to_string().contains("snout, tail base"), "{error}");
    let error = testing::predictions(3).read(&Selection::all().individual("m1")).unwrap_err();
    assert!(error.to_string().contains("scorer, bodyparts, coords"), "{error}");
}

#[test]
fn differences_are_named_by_frame_and_column() {
    let frame = testing::predictions(50);
    let mut columns = frame.columns().to_vec();
    let mut values = vec![0.0; 50];
    for (row, value) in values.iter_mut().enumerate() {
        *value = f64::from_bits(bits(&columns[4], row));
    }
    values[17] = f64::from_bits(values[17].to_bits() ^ 1);
    columns[4] = Arc::new(Float64Array::from(values));
    let other = PoseFrame::new(frame.shared_schema().clone(), frame.index().clone(), columns).unwrap();
    let difference = first_difference(&frame, &other, Tolerance::BitForBit).unwrap().unwrap();
    let Difference::Cell { frame: 17, key, row, .. } = &difference else { panic!("{difference}") };
    assert_eq!((key.to_string().as_str(), row.as_str()), ("DLC_net/tail base/y", "22"));
    assert_eq!(first_difference(&frame, &other, Tolerance::Absolute(1e-6)).unwrap(), None);
}

#[test]
fn nan_payload_and_sign_of_zero_differ_bit_for_bit_only() {
    let table = |value: f64| {
        let index = RowIndex::range(1);
        let columns = vec![Column::new(ColumnKey::new(["x"]), DataType::Float64)];
        let schema = PoseSchema::new(vec![None], columns, index.schema()).unwrap();
        PoseFrame::new(Arc::new(schema), index, vec![Arc::new(Float64Array::from(vec![value]))]).unwrap()
    };
    for (left, right) in [(0.0, -0.0), (f64::NAN, f64::from_bits(f64::NAN.to_bits() | 1))] {
        let (left, right) = (table(left), table(right));
        let difference = first_difference(&left, &right, Tolerance::BitForBit).unwrap().unwrap();
        assert!(matches!(difference, Difference::Cell { .. }), "{difference}");
        assert_eq!(first_difference(&left, &right, Tolerance::Absolute(0.0)).unwrap(), None);
    }
}

#[test]
fn kinds_are_told_from_levels_and_coords() {
    let kind = |levels: &[Option<&str>], keys: &[&[&str]]| {
        let columns =
            keys.iter().map(|key| Column::new(ColumnKey::new(key.iter().copied()), DataType::Float64));
        let levels = levels.iter().map(|name| name.map(Into::into)).collect();
        PoseSchema::new(levels, columns.collect(), RowIndex::range(0).schema()).unwrap().kind()
    };
    let s3 = [Some("scorer"), Some("bodyparts"), Some("coords")];
    assert_eq!(
        kind(&s3, &[&["a", "b", "x"], &["a", "b", "y"], &["a", "b", "likelihood"]]),
        TableKind::Predictions
    );
    assert_eq!(kind(&s3, &[&["a", "b", "x"], &["a", "b", "y"]]), TableKind::Labels);
    assert_eq!(kind(&s3, &[&["a", "b", "z"], &["a", "b", "y"], &["a", "b", "x"]]), TableKind::ThreeD);
    assert_eq!(kind(&[Some("coordinates")], &[&["x"], &["y"], &["conf"]]), TableKind::Predictions);
    assert_eq!(kind(&[None, None], &[&["bone", "length"], &["bone", "orientation"]]), TableKind::Skeleton);
    assert_eq!(kind(&[Some("bodyparts"), Some("stats")], &[&["b", "meanx"]]), TableKind::Statistics);
    assert_eq!(kind(&[None], &[&["x"], &["y"], &["likelihood"]]), TableKind::Predictions);
    assert_eq!(kind(&[None], &[&["speed"]]), TableKind::Generic);
}

#[test]
fn flat_coords_are_a_level_of_coords() {
    let columns = ["x", "y"].map(|coord| Column::new(ColumnKey::new([coord]), DataType::Float64));
    let schema = PoseSchema::new(vec![None], columns.to_vec(), RowIndex::range(0).schema()).unwrap();
    assert_eq!(schema.level_of(Role::Coord), Some(0));
    assert_eq!(schema.labels_of(Role::Individual).len(), 0);
}

#[test]
fn duplicate_keys_are_refused_by_name() {
    let columns = ["x", "x"].map(|coord| Column::new(ColumnKey::new([coord]), DataType::Float64));
    let error = PoseSchema::new(vec![None], columns.to_vec(), RowIndex::range(0).schema()).unwrap_err();
    assert_eq!(error.to_string(), "two columns have the key x");
}

fn bits(array: &ArrayRef, row: usize) -> u64 {
    use arrow_array::cast::AsArray;
    array.as_primitive::<arrow_array::types::Float64Type>().value(row).to_bits()
}

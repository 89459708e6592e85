//! What of a footer and a page header the `parquet` crate reads, and of which types that is: from parquet.thrift.
//!
//! What it passes over, such as statistics, is [`Any`](Shape::Any), as are fields that are not named.

use Shape::{Any, Byte, Bytes, Children, Double, Kept, List, Number, Struct, Truth};

/// Of which type a field is.
pub(super) enum Shape {
    /// Whole numbers of 16, 32 or 64 bits, which are written alike.
    Number,
    /// One that is looked at later, in this field.
    Kept(i16),
    /// How many children an element of a schema has.
    Children,
    Truth,
    Byte,
    Double,
    Bytes,
    List(&'static Shape),
    /// The fields that are read of a struct, by their number.
    Struct(&'static [(i16, Shape)]),
    /// Passed over.
    Any,
}

impl Shape {
    /// Whether this is the shape of an element of a schema.
    pub(super) fn is_schema_element(&self) -> bool {
        matches!(self, Struct(fields) if fields.iter().any(|(_, shape)| matches!(shape, Children)))
    }
}

/// `FileMetaData`.
pub(super) static FILE: Shape = Struct(&[
    (1, Number),
    (2, List(&SCHEMA_ELEMENT)),
    (3, Number),
    (4, List(&ROW_GROUP)),
    (5, List(&KEY_VALUE)),
    (6, Bytes),
    (7, List(&Struct(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]))),
]);

/// `PageHeader`.
pub(super) static PAGE_HEADER: Shape = Struct(&[
    (1, Kept(1)),
    (2, Kept(2)),
    (3, Kept(3)),
    (4, Number),
    (5, Struct(&[(1, Kept(1)), (2, Kept(2)), (3, Number), (4, Number)])),
    (6, EMPTY),
    (7, Struct(&[(1, Kept(1)), (2, Kept(2)), (3, Truth)])),
    (
        8,
        Struct(&[
            (1, Kept(1)),
            (2, Kept(2)),
            (3, Kept(3)),
            (4, Kept(4)),
            (5, Kept(5)),
            (6, Kept(6)),
            (7, Truth),
        ]),
    ),
]);

const EMPTY: Shape = Struct(&[]);

static SCHEMA_ELEMENT: Shape = Struct(&[
    (1, Number),
    (2, Number),
    (3, Number),
    (4, Bytes),
    (5, Children),
    (6, Number),
    (7, Number),
    (8, Number),
    (9, Number),
    (10, Struct(LOGICAL_TYPES)),
]);

const TIME: Shape = Struct(&[(1, Truth), (2, Struct(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]))]);

const LOGICAL_TYPES: &[(i16, Shape)] = &[
    (1, EMPTY),
    (2, EMPTY),
    (3, EMPTY),
    (4, EMPTY),
    (5, Struct(&[(1, Number), (2, Number)])),
    (6, EMPTY),
    (7, TIME),
    (8, TIME),
    (10, Struct(&[(1, Byte), (2, Truth)])),
    (11, EMPTY),
    (12, EMPTY),
    (13, EMPTY),
    (14, EMPTY),
    (15, EMPTY),
    (16, Struct(&[(1, Byte)])),
    (17, Struct(&[(1, Bytes)])),
    (18, Struct(&[(1, Bytes), (2, Number)])),
    (19, EMPTY),
];

static ROW_GROUP: Shape = Struct(&[
    (1, List(&COLUMN_CHUNK)),
    (2, Number),
    (3, Number),
    (4, List(&Struct(&[(1, Number), (2, Truth), (3, Truth)]))),
    (5, Number),
    (6, Number),
    (7, Number),
]);

static COLUMN_CHUNK: Shape = Struct(&[
    (1, Bytes),
    (2, Number),
    (3, COLUMN),
    (4, Number),
    (5, Number),
    (6, Number),
    (7, Number),
    (8, Any),
    (9, Any),
]);

/// `ColumnMetaData`.
const COLUMN: Shape = Struct(&[
    (1, Number),
    (2, List(&Number)),
    (4, Number),
    (5, Number),
    (6, Number),
    (7, Number),
    (9, Number),
    (10, Number),
    (11, Number),
    (14, Number),
    (15, Number),
    (17, Struct(&[(1, Struct(BOX)), (2, List(&Number))])),
]);

const BOX: &[(i16, Shape)] =
    &[(1, Double), (2, Double), (3, Double), (4, Double), (5, Double), (6, Double), (7, Double), (8, Double)];

static KEY_VALUE: Shape = Struct(&[(1, Bytes), (2, Bytes)]);

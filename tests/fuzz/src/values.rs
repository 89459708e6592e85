//! Pickled values: made from bytes, and compared with what is read.

use pickle_data::{Object, Pickle, Value};

/// How many objects a value may have. A pickle of a few bytes can hold one list a million times.
const MAX_OBJECTS: usize = 10_000;
const MAX_DEPTH: usize = 64;

/// How deep values lie in each other that are made here. What pickles them looks at each tuple once per level.
const MADE_DEPTH: usize = 6;

/// The value that an object is; none when it is no plain one, or too large a tree.
#[must_use]
pub fn value_of(object: Object<'_>) -> Option<Value> {
    plain(object, MAX_DEPTH, &mut 0)
}

fn plain(object: Object<'_>, depth: usize, objects: &mut usize) -> Option<Value> {
    *objects += 1;
    if *objects > MAX_OBJECTS || depth == 0 {
        return None;
    }
    if object.opaque_name().is_some() {
        return None;
    }
    if let Some(items) = object.as_sequence() {
        let values = items.iter().map(|item| plain(item, depth - 1, objects)).collect::<Option<_>>()?;
        return Some(if object.as_tuple().is_some() { Value::Tuple(values) } else { Value::List(values) });
    }
    if object.is_none() {
        return Some(Value::None);
    }
    let text = object.as_text().map(|text| Value::Text(text.clone()));
    text.or_else(|| object.as_integer().map(Value::Integer)).or_else(|| object.as_bool().map(Value::Bool))
}

/// Makes a value from bytes, each of which says what comes next.
#[must_use]
pub fn made_from(bytes: &mut &[u8], depth: usize) -> Value {
    let Some((&kind, rest)) = bytes.split_first() else { return Value::None };
    *bytes = rest;
    let count = usize::from(kind >> 4);
    let children =
        |bytes: &mut &[u8], count: usize| (0..count).map(|_| made_from(bytes, depth + 1)).collect::<Vec<_>>();
    match kind & 7 {
        0 => Value::None,
        1 => Value::Bool(count > 0),
        2 => {
            let taken = take(bytes, 8);
            Value::Integer(taken.iter().fold(0, |number, &byte| number << 8 | i64::from(byte)))
        }
        3 | 4 => Value::text(String::from_utf8_lossy(take(bytes, 2 * count))),
        _ if depth > MADE_DEPTH => Value::None,
        5 => Value::List(children(bytes, count)),
        6 => Value::Tuple(children(bytes, count)),
        _ => Value::Dict(
            (0..count).map(|_| (made_from(bytes, depth + 1), made_from(bytes, depth + 1))).collect(),
        ),
    }
}

fn take<'a>(bytes: &mut &'a [u8], most: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(most.min(bytes.len()));
    *bytes = rest;
    taken
}

/// Checks that a value is read as it was written.
///
/// # Panics
///
/// When it is not.
pub fn check(value: &Value) {
    let bytes = value.to_pickle();
    let pickle = Pickle::decode(&bytes).unwrap_or_else(|error| panic!("{error}: {value:?}"));
    same(value, pickle.root());
    let again = Pickle::decode_tolerant(&bytes).unwrap_or_else(|error| panic!("{error}: {value:?}"));
    same(value, again.root());
}

fn same(value: &Value, object: Object<'_>) {
    match value {
        Value::None => assert!(object.is_none()),
        Value::Bool(expected) => assert_eq!(object.as_bool(), Some(*expected)),
        Value::Integer(expected) => assert_eq!(object.as_integer(), Some(*expected)),
        Value::Text(expected) => assert_eq!(object.as_text(), Some(expected)),
        Value::List(expected) | Value::Tuple(expected) => {
            assert_eq!(object.as_tuple().is_some(), matches!(value, Value::Tuple(_)));
            let items = object.sequence().expect("items");
            assert_eq!(items.len(), expected.len());
            expected.iter().zip(items.iter()).for_each(|(value, item)| same(value, item));
        }
        Value::Dict(entries) => {
            assert!(object.is_dict() && object.is_empty() == entries.is_empty());
            for (key, _) in entries {
                // Of equal keys the last one counts.
                let expected = entries.iter().rev().find(|(other, _)| other == key).map(|(_, value)| value);
                if let (Value::Text(key), Some(expected)) = (key, expected) {
                    same(expected, object.value_of(key).expect("an entry"));
                }
            }
        }
        other => panic!("{other:?} is not looked at"),
    }
}

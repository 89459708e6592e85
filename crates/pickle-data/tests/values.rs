//! What is written, against what is read.

use pickle_data::{Object, Pickle, Value};

fn read(value: &Value) -> Pickle {
    Pickle::decode(&value.to_pickle()).unwrap_or_else(|error| panic!("{error}: {value:?}"))
}

/// The value that an object is.
fn value_of(object: Object<'_>) -> Value {
    if let Some(items) = object.as_tuple() {
        return Value::Tuple(items.iter().map(value_of).collect());
    }
    if let Some(items) = object.as_sequence() {
        return Value::List(items.iter().map(value_of).collect());
    }
    let plain = object.as_text().map(|text| Value::Text(text.clone()));
    let plain = plain.or_else(|| object.as_integer().map(Value::Integer));
    plain.or_else(|| object.as_bool().map(Value::Bool)).unwrap_or_else(|| {
        assert!(object.is_none(), "{}", object.describe());
        Value::None
    })
}

#[test]
fn what_is_written_is_read() {
    let texts = ["", "snout", "a\\b", "\\u0041", "a\nb\r\0\x1a", "Ünï", "老鼠", "🐭", "\u{ffff}", "'\""];
    let texts = texts.into_iter().map(Value::text).collect();
    let numbers = [0, -1, 7, i64::from(i32::MAX), i64::from(i32::MAX) + 1, i64::MIN, i64::MAX];
    let numbers = numbers.into_iter().map(Value::Integer).collect();
    let rest =
        vec![Value::None, Value::Bool(true), Value::Bool(false), Value::Tuple(vec![]), Value::List(vec![])];
    let all = Value::Tuple(vec![Value::List(texts), Value::List(numbers), Value::Tuple(rest)]);
    assert_eq!(value_of(read(&all).root()), all);
}

#[test]
fn a_dictionary_is_read() {
    let key = || Value::Tuple(vec![Value::text("a scorer"), Value::Integer(1)]);
    let entries =
        vec![(Value::Integer(1), key()), (Value::text("a scorer"), Value::List(vec![key(), key()]))];
    let pickle = read(&Value::Dict(entries));
    let first = pickle.root().value(|key| key.as_integer() == Some(1));
    assert_eq!(first.map(value_of), Some(key()));
    assert_eq!(pickle.root().value_of("a scorer").map(value_of), Some(Value::List(vec![key(), key()])));
}

/// Names of columns as DeepLabCut has them.
fn columns(bodyparts: usize) -> Value {
    let scorer = Value::text("DLC_resnet50_openfieldOct30shuffle1_500000");
    let bodyparts = (0..bodyparts).map(|number| Value::text(format!("bodypart{number}")));
    let columns = bodyparts.flat_map(|bodypart| {
        ["x", "y", "likelihood"]
            .map(|coord| Value::Tuple(vec![scorer.clone(), bodypart.clone(), Value::text(coord)]))
    });
    Value::List(columns.collect())
}

#[test]
fn three_thousand_columns_fit_into_an_attribute() {
    let columns = Value::List(vec![Value::Tuple(vec![Value::Integer(1), columns(1000)])]);
    let bytes = columns.to_pickle();
    assert!(bytes.len() < 64 << 10, "{} bytes", bytes.len());
    assert_eq!(value_of(Pickle::decode(&bytes).expect("it can be read").root()), columns);
}

#[test]
fn the_memo_holds_what_is_fetched_again_and_nothing_else() {
    let two = String::from_utf8(columns(2).to_pickle()).expect("it is ASCII");
    let expected = [
        "((VDLC_resnet50_openfieldOct30shuffle1_500000\np0\nVbodypart0\np1\nVx\nt",
        "(g0\ng1\nVy\nt(g0\ng1\nVlikelihood\np2\nt",
        "(g0\nVbodypart1\np3\nVx\nt(g0\ng3\nVy\nt(g0\ng3\ng2\ntl.",
    ];
    assert_eq!(two, expected.concat());
    let tuple = || Value::Tuple(vec![Value::text("labeled-data"), Value::text("video")]);
    let shared = Value::List(vec![tuple(), tuple(), Value::text("once")]).to_pickle();
    assert_eq!(
        String::from_utf8(shared).expect("it is ASCII"),
        "((Vlabeled-data\nVvideo\ntp0\ng0\nVonce\nl."
    );
}

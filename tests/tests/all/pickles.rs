//! Pickles that are written here, as Python reads them.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use pickle_data::Value;
use pose_tests::python;

/// Compares each pickle in a folder with the text beside it that says what it should be. Any Python since 2.7 runs it.
const JUDGE: &str = "
import ast, io, pickle, sys
for number in range(int(sys.argv[2])):
    with io.open('%s/%d.pickle' % (sys.argv[1], number), 'rb') as file:
        found = pickle.load(file)
    with io.open('%s/%d.txt' % (sys.argv[1], number), encoding='ascii') as file:
        expected = ast.literal_eval(file.read())
    def shape(value):
        items = value if isinstance(value, (list, tuple)) else []
        kind = 'int' if type(value).__name__ == 'long' else type(value).__name__
        return kind, [shape(item) for item in items]
    if found != expected or shape(found) != shape(expected):
        sys.exit('%d: %r is not %r' % (number, found, expected))
";

/// A value as Python spells it.
fn literal(value: &Value, out: &mut String) {
    let all = |open: char, items: &[Value], close: &str, out: &mut String| {
        out.push(open);
        for item in items {
            literal(item, out);
            out.push(',');
        }
        out.push_str(close);
    };
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
        Value::Integer(number) => write!(out, "{number}").expect("a text takes it"),
        Value::Text(text) => {
            out.push_str("u'");
            for character in text.chars() {
                write!(out, "\\U{:08x}", u32::from(character)).expect("a text takes it");
            }
            out.push('\'');
        }
        Value::List(items) => all('[', items, "]", out),
        Value::Tuple(items) if items.is_empty() => out.push_str("()"),
        Value::Tuple(items) => all('(', items, ")", out),
        Value::Dict(entries) => {
            out.push('{');
            for (key, value) in entries {
                literal(key, out);
                out.push(':');
                literal(value, out);
                out.push(',');
            }
            out.push('}');
        }
        other => panic!("{other:?} is not known here"),
    }
}

/// What pandas pickles into the attributes of a table of 3,000 columns.
fn columns() -> Value {
    let scorer = Value::text("DLC_resnet50_openfieldOct30shuffle1_500000");
    let columns = (0..3000).map(|column| {
        let bodypart = Value::text(format!("körperteil {}", column / 3));
        Value::Tuple(vec![scorer.clone(), bodypart, Value::text(["x", "y", "likelihood"][column % 3])])
    });
    Value::List(vec![Value::Tuple(vec![Value::Integer(1), Value::List(columns.collect())])])
}

#[test]
fn python_reads_what_is_written() {
    let names = || Value::List(vec![Value::text("scorer"), Value::None, Value::text("coords")]);
    let info = vec![
        (Value::Integer(1), Value::Dict(vec![(Value::text("names"), names())])),
        (Value::text("index"), Value::Dict(vec![])),
        (Value::Tuple(vec![Value::text("index")]), Value::Bool(true)),
    ];
    let texts = [
        "",
        " ",
        "a\\b",
        "\\u0041",
        "\\",
        "a\nb\r\0\x1a\t",
        "Ünï\u{ff}",
        "老鼠",
        "🐭",
        "\u{ffff}",
        "'\"",
        "N.",
    ];
    let numbers = [0, -1, 10, i64::from(i32::MIN), i64::from(i32::MAX) + 1, i64::MIN, i64::MAX];
    let numbers: Vec<Value> = numbers.into_iter().map(Value::Integer).collect();
    let pair = || Value::Tuple(vec![Value::text("labeled-data"), Value::text("video"), Value::Integer(1)]);
    let values = [
        Value::None,
        Value::Bool(false),
        Value::text("a text"),
        Value::Dict(info),
        Value::List(texts.into_iter().chain(texts).map(Value::text).collect()),
        Value::Tuple(numbers),
        Value::List(vec![
            pair(),
            Value::Tuple(vec![pair(), pair()]),
            Value::Tuple(vec![]),
            Value::List(vec![]),
        ]),
        columns(),
    ];
    let scratch = tempfile::tempdir().expect("there is room");
    for (number, value) in values.iter().enumerate() {
        let mut text = String::new();
        literal(value, &mut text);
        fs::write(scratch.path().join(format!("{number}.pickle")), value.to_pickle()).expect("there is room");
        fs::write(scratch.path().join(format!("{number}.txt")), text).expect("there is room");
    }
    let judge = Command::new(python())
        .args(["-c", JUDGE])
        .arg(scratch.path())
        .arg(values.len().to_string())
        .output()
        .expect("Python starts");
    assert!(judge.status.success(), "{}", String::from_utf8_lossy(&judge.stderr));
}

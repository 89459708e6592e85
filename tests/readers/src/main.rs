//! Reads Parquet files with arrow2 (which has parquet2 below it), and writes down what it found, as `read.py` does.

use std::any::Any;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow2::array::{Array, BooleanArray, PrimitiveArray, Utf8Array};
use arrow2::compute::cast::{CastOptions, cast};
use arrow2::datatypes::{DataType, TimeUnit};
use arrow2::io::parquet::read;
use serde_json::{Value, json};

/// What `Cargo.toml` asks for.
const VERSION: &str = "0.18.0";

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // What a reader panics with is its answer.
    std::panic::set_hook(Box::new(|_| {}));
    let question: Value = serde_json::from_reader(std::io::stdin().lock())?;
    let cases = question["cases"].as_array().ok_or("no cases")?;
    println!("{}", json!(VERSION));
    for case in cases {
        println!("{}", answer(case));
    }
    Ok(())
}

fn answer(case: &Value) -> Value {
    let path = |key: &str| case[key].as_str().unwrap_or_default();
    match catch_unwind(AssertUnwindSafe(|| read_file(path("parquet"), path("dump")))) {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => json!({"error": error.to_string().lines().next()}),
        Err(panic) => json!({"error": format!("panic: {}", said(&*panic))}),
    }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default()
}

fn read_file(parquet: &str, dump: &str) -> Result<Value, Failure> {
    let mut file = File::open(parquet)?;
    let metadata = read::read_metadata(&mut file)?;
    let schema = read::infer_schema(&metadata)?;
    let names: Vec<String> = schema.fields.iter().map(|field| field.name.clone()).collect();
    let mut columns: Vec<Vec<Box<dyn Array>>> = vec![Vec::new(); names.len()];
    let mut rows = 0;
    let groups = read::FileReader::new(file, metadata.row_groups, schema, None, None, None);
    for chunk in groups {
        let chunk = chunk?;
        rows += chunk.len();
        for (pieces, piece) in columns.iter_mut().zip(chunk.into_arrays()) {
            pieces.push(piece);
        }
    }
    let mut out = BufWriter::new(File::create(dump)?);
    let mut found = Vec::with_capacity(names.len());
    for (name, pieces) in names.iter().zip(&columns) {
        let kind = pieces.first().map_or(Ok("text".to_owned()), |piece| kind(piece.data_type()))?;
        for piece in pieces {
            let valid: Vec<u8> = (0..piece.len()).map(|row| u8::from(piece.is_valid(row))).collect();
            out.write_all(&valid)?;
        }
        for piece in pieces {
            for word in words(&**piece)? {
                out.write_all(&word.to_le_bytes())?;
            }
        }
        for piece in pieces.iter().filter(|piece| *piece.data_type() == DataType::Utf8) {
            for text in utf8(&**piece)?.iter().flatten() {
                out.write_all(text.as_bytes())?;
            }
        }
        found.push(json!({"name": name, "kind": kind}));
    }
    out.flush()?;
    Ok(json!({"rows": rows, "columns": found}))
}

fn kind(data_type: &DataType) -> Result<String, Failure> {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    };
    Ok(match data_type {
        DataType::Float64 => "float64".to_owned(),
        DataType::Float32 => "float32".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Utf8 | DataType::Null => "text".to_owned(),
        DataType::Timestamp(found, _) => format!("time:{}", unit(found)),
        DataType::Duration(found) => format!("span:{}", unit(found)),
        integer if is_integer(integer) => "integer".to_owned(),
        other => return Err(format!("a column is {other:?}").into()),
    })
}

fn is_integer(data_type: &DataType) -> bool {
    use DataType::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    matches!(data_type, Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64)
}

/// Eight bytes for each value, whatever they mean; what is missing has zeros.
fn words(array: &dyn Array) -> Result<Vec<u64>, Failure> {
    fn primitive<T: arrow2::types::NativeType>(
        array: &dyn Array,
        word: impl Fn(T) -> u64,
    ) -> Result<Vec<u64>, Failure> {
        let array =
            array.as_any().downcast_ref::<PrimitiveArray<T>>().ok_or("another array than its type says")?;
        Ok(array.iter().map(|value| value.map_or(0, |value| word(*value))).collect())
    }
    match array.data_type() {
        DataType::Float64 => primitive(array, f64::to_bits),
        DataType::Float32 => primitive(array, |value: f32| value.to_bits().into()),
        DataType::Timestamp(..) | DataType::Duration(_) => primitive(array, i64::cast_unsigned),
        DataType::UInt64 => primitive(array, |value: u64| value),
        DataType::Boolean => {
            let array = array.as_any().downcast_ref::<BooleanArray>().ok_or("no booleans")?;
            Ok(array.iter().map(|value| u64::from(value == Some(true))).collect())
        }
        DataType::Null => Ok(vec![0; array.len()]),
        DataType::Utf8 => Ok(utf8(array)?.iter().map(|text| text.map_or(0, str::len) as u64).collect()),
        _ => {
            let wide = cast(array, &DataType::Int64, CastOptions::default())?;
            primitive(&*wide, i64::cast_unsigned)
        }
    }
}

fn utf8(array: &dyn Array) -> Result<&Utf8Array<i32>, Failure> {
    Ok(array.as_any().downcast_ref().ok_or("no text")?)
}

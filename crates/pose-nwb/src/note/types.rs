//! Types by their names.

use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};

/// The name of a type, as pandas users know it.
pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "text".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Timestamp(unit, None) => format!("timestamp {}", unit_name(*unit)),
        DataType::Timestamp(unit, Some(zone)) => format!("timestamp {} {zone}", unit_name(*unit)),
        DataType::Duration(unit) => format!("duration {}", unit_name(*unit)),
        number => number.to_string().to_lowercase(),
    }
}

/// The type of a name; none when no column or label is of such a type.
pub(crate) fn parse_type(name: &str) -> Option<DataType> {
    Some(match name {
        "text" => DataType::Utf8,
        "bool" => DataType::Boolean,
        "float32" => DataType::Float32,
        "float64" => DataType::Float64,
        "int8" => DataType::Int8,
        "int16" => DataType::Int16,
        "int32" => DataType::Int32,
        "int64" => DataType::Int64,
        "uint8" => DataType::UInt8,
        "uint16" => DataType::UInt16,
        "uint32" => DataType::UInt32,
        "uint64" => DataType::UInt64,
        _ => {
            let mut words = name.splitn(3, ' ');
            match (words.next()?, parse_unit(words.next()?)?, words.next()) {
                ("timestamp", unit, zone) => DataType::Timestamp(unit, zone.map(Arc::from)),
                ("duration", unit, None) => DataType::Duration(unit),
                _ => return None,
            }
        }
    })
}

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

fn parse_unit(name: &str) -> Option<TimeUnit> {
    [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond]
        .into_iter()
        .find(|unit| unit_name(*unit) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_name_of_its_own() {
        let types = [
            DataType::Utf8,
            DataType::Boolean,
            DataType::Float32,
            DataType::Float64,
            DataType::Int8,
            DataType::Int16,
            DataType::Int32,
            DataType::Int64,
            DataType::UInt8,
            DataType::UInt16,
            DataType::UInt32,
            DataType::UInt64,
            DataType::Timestamp(TimeUnit::Nanosecond, None),
            DataType::Timestamp(TimeUnit::Millisecond, Some("Europe/Zurich".into())),
            DataType::Duration(TimeUnit::Second),
        ];
        for data_type in types {
            assert_eq!(parse_type(&type_name(&data_type)), Some(data_type));
        }
        for name in ["", "complex", "timestamp", "timestamp day", "duration ns UTC", "Float64"] {
            assert_eq!(parse_type(name), None, "{name}");
        }
    }
}

//! Attributes as typed values.

use hdf5_reader::{Datatype, StringEncoding, StringSize};

use super::{ByteOrder, Container, Element, Number, NumberKind};

/// The attributes of a group or a dataset.
pub(crate) struct Attributes {
    container: Container,
    object: String,
    stored: Vec<hdf5_reader::Attribute>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Attribute<'a> {
    /// Text that is marked as UTF-8.
    Text(&'a str),
    /// Text that is not, without the zeros at its end: ASCII, text of Python 2, or a pickle.
    Bytes(&'a [u8]),
    /// A whole number.
    Integer(i64),
    /// A boolean.
    Bool(bool),
    /// What is none of these; named for people.
    Other(String),
}

impl Attributes {
    pub(super) fn new(container: Container, object: String, stored: Vec<hdf5_reader::Attribute>) -> Self {
        Self { container, object, stored }
    }

    /// The file.
    pub(crate) fn container(&self) -> &Container {
        &self.container
    }

    /// The path of the object that has the attributes.
    pub(crate) fn object(&self) -> &str {
        &self.object
    }

    /// The value of an attribute, if there is one of this name.
    pub(crate) fn get(&self, name: &str) -> Option<Attribute<'_>> {
        self.find(name).map(value)
    }

    /// The names of all attributes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.stored.iter().map(|attribute| attribute.name.as_str())
    }

    fn find(&self, name: &str) -> Option<&hdf5_reader::Attribute> {
        self.stored.iter().find(|attribute| attribute.name == name)
    }
}

impl<'a> Attribute<'a> {
    /// Text of either mark.
    pub(crate) fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The bytes of text of either mark.
    pub(crate) fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// What this is, for people.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Text(text) => shortened(text),
            Self::Bytes(bytes) => shortened(&String::from_utf8_lossy(bytes)),
            Self::Integer(number) => number.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Other(name) => name.clone(),
        }
    }
}

/// The start of a text, in quotes.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    let start: String = text.chars().take(SHOWN).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{more}")
}

fn value(attribute: &hdf5_reader::Attribute) -> Attribute<'_> {
    let single = matches!(attribute.shape.as_slice(), [] | [1]);
    match &attribute.datatype {
        // An empty text has no element, or one of a single zero.
        Datatype::String { encoding: StringEncoding::Utf8, .. } if attribute.shape == [0] => {
            Attribute::Text("")
        }
        Datatype::String { .. } if attribute.shape == [0] => Attribute::Bytes(b""),
        Datatype::String { size: StringSize::Fixed(_), encoding, .. } if single => {
            let bytes = attribute.raw_data.as_slice();
            let length = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            let bytes = &bytes[..length];
            match (encoding, std::str::from_utf8(bytes)) {
                (StringEncoding::Utf8, Ok(text)) => Attribute::Text(text),
                _ => Attribute::Bytes(bytes),
            }
        }
        Datatype::String { .. } | Datatype::VarLen { .. } if single => {
            match attribute.decoded_strings.as_deref() {
                Some([text]) => Attribute::Text(text),
                _ => Attribute::Other("a text that is not there".to_owned()),
            }
        }
        datatype => match Element::new(datatype) {
            Element::Number(number) if single => integer(number, &attribute.raw_data)
                .unwrap_or_else(|| Attribute::Other(number.kind.to_string())),
            element if single => Attribute::Other(element.to_string()),
            element => Attribute::Other(format!("several of {element}")),
        },
    }
}

fn integer<'a>(Number { kind, order }: Number, raw: &[u8]) -> Option<Attribute<'a>> {
    let mut bytes = [0; 8];
    let size = kind.size();
    bytes[..size].copy_from_slice(raw.get(..size)?);
    if order == ByteOrder::Big {
        bytes[..size].reverse();
    }
    let unsigned = u64::from_le_bytes(bytes);
    Some(match kind {
        NumberKind::Bool => Attribute::Bool(bytes[0] != 0),
        NumberKind::U8 | NumberKind::U16 | NumberKind::U32 | NumberKind::U64 => {
            Attribute::Integer(i64::try_from(unsigned).ok()?)
        }
        NumberKind::I8 => Attribute::Integer(i64::from(i8::from_le_bytes([bytes[0]]))),
        NumberKind::I16 => Attribute::Integer(i64::from(i16::from_le_bytes([bytes[0], bytes[1]]))),
        NumberKind::I32 => {
            Attribute::Integer(i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])))
        }
        NumberKind::I64 => Attribute::Integer(unsigned.cast_signed()),
        NumberKind::F32 | NumberKind::F64 => return None,
    })
}

//! Attributes as typed values.

use std::sync::OnceLock;

use hdf5_reader::error::Result as ReaderResult;
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::attribute::AttributeMessage;
use hdf5_reader::messages::dataspace::DataspaceType;
use hdf5_reader::{Datatype, StringEncoding, StringSize};

use super::convert;
use super::heap::HeapTexts;
use super::values::StoredText;
use super::{
    ByteOrder, Element, File, FromNumber, Number, NumberKind, Reference, attribute_name, unexpected,
};
use crate::ReadError;

/// The attributes of a group or a dataset.
pub struct Attributes {
    file: File,
    object: String,
    stored: Vec<Stored>,
}

/// An attribute as it is stored.
struct Stored {
    name: String,
    datatype: Datatype,
    /// The lengths of the axes; of one that holds nothing `[0]`.
    shape: Vec<u64>,
    raw: Vec<u8>,
    /// The texts of any length, where they came with it.
    decoded: Option<Vec<String>>,
    /// The one text of any length, once it was asked for; nothing if it is not there.
    text: OnceLock<Option<String>>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Attribute<'a> {
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
    /// Those in the header at an address. `dense` reads them where the header has not all of them.
    pub(super) fn read(
        file: &File,
        object: &str,
        address: u64,
        dense: impl FnOnce() -> ReaderResult<Vec<hdf5_reader::Attribute>>,
    ) -> Result<Self, ReadError> {
        let reader = &file.0.file;
        let offset_size = reader.superblock().offset_size;
        let named = if object.is_empty() { "the root group" } else { object };
        let damaged = |error| file.damaged(named, error);
        let header = reader.get_or_parse_header(address).map_err(damaged)?;
        let elsewhere = |message: &HdfMessage| {
            matches!(message, HdfMessage::AttributeInfo(info)
                if !Cursor::is_undefined_offset(info.fractal_heap_address, offset_size))
        };
        // Those of the header are taken from there: the reader would fetch all their texts from the heap at once.
        let stored = if header.messages.iter().any(elsewhere) {
            dense().map_err(damaged)?.into_iter().map(Stored::of_reader).collect()
        } else {
            let message = |message: &HdfMessage| match message {
                HdfMessage::Attribute(attribute) => Some(Stored::of_message(attribute)),
                _ => None,
            };
            header.messages.iter().filter_map(message).collect()
        };
        Ok(Self { file: file.clone(), object: object.to_owned(), stored })
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The path of the object that has the attributes, without the leading slash.
    #[must_use]
    pub fn object(&self) -> &str {
        &self.object
    }

    /// The value of an attribute, if there is one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Attribute<'_>> {
        self.find(name).map(|stored| self.value(stored))
    }

    /// The names of all attributes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.stored.iter().map(|stored| stored.name.as_str())
    }

    /// The lengths of the axes of an attribute: none of a single value, `[0]` of one that holds nothing.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&[u64]> {
        self.find(name).map(|stored| stored.shape.as_slice())
    }

    /// What one element of an attribute is.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<Element> {
        self.find(name).map(|stored| Element::new(&stored.datatype))
    }

    /// The text of an attribute, of fixed or of any length; nothing if there is no attribute of this name.
    ///
    /// # Errors
    ///
    /// When it is not one text in UTF-8, or is damaged.
    pub fn text(&self, name: &str) -> Result<Option<String>, ReadError> {
        self.single(name, "one text", Self::texts)
    }

    /// The texts of an attribute, one after the other.
    ///
    /// # Errors
    ///
    /// When they are no texts in UTF-8, have more bytes than the file, or are damaged.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, ReadError> {
        let Some(stored) = self.find(name) else { return Ok(None) };
        let Some(kind) = StoredText::of(&stored.datatype) else { return Err(self.is_no(stored, "texts")) };
        if let Some(decoded) = &stored.decoded {
            return Ok(Some(decoded.clone()));
        }
        let object = attribute_name(&self.object, name);
        let size = match &stored.datatype {
            Datatype::String { size: StringSize::Fixed(size), .. } => *size as usize,
            _ => 8 + usize::from(self.file.0.file.superblock().offset_size),
        };
        let mut heap = HeapTexts::new(&self.file, &object);
        let elements = self.elements(stored, size)?;
        let texts = elements.map(|element| kind.text(element, &self.file, &object, &mut heap));
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// The number of an attribute, converted as [`Dataset::read`](super::Dataset::read) does it; nothing if there is no
    /// attribute of this name. Booleans are 0 and 1.
    ///
    /// # Errors
    ///
    /// When it is not one number, or not a `T`.
    pub fn number<T: FromNumber>(&self, name: &str) -> Result<Option<T>, ReadError> {
        self.single(name, "one number", Self::numbers)
    }

    /// The numbers of an attribute, one after the other.
    ///
    /// # Errors
    ///
    /// When they are no numbers, or one is not a `T`.
    pub fn numbers<T: FromNumber>(&self, name: &str) -> Result<Option<Vec<T>>, ReadError> {
        let Some(stored) = self.find(name) else { return Ok(None) };
        let Element::Number(number) = Element::new(&stored.datatype) else {
            return Err(self.is_no(stored, "numbers"));
        };
        let mut out = Vec::new();
        for element in self.elements(stored, number.kind.size())? {
            convert::extend(number, element, &mut out).map_err(|found| {
                let expected = format!("numbers of the type {}", T::KIND);
                unexpected(&self.file, &attribute_name(&self.object, name), &expected, &found)
            })?;
        }
        Ok(Some(out))
    }

    /// The reference of an attribute; nothing if there is no attribute of this name.
    ///
    /// # Errors
    ///
    /// When it is not one reference to an object.
    pub fn reference(&self, name: &str) -> Result<Option<Reference>, ReadError> {
        self.single(name, "one reference", Self::references)
    }

    /// The references of an attribute, one after the other.
    ///
    /// # Errors
    ///
    /// When they are no references to objects.
    pub fn references(&self, name: &str) -> Result<Option<Vec<Reference>>, ReadError> {
        let Some(stored) = self.find(name) else { return Ok(None) };
        if Element::new(&stored.datatype) != Element::Reference {
            return Err(self.is_no(stored, "references"));
        }
        let size = usize::from(self.file.0.file.superblock().offset_size);
        Ok(Some(self.elements(stored, size)?.map(Reference::of).collect()))
    }

    fn single<T>(
        &self,
        name: &str,
        expected: &str,
        several: impl FnOnce(&Self, &str) -> Result<Option<Vec<T>>, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        let Some(mut values) = several(self, name)? else { return Ok(None) };
        match (values.pop(), values.len()) {
            (Some(value), 0) => Ok(Some(value)),
            (None, _) => Err(unexpected(&self.file, &attribute_name(&self.object, name), expected, "none")),
            (_, more) => {
                let found = (more + 1).to_string();
                Err(unexpected(&self.file, &attribute_name(&self.object, name), expected, &found))
            }
        }
    }

    /// The elements of an attribute, of so many bytes each, as many as its shape has.
    fn elements<'a>(
        &self,
        stored: &'a Stored,
        size: usize,
    ) -> Result<std::iter::Take<std::slice::ChunksExact<'a, u8>>, ReadError> {
        let count = stored.shape.iter().try_fold(1u64, |count, &length| count.checked_mul(length));
        let count = count.and_then(|count| usize::try_from(count).ok());
        let held = stored.raw.len() / size.max(1);
        match count {
            Some(count) if count <= held => Ok(stored.raw.chunks_exact(size.max(1)).take(count)),
            _ => {
                let what = format!("its shape is {:?}, and it holds {held} elements", stored.shape);
                let object = attribute_name(&self.object, &stored.name);
                Err(self.file.damaged(&object, super::ReaderError::InvalidData(what)))
            }
        }
    }

    fn is_no(&self, stored: &Stored, expected: &str) -> ReadError {
        let found = Element::new(&stored.datatype).to_string();
        unexpected(&self.file, &attribute_name(&self.object, &stored.name), expected, &found)
    }

    fn find(&self, name: &str) -> Option<&Stored> {
        self.stored.iter().find(|stored| stored.name == name)
    }

    fn value<'a>(&self, stored: &'a Stored) -> Attribute<'a> {
        let single = matches!(stored.shape.as_slice(), [] | [1]);
        match &stored.datatype {
            // An empty text has no element, or one of a single zero.
            Datatype::String { encoding: StringEncoding::Utf8, .. } if stored.shape == [0] => {
                Attribute::Text("")
            }
            Datatype::String { .. } if stored.shape == [0] => Attribute::Bytes(b""),
            Datatype::String { size: StringSize::Fixed(_), encoding, .. } if single => {
                let bytes = stored.raw.as_slice();
                let length = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
                let bytes = &bytes[..length];
                match (encoding, std::str::from_utf8(bytes)) {
                    (StringEncoding::Utf8, Ok(text)) => Attribute::Text(text),
                    _ => Attribute::Bytes(bytes),
                }
            }
            Datatype::String { .. } | Datatype::VarLen { .. } if single => {
                let text = stored.text.get_or_init(|| self.text(&stored.name).ok().flatten());
                match text.as_deref() {
                    Some(text) => Attribute::Text(text),
                    None => Attribute::Other("a text that is not there".to_owned()),
                }
            }
            datatype => match Element::new(datatype) {
                Element::Number(number) if single => {
                    integer(number, &stored.raw).unwrap_or_else(|| Attribute::Other(number.kind.to_string()))
                }
                element if single => Attribute::Other(element.to_string()),
                element => Attribute::Other(format!("several of {element}")),
            },
        }
    }
}

impl Stored {
    fn of_message(message: &AttributeMessage) -> Self {
        let shape = match message.dataspace.dataspace_type {
            DataspaceType::Scalar => Vec::new(),
            DataspaceType::Null => vec![0],
            DataspaceType::Simple => message.dataspace.dims.clone(),
        };
        Self {
            name: message.name.clone(),
            datatype: message.datatype.clone(),
            shape,
            raw: message.raw_data.clone(),
            decoded: None,
            text: OnceLock::new(),
        }
    }

    fn of_reader(attribute: hdf5_reader::Attribute) -> Self {
        let hdf5_reader::Attribute { name, datatype, shape, raw_data, decoded_strings } = attribute;
        Self { name, datatype, shape, raw: raw_data, decoded: decoded_strings, text: OnceLock::new() }
    }
}

impl<'a> Attribute<'a> {
    /// Text of either mark.
    #[must_use]
    pub fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The bytes of text of either mark.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// What this is, for people.
    #[must_use]
    pub fn describe(&self) -> String {
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

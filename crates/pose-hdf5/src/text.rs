//! Text of a fixed number of bytes.

use std::borrow::Cow;

/// How the texts of a file are encoded, and which of them stands for a missing value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextCodec {
    encoding: Encoding,
    missing: Option<Box<str>>,
}

/// The encodings that pandas' files are found with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Ascii,
    Latin1,
}

impl TextCodec {
    /// A codec for the encoding of this name, in any of Python's spellings, without a text for missing values.
    pub(crate) fn named(encoding: &str) -> Option<Self> {
        let name: String = encoding.to_ascii_lowercase().replace([' ', '_'], "-");
        let encoding = match name.as_str() {
            "utf-8" | "utf8" | "u8" => Encoding::Utf8,
            "ascii" | "us-ascii" | "646" => Encoding::Ascii,
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" => Encoding::Latin1,
            _ => return None,
        };
        Some(Self { encoding, missing: None })
    }

    /// The same with a text that stands for a missing value.
    pub(crate) fn with_missing(&self, missing: Option<&str>) -> Self {
        Self { encoding: self.encoding, missing: missing.map(Box::from) }
    }

    /// What the encoding is called in messages.
    pub(crate) fn encoding_name(&self) -> &'static str {
        match self.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Ascii => "ASCII",
            Encoding::Latin1 => "Latin-1",
        }
    }

    /// The text without the zeros that fill it up; `None` when it stands for a missing value.
    ///
    /// # Errors
    ///
    /// When the bytes are not of the encoding.
    pub(crate) fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Option<Cow<'a, str>>, InvalidText> {
        let length = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        let bytes = &bytes[..length];
        let text = match self.encoding {
            Encoding::Utf8 => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| InvalidText)?),
            Encoding::Ascii if !bytes.is_ascii() => return Err(InvalidText),
            Encoding::Ascii => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| InvalidText)?),
            Encoding::Latin1 => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
        };
        Ok(Some(text).filter(|text| self.missing.as_deref() != Some(text)))
    }
}

/// Bytes that are not of their encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidText;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zeros_at_the_end_are_padding() {
        let codec = TextCodec::named("UTF-8").unwrap().with_missing(Some("nan"));
        assert_eq!(codec.decode(b"a\0b\0\0").unwrap().unwrap(), "a\0b");
        assert_eq!(codec.decode(b" a \0").unwrap().unwrap(), " a ");
        assert_eq!(codec.decode(b"\0\0").unwrap().unwrap(), "");
        assert_eq!(codec.decode(b"nan\0").unwrap(), None);
        assert_eq!(codec.decode(b"nano").unwrap().unwrap(), "nano");
    }

    #[test]
    fn bytes_of_another_encoding_are_refused() {
        assert_eq!(TextCodec::named("utf_8").unwrap().decode(b"\xe4"), Err(InvalidText));
        assert_eq!(TextCodec::named("ascii").unwrap().decode("ä".as_bytes()), Err(InvalidText));
        assert_eq!(TextCodec::named("latin-1").unwrap().decode(b"\xe4").unwrap().unwrap(), "ä");
        assert_eq!(TextCodec::named("koi8-r"), None);
    }
}

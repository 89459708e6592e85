//! Numbers and texts.

use std::sync::Arc;

use super::{Machine, Unknown};
use crate::PickleError;
use crate::pickle::Node;
use crate::text::{HALF_A_CHARACTER, python_string, raw_unicode};

const NOT_UTF_8: &str = "a text is not UTF-8";

impl<'a> Machine<'a> {
    pub(super) fn number(&mut self, opcode: u8) -> Result<Node, PickleError> {
        const WHAT: &str = "an integer";
        let number = match opcode {
            b'I' | b'L' => match self.line(WHAT)? {
                line @ (b"00" | b"01") if opcode == b'I' => return Ok(Node::Bool(line == b"01")),
                line => {
                    let line = std::str::from_utf8(line).unwrap_or_default().trim();
                    let digits = line.strip_suffix('L').unwrap_or(line);
                    let plain = digits.strip_prefix(['-', '+']).unwrap_or(digits);
                    match digits.parse() {
                        Ok(number) => number,
                        Err(_) if !plain.is_empty() && plain.bytes().all(|digit| digit.is_ascii_digit()) => {
                            return self.too_large();
                        }
                        Err(_) => return Err(self.malformed("an integer is no number of 64 bits")),
                    }
                }
            },
            b'J' => i64::from(i32::from_le_bytes(self.array(WHAT)?)),
            b'K' => i64::from(self.byte(WHAT)?),
            b'M' => i64::from(u16::from_le_bytes(self.array(WHAT)?)),
            _ => {
                let length =
                    if opcode == 0x8a { usize::from(self.byte(WHAT)?) } else { self.count(4, WHAT)? };
                let bytes = self.take(length, WHAT)?;
                match long(bytes) {
                    Some(number) => number,
                    None => return self.too_large(),
                }
            }
        };
        Ok(Node::Integer(number))
    }

    /// Python's integers have no bounds. One beyond 64 bits has no value here.
    fn too_large(&self) -> Result<Node, PickleError> {
        match self.unknown {
            Unknown::Refuse => Err(self.malformed("an integer is no number of 64 bits")),
            Unknown::Keep => Ok(Node::Other("an integer beyond 64 bits")),
        }
    }

    pub(super) fn float(&mut self, opcode: u8) -> Result<f64, PickleError> {
        const WHAT: &str = "a float";
        if opcode == b'G' {
            return Ok(f64::from_be_bytes(self.array(WHAT)?));
        }
        let line = std::str::from_utf8(self.line(WHAT)?).ok();
        line.and_then(|line| line.trim().parse().ok()).ok_or_else(|| self.malformed("a float is no number"))
    }

    pub(super) fn text(&mut self, opcode: u8) -> Result<Node, PickleError> {
        const WHAT: &str = "a text";
        let text: Result<Arc<str>, _> = match opcode {
            b'S' => python_string(self.line(WHAT)?).map(Arc::from),
            b'V' => raw_unicode(self.line(WHAT)?).map(Arc::from),
            // Python 2 wrote bytes where it meant text. PyTables reads them as Latin-1 when they are not ASCII.
            b'T' | b'U' => {
                Ok(self.counted(opcode, WHAT)?.iter().copied().map(char::from).collect::<String>().into())
            }
            _ => std::str::from_utf8(self.counted(opcode, WHAT)?).map(Arc::from).map_err(|_| NOT_UTF_8),
        };
        match text {
            Ok(text) => Ok(Node::Text(text)),
            // Python has texts that are no Unicode, such as file names that it could not decode.
            Err(NOT_UTF_8 | HALF_A_CHARACTER) if self.unknown == Unknown::Keep => {
                Ok(Node::Other("a text that is no Unicode"))
            }
            Err(what) => Err(self.malformed(what)),
        }
    }

    /// Bytes after their number.
    pub(super) fn counted(&mut self, opcode: u8, what: &'static str) -> Result<&'a [u8], PickleError> {
        let width = match opcode {
            b'U' | b'C' | 0x8c => 1,
            0x8d | 0x8e | 0x96 => 8,
            _ => 4,
        };
        let length = self.count(width, what)?;
        self.take(length, what)
    }
}

/// Two's complement of any length, least significant byte first.
fn long(bytes: &[u8]) -> Option<i64> {
    let Some((kept, rest)) = bytes.split_at_checked(8) else {
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut padded = [if negative { 0xff } else { 0 }; 8];
        padded[..bytes.len()].copy_from_slice(bytes);
        return Some(i64::from_le_bytes(padded));
    };
    let mut number = [0; 8];
    number.copy_from_slice(kept);
    let number = i64::from_le_bytes(number);
    let sign = if number < 0 { 0xff } else { 0 };
    rest.iter().all(|&byte| byte == sign).then_some(number)
}

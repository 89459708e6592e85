//! Writing pickles.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;

/// An object to pickle.
///
/// # Examples
///
/// ```
/// use pickle_data::{Pickle, Value};
///
/// let names = Value::List(vec![Value::text("scorer"), Value::text("coords"), Value::None]);
/// let bytes = Value::Dict(vec![(Value::text("names"), names)]).to_pickle();
/// assert_eq!(bytes, b"(Vnames\n(Vscorer\nVcoords\nNld.");
/// assert_eq!(Pickle::decode(&bytes)?.root().value_of("names").map(|names| names.is_empty()), Some(false));
/// # Ok::<(), pickle_data::PickleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A text: `str`, and `unicode` in Python 2.
    Text(Arc<str>),
    /// A list.
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A dictionary: keys and their values. Keys have to be of types that Python can hash.
    Dict(Vec<(Value, Value)>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// The pickle of this, of protocol 0.
    ///
    /// Python's own pickler puts every object into its memo. Here texts and tuples go there, and only where fetching them
    /// is shorter than spelling them out again: a list of 3,000 names of columns of three parts each takes less than
    /// 64 KiB, which is what an attribute in an HDF5 file may take. What Python makes of it is equal to what its own
    /// pickle would give, but equal lists and dictionaries are never one object.
    ///
    /// Values that lie within each other by the thousand use up the stack.
    #[must_use]
    pub fn to_pickle(&self) -> Vec<u8> {
        let mut writer = Writer { uses: HashMap::new(), memo: HashMap::new(), out: Vec::new() };
        writer.count(self);
        writer.write(self);
        writer.out.push(b'.');
        writer.out
    }
}

struct Writer<'a> {
    /// How often each text and each tuple is met.
    uses: HashMap<&'a Value, usize>,
    /// Where in the memo those are that have been put there.
    memo: HashMap<&'a Value, usize>,
    out: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn count(&mut self, value: &'a Value) {
        if let Value::Text(_) | Value::Tuple(_) = value {
            let uses = self.uses.entry(value).or_default();
            *uses += 1;
            // What is fetched is not spelt out again, and neither is what it holds.
            if *uses > 1 {
                return;
            }
        }
        match value {
            Value::List(items) | Value::Tuple(items) => items.iter().for_each(|item| self.count(item)),
            Value::Dict(entries) => entries.iter().for_each(|(key, value)| {
                self.count(key);
                self.count(value);
            }),
            _ => {}
        }
    }

    fn write(&mut self, value: &'a Value) {
        let remembered = matches!(value, Value::Text(_) | Value::Tuple(_));
        if remembered && let Some(&position) = self.memo.get(value) {
            self.line('g', position);
            return;
        }
        let start = self.out.len();
        match value {
            Value::None => self.out.push(b'N'),
            Value::Bool(value) => self.line('I', if *value { "01" } else { "00" }),
            Value::Integer(number) => match i32::try_from(*number) {
                Ok(number) => self.line('I', number),
                Err(_) => self.line('L', format_args!("{number}L")),
            },
            Value::Text(text) => self.text(text),
            Value::List(items) => self.all(items, b'l'),
            Value::Tuple(items) => self.all(items, b't'),
            Value::Dict(entries) => {
                self.out.push(b'(');
                for (key, value) in entries {
                    self.write(key);
                    self.write(value);
                }
                self.out.push(b'd');
            }
        }
        if remembered {
            self.remember(value, self.out.len() - start);
        }
    }

    fn all(&mut self, items: &'a [Value], opcode: u8) {
        self.out.push(b'(');
        for item in items {
            self.write(item);
        }
        self.out.push(opcode);
    }

    /// Puts what was written last into the memo, when that pays.
    fn remember(&mut self, value: &'a Value, bytes: usize) {
        let again = self.uses.get(value).map_or(0, |uses| uses - 1);
        let position = self.memo.len();
        let fetched = 2 + position.checked_ilog10().map_or(1, |digits| digits as usize + 1);
        if again * bytes > fetched + again * fetched {
            self.memo.insert(value, position);
            self.line('p', position);
        }
    }

    fn line(&mut self, opcode: char, content: impl std::fmt::Display) {
        writeln!(self.out, "{opcode}{content}").expect("memory takes what is written");
    }

    /// A text as Python's pickler spells it: Latin-1, with escapes for the rest, and for what would end the line, be taken
    /// for an escape, or be cut off by readers of text files.
    fn text(&mut self, text: &str) {
        self.out.push(b'V');
        for character in text.chars() {
            match character {
                '\\' | '\0' | '\n' | '\r' | '\x1a' => self.escape(character),
                _ => match u8::try_from(u32::from(character)) {
                    Ok(byte) => self.out.push(byte),
                    Err(_) => self.escape(character),
                },
            }
        }
        self.out.push(b'\n');
    }

    fn escape(&mut self, character: char) {
        let code = u32::from(character);
        if code > 0xffff { write!(self.out, "\\U{code:08x}") } else { write!(self.out, "\\u{code:04x}") }
            .expect("memory takes what is written");
    }
}

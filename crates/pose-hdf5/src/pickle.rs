//! Python pickles, read as data.
//!
//! pandas keeps column names and level names as pickled attributes, and PyTables keeps arrays of strings as
//! pickled objects. A pickle is a program for a stack machine; this module runs a closed set of its opcodes, in
//! which nothing is ever called: containers, numbers, texts, the memo, and a handful of NumPy names that stay
//! symbols. Everything else is refused by name.
//!
//! Decoded objects lie in one arena and refer to each other by position. So nothing here recurses, an object
//! shared by a million others is stored once, and memory is bounded by the length of the pickle.
//!
//! Opcodes: Python 3.11, `pickletools`, protocols 0 to 5.

mod machine;
mod numpy;
mod symbol;
mod text;
mod zone;

use std::sync::Arc;

use crate::PickleError;
use symbol::Symbol;

/// A decoded pickle.
#[derive(Debug)]
pub(crate) struct Pickle {
    nodes: Vec<Node>,
    root: NodeId,
}

/// The position of an object in its pickle.
type NodeId = u32;

#[derive(Debug)]
enum Node {
    None,
    Bool,
    Integer(i64),
    Float(f64),
    Text(Arc<str>),
    Bytes(Box<[u8]>),
    List(Vec<NodeId>),
    Tuple(Box<[NodeId]>),
    /// Keys and values, alternating.
    Dict(Vec<NodeId>),
    /// A name that may be mentioned.
    Symbol(Symbol),
    /// A symbol that Python would call with these arguments, and the state that it would then set.
    Call {
        symbol: Symbol,
        args: NodeId,
        state: Option<NodeId>,
    },
}

/// An object in a pickle, to look at.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a> {
    pickle: &'a Pickle,
    id: NodeId,
}

impl Pickle {
    /// Decodes a pickle. What follows its end is ignored, as Python does.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, PickleError> {
        machine::Machine::run(bytes)
    }

    /// The object that was pickled.
    pub(crate) fn root(&self) -> Object<'_> {
        Object { pickle: self, id: self.root }
    }
}

impl<'a> Object<'a> {
    fn node(self) -> &'a Node {
        &self.pickle.nodes[self.id as usize]
    }

    fn at(self, id: NodeId) -> Self {
        Self { pickle: self.pickle, id }
    }

    /// Whether this is `None`.
    pub(crate) fn is_none(self) -> bool {
        matches!(self.node(), Node::None)
    }

    /// Whether this is nothing: `None`, or a container with nothing in it.
    pub(crate) fn is_empty(self) -> bool {
        match self.node() {
            Node::None => true,
            Node::List(items) | Node::Dict(items) => items.is_empty(),
            Node::Tuple(items) => items.is_empty(),
            _ => false,
        }
    }

    /// The text, when this is one.
    pub(crate) fn as_text(self) -> Option<&'a Arc<str>> {
        match self.node() {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, when this is a whole one; NumPy's included, booleans not.
    pub(crate) fn as_integer(self) -> Option<i64> {
        match self.node() {
            Node::Integer(number) => Some(*number),
            Node::Call { .. } => self.numpy_integer(),
            _ => None,
        }
    }

    /// The number, when this is a float.
    pub(crate) fn as_float(self) -> Option<f64> {
        match self.node() {
            Node::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The items, when this is a list or a tuple.
    pub(crate) fn as_sequence(self) -> Option<Items<'a>> {
        match self.node() {
            Node::List(items) => Some(Items { pickle: self.pickle, items }),
            Node::Tuple(items) => Some(Items { pickle: self.pickle, items }),
            _ => None,
        }
    }

    /// The items, when this is a tuple.
    pub(crate) fn as_tuple(self) -> Option<Items<'a>> {
        match self.node() {
            Node::Tuple(items) => Some(Items { pickle: self.pickle, items }),
            _ => None,
        }
    }

    /// The items of a list or a tuple.
    pub(crate) fn sequence(self) -> Result<Items<'a>, PickleError> {
        self.as_sequence().ok_or_else(|| self.unexpected("a list"))
    }

    /// The text.
    pub(crate) fn text(self) -> Result<&'a Arc<str>, PickleError> {
        self.as_text().ok_or_else(|| self.unexpected("a text"))
    }

    /// The value in a dictionary for the first key that `is_key` accepts. Of equal keys the last one counts.
    pub(crate) fn value(self, is_key: impl Fn(Object<'a>) -> bool) -> Option<Object<'a>> {
        let Node::Dict(entries) = self.node() else { return None };
        let mut pairs = entries.chunks_exact(2).rev();
        pairs.find(|pair| is_key(self.at(pair[0]))).map(|pair| self.at(pair[1]))
    }

    /// The value in a dictionary for this key.
    pub(crate) fn value_of(self, key: &str) -> Option<Object<'a>> {
        self.value(|object| object.as_text().is_some_and(|text| **text == *key))
    }

    /// An error that says what stands here.
    pub(crate) fn unexpected(self, expected: &'static str) -> PickleError {
        PickleError::Unexpected { expected, found: self.describe() }
    }

    /// What this is, for people.
    pub(crate) fn describe(self) -> &'static str {
        match self.node() {
            Node::None => "None",
            Node::Bool => "a boolean",
            Node::Integer(_) => "an integer",
            Node::Float(_) => "a float",
            Node::Text(_) => "a text",
            Node::Bytes(_) => "bytes",
            Node::List(_) => "a list",
            Node::Tuple(_) => "a tuple",
            Node::Dict(_) => "a dictionary",
            Node::Symbol(_) => "a name",
            Node::Call { symbol, .. } => symbol.describe(),
        }
    }
}

/// The items of a list or a tuple.
#[derive(Clone, Copy)]
pub(crate) struct Items<'a> {
    pickle: &'a Pickle,
    items: &'a [NodeId],
}

impl<'a> Items<'a> {
    pub(crate) fn len(self) -> usize {
        self.items.len()
    }

    pub(crate) fn get(self, position: usize) -> Option<Object<'a>> {
        self.items.get(position).map(|&id| Object { pickle: self.pickle, id })
    }

    pub(crate) fn iter(self) -> impl ExactSizeIterator<Item = Object<'a>> + use<'a> {
        let pickle = self.pickle;
        self.items.iter().map(move |&id| Object { pickle, id })
    }
}

#[cfg(test)]
mod tests;

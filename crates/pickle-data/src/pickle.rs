//! Decoded objects, to look at.

use std::sync::Arc;

use crate::PickleError;
use crate::machine::{Machine, Unknown};
use crate::symbol::Symbol;

/// A decoded pickle.
#[derive(Debug)]
pub struct Pickle {
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: NodeId,
}

/// The position of an object in its pickle.
pub(crate) type NodeId = u32;

#[derive(Debug)]
pub(crate) enum Node {
    None,
    Bool(bool),
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
    /// Another name: a module, and what is called so in it.
    Global(Box<[Arc<str>; 2]>),
    /// What Python would make by calling something else. The class stands before it in the arena. An object that is a
    /// list or a dictionary of a class of its own has the plain one as its content.
    Instance {
        class: NodeId,
        content: Option<NodeId>,
    },
    /// Something that has no value here, and what it is.
    Other(&'static str),
}

impl Pickle {
    /// Decodes a pickle that should hold data alone. What follows its end is ignored, as Python does.
    ///
    /// # Errors
    ///
    /// When the pickle is cut off or malformed, mentions a name outside a closed set (NumPy's arrays and numbers, time
    /// zones), or would make anything by other means. The error says which name.
    pub fn decode(bytes: &[u8]) -> Result<Self, PickleError> {
        Machine::run(bytes, Unknown::Refuse)
    }

    /// Decodes a pickle in which other objects stand beside the data.
    ///
    /// Names that are not known, and what Python would make by calling them, become [opaque](Object::opaque_name)
    /// objects, and so do sets, integers beyond 64 bits and texts that are no Unicode. `OrderedDict` and `defaultdict`
    /// are dictionaries. An object of a class that is itself a dictionary or a list is one here too, and keeps the name
    /// of its class.
    ///
    /// # Errors
    ///
    /// When the pickle is cut off or malformed.
    ///
    /// # Examples
    ///
    /// ```
    /// use pickle_data::Pickle;
    ///
    /// // pickle.dumps({'fps': 30.0, 'video': pathlib.PurePosixPath('a.mp4')}, protocol=2)
    /// let bytes = b"\x80\x02}q\x00(X\x03\x00\x00\x00fpsq\x01G@>\x00\x00\x00\x00\x00\x00X\x05\x00\x00\x00videoq\x02\
    ///     cpathlib\nPurePosixPath\nq\x03X\x05\x00\x00\x00a.mp4q\x04\x85q\x05Rq\x06u.";
    /// let pickle = Pickle::decode_tolerant(bytes)?;
    /// assert_eq!(pickle.root().value_of("fps").and_then(|fps| fps.as_float()), Some(30.0));
    /// let video = pickle.root().value_of("video").expect("it is there");
    /// assert_eq!(video.opaque_name().as_deref(), Some("pathlib.PurePosixPath"));
    /// # Ok::<(), pickle_data::PickleError>(())
    /// ```
    pub fn decode_tolerant(bytes: &[u8]) -> Result<Self, PickleError> {
        Machine::run(bytes, Unknown::Keep)
    }

    /// The object that was pickled.
    #[must_use]
    pub fn root(&self) -> Object<'_> {
        Object { pickle: self, id: self.root }
    }
}

/// An object in a pickle, to look at.
///
/// Objects may hold themselves: whoever walks through all of a pickle has to keep count.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    pickle: &'a Pickle,
    id: NodeId,
}

impl<'a> Object<'a> {
    pub(crate) fn node(self) -> &'a Node {
        &self.pickle.nodes[self.id as usize]
    }

    pub(crate) fn at(self, id: NodeId) -> Self {
        Self { pickle: self.pickle, id }
    }

    /// The list or dictionary that this is, looking into an object of a class of its own.
    fn content(self) -> &'a Node {
        match self.node() {
            Node::Instance { content: Some(content), .. } => self.at(*content).node(),
            node => node,
        }
    }

    /// Whether this is `None`.
    #[must_use]
    pub fn is_none(self) -> bool {
        matches!(self.node(), Node::None)
    }

    /// Whether this is nothing: `None`, or a container with nothing in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        match self.content() {
            Node::None => true,
            Node::List(items) | Node::Dict(items) => items.is_empty(),
            Node::Tuple(items) => items.is_empty(),
            _ => false,
        }
    }

    /// Whether it is true, when this is a boolean; NumPy's included.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.node() {
            Node::Bool(value) => Some(*value),
            Node::Call { .. } => self.numpy_bool(),
            _ => None,
        }
    }

    /// The text, when this is one. A byte string of Python 2 is a text too, read as Latin-1.
    #[must_use]
    pub fn as_text(self) -> Option<&'a Arc<str>> {
        match self.node() {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, when this is a whole one; NumPy's included, booleans not.
    #[must_use]
    pub fn as_integer(self) -> Option<i64> {
        match self.node() {
            Node::Integer(number) => Some(*number),
            Node::Call { .. } => self.numpy_integer(),
            _ => None,
        }
    }

    /// The number, when this is a float; NumPy's of 32 and 64 bits included.
    #[must_use]
    pub fn as_float(self) -> Option<f64> {
        match self.node() {
            Node::Float(number) => Some(*number),
            Node::Call { .. } => self.numpy_float(),
            _ => None,
        }
    }

    /// The items, when this is a list or a tuple.
    #[must_use]
    pub fn as_sequence(self) -> Option<Items<'a>> {
        match self.content() {
            Node::List(items) => Some(Items { pickle: self.pickle, items }),
            Node::Tuple(items) => Some(Items { pickle: self.pickle, items }),
            _ => None,
        }
    }

    /// The items, when this is a tuple.
    #[must_use]
    pub fn as_tuple(self) -> Option<Items<'a>> {
        match self.node() {
            Node::Tuple(items) => Some(Items { pickle: self.pickle, items }),
            _ => None,
        }
    }

    /// The items of a list or a tuple.
    ///
    /// # Errors
    ///
    /// When this is neither.
    pub fn sequence(self) -> Result<Items<'a>, PickleError> {
        self.as_sequence().ok_or_else(|| self.unexpected("a list"))
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// When this is none.
    pub fn text(self) -> Result<&'a Arc<str>, PickleError> {
        self.as_text().ok_or_else(|| self.unexpected("a text"))
    }

    /// Whether this is a dictionary.
    #[must_use]
    pub fn is_dict(self) -> bool {
        matches!(self.content(), Node::Dict(_))
    }

    /// The value in a dictionary for the first key that `is_key` accepts. Of equal keys the last one counts.
    pub fn value(self, is_key: impl Fn(Object<'a>) -> bool) -> Option<Object<'a>> {
        let Node::Dict(entries) = self.content() else { return None };
        let mut pairs = entries.chunks_exact(2).rev();
        pairs.find(|pair| is_key(self.at(pair[0]))).map(|pair| self.at(pair[1]))
    }

    /// The value in a dictionary for this key.
    #[must_use]
    pub fn value_of(self, key: &str) -> Option<Object<'a>> {
        self.value(|object| object.as_text().is_some_and(|text| **text == *key))
    }

    /// What this is, when a tolerant reading left it opaque: the name in the pickle, such as `pathlib.PosixPath`, of the
    /// class of an object; or what has no value here, in words.
    #[must_use]
    pub fn opaque_name(self) -> Option<String> {
        match self.node() {
            Node::Global(names) => Some(names.join(".")),
            Node::Other(what) => Some((*what).to_owned()),
            Node::Instance { class, .. } => {
                let mut class = *class;
                // What is called can itself be what a call gave. A class stands before its objects, so this ends.
                while let Node::Instance { class: of_class, .. } = self.at(class).node() {
                    class = *of_class;
                }
                let class = self.at(class);
                Some(class.opaque_name().unwrap_or_else(|| class.describe().to_owned()))
            }
            _ => None,
        }
    }

    /// An error that says what stands here.
    #[must_use]
    pub fn unexpected(self, expected: &'static str) -> PickleError {
        PickleError::Unexpected { expected, found: self.describe() }
    }

    /// What this is, for people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self.node() {
            Node::None => "None",
            Node::Bool(_) => "a boolean",
            Node::Integer(_) => "an integer",
            Node::Float(_) => "a float",
            Node::Text(_) => "a text",
            Node::Bytes(_) => "bytes",
            Node::List(_) => "a list",
            Node::Tuple(_) => "a tuple",
            Node::Dict(_) => "a dictionary",
            Node::Symbol(_) | Node::Global(_) => "a name",
            Node::Call { symbol, .. } => symbol.describe(),
            Node::Instance { .. } => "an object",
            Node::Other(what) => what,
        }
    }
}

/// The items of a list or a tuple.
#[derive(Clone, Copy, Debug)]
pub struct Items<'a> {
    pickle: &'a Pickle,
    items: &'a [NodeId],
}

impl<'a> Items<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.items.is_empty()
    }

    /// The item at a position.
    #[must_use]
    pub fn get(self, position: usize) -> Option<Object<'a>> {
        self.items.get(position).map(|&id| Object { pickle: self.pickle, id })
    }

    /// The items in their order.
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = Object<'a>> + use<'a> {
        let pickle = self.pickle;
        self.items.iter().map(move |&id| Object { pickle, id })
    }
}

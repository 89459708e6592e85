//! A YAML document as a tree, in bounded memory.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// How deep containers may lie in each other. The files that are read here need four levels.
const MAX_DEPTH: usize = 32;

/// How many scalars and containers a document may have: a project with ten thousand videos has thirty thousand.
const MAX_NODES: usize = 200_000;

/// How many aliases a document may have. DeepLabCut writes none, unless two entries are one object in Python.
const MAX_ALIASES: usize = 1_000;

/// The longest text that is taken, in bytes. It is a name or a path; aliases may ask for it again and again.
const MAX_TEXT_BYTES: usize = 4_096;

/// A document. Its nodes lie in one arena, an alias is the position of what it stands for: however many there are, they
/// cost nothing, and a node may hold itself.
pub(crate) struct Document<'a> {
    nodes: Vec<Node<'a>>,
    root: usize,
}

enum Node<'a> {
    Scalar {
        text: std::borrow::Cow<'a, str>,
        plain: bool,
    },
    Sequence(Vec<usize>),
    /// Keys and values, alternating.
    Mapping(Vec<usize>),
}

/// A node, to look at.
#[derive(Clone, Copy)]
pub(crate) struct Yaml<'d> {
    document: &'d Document<'d>,
    node: usize,
}

/// Where a text is not YAML, or more than is read.
#[derive(Debug)]
pub(crate) struct YamlError {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) what: String,
}

impl<'a> Document<'a> {
    /// The first document of a text; none when there is nothing in it.
    pub(crate) fn parse(text: &'a str) -> Result<Option<Self>, YamlError> {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        // The containers that are open, outermost first, and what the anchors name.
        let mut open: Vec<usize> = Vec::new();
        let mut anchors: HashMap<usize, usize> = HashMap::new();
        let mut num_aliases = 0;
        let mut root = None;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| YamlError {
                line: error.marker().line(),
                column: error.marker().col() + 1,
                what: error.info().to_owned(),
            })?;
            let refuse = |what: &str| YamlError {
                line: span.start.line(),
                column: span.start.col() + 1,
                what: what.to_owned(),
            };
            let (node, anchor, opens) = match event {
                Event::Scalar(text, style, anchor, _) => {
                    (Node::Scalar { text, plain: style == ScalarStyle::Plain }, anchor, false)
                }
                Event::SequenceStart(anchor, _) => (Node::Sequence(Vec::new()), anchor, true),
                Event::MappingStart(anchor, _) => (Node::Mapping(Vec::new()), anchor, true),
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop();
                    continue;
                }
                Event::Alias(anchor) => {
                    num_aliases += 1;
                    if num_aliases > MAX_ALIASES {
                        return Err(refuse("it has more aliases than are read"));
                    }
                    let node = *anchors.get(&anchor).ok_or_else(|| refuse("an alias of nothing"))?;
                    hold(&mut nodes, &open, node);
                    continue;
                }
                Event::DocumentEnd => break,
                _ => continue,
            };
            if nodes.len() == MAX_NODES {
                return Err(refuse("there is more in it than is read"));
            }
            let position = nodes.len();
            nodes.push(node);
            hold(&mut nodes, &open, position);
            root.get_or_insert(position);
            if anchor > 0 {
                anchors.insert(anchor, position);
            }
            if opens {
                if open.len() == MAX_DEPTH {
                    return Err(refuse("it is nested more deeply than is read"));
                }
                open.push(position);
            }
        }
        Ok(root.map(|root| Self { nodes, root }))
    }

    pub(crate) fn root(&self) -> Yaml<'_> {
        Yaml { document: self, node: self.root }
    }
}

/// Adds a node to the innermost open container.
fn hold(nodes: &mut [Node<'_>], open: &[usize], node: usize) {
    if let Some(&container) = open.last()
        && let Node::Sequence(items) | Node::Mapping(items) = &mut nodes[container]
    {
        items.push(node);
    }
}

impl<'d> Yaml<'d> {
    fn node(self) -> &'d Node<'d> {
        &self.document.nodes[self.node]
    }

    fn at(self, node: usize) -> Self {
        Self { document: self.document, node }
    }

    /// The text of a scalar as it is written, whatever YAML takes it for; none for nothing, and for a text that is longer
    /// than any name or path.
    pub(crate) fn text(self) -> Option<&'d str> {
        match self.node() {
            Node::Scalar { text, plain: true } if matches!(&**text, "" | "~" | "null" | "Null" | "NULL") => {
                None
            }
            Node::Scalar { text, .. } if text.len() <= MAX_TEXT_BYTES => Some(text),
            _ => None,
        }
    }

    /// Whether a scalar says yes, in the ways of YAML 1.1, which DeepLabCut's reader knows.
    pub(crate) fn is_true(self) -> bool {
        const TRUE: [&str; 9] = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"];
        matches!(self.node(), Node::Scalar { text, plain: true } if TRUE.contains(&&**text))
    }

    /// The items of a sequence; none of anything else.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> + use<'d> {
        let items = if let Node::Sequence(items) = self.node() { items.as_slice() } else { &[] };
        items.iter().map(move |&item| self.at(item))
    }

    pub(crate) fn is_mapping(self) -> bool {
        matches!(self.node(), Node::Mapping(_))
    }

    /// Keys and values of a mapping; none of anything else.
    pub(crate) fn entries(self) -> impl DoubleEndedIterator<Item = (Self, Self)> + use<'d> {
        let entries = if let Node::Mapping(entries) = self.node() { entries.as_slice() } else { &[] };
        entries.chunks_exact(2).map(move |entry| (self.at(entry[0]), self.at(entry[1])))
    }

    /// The value of a key. Of equal keys the last one counts.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        self.entries().rev().find(|(found, _)| found.text() == Some(key)).map(|(_, value)| value)
    }
}

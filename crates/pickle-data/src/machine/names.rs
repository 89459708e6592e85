//! Names, and what Python would do with them.

use std::sync::Arc;

use super::{Machine, Unknown};
use crate::PickleError;
use crate::pickle::{Node, NodeId};
use crate::symbol::Symbol;

impl Machine<'_> {
    /// What a name stands for.
    pub(super) fn global(&mut self, opcode: u8) -> Result<Node, PickleError> {
        if opcode == b'c' {
            let module: Arc<str> = self.name_line()?.into();
            let name: Arc<str> = self.name_line()?.into();
            return self.named(module, name);
        }
        let name = self.pop()?;
        let module = self.pop()?;
        match (&self.nodes[module as usize], &self.nodes[name as usize]) {
            (Node::Text(module), Node::Text(name)) => self.named(module.clone(), name.clone()),
            _ => Err(self.malformed("a name is no text")),
        }
    }

    fn named(&self, module: Arc<str>, name: Arc<str>) -> Result<Node, PickleError> {
        if let Some(symbol) = Symbol::named(&module, &name) {
            return Ok(Node::Symbol(symbol));
        }
        match self.unknown {
            Unknown::Refuse => {
                Err(PickleError::Global { module: module.to_string(), name: name.to_string() })
            }
            Unknown::Keep => Ok(Symbol::tolerated(&module, &name)
                .map_or_else(|| Node::Global(Box::new([module, name])), Node::Symbol)),
        }
    }

    fn name_line(&mut self) -> Result<String, PickleError> {
        Ok(String::from_utf8_lossy(self.line("a name")?).into_owned())
    }

    pub(super) fn reduce(&mut self) -> Result<(), PickleError> {
        let args = self.pop()?;
        let callable = self.pop()?;
        let made = match (&self.nodes[callable as usize], &self.nodes[args as usize]) {
            (&Node::Symbol(symbol), Node::Tuple(items)) => match symbol {
                Symbol::GetAttr => self.attribute(items)?,
                Symbol::OrderedDict => {
                    let pairs = items.first().copied();
                    let entries = self.entries_of(pairs)?;
                    Node::Dict(entries)
                }
                Symbol::DefaultDict => Node::Dict(Vec::new()),
                Symbol::Reconstructor => self.reconstructed(callable, args, items)?,
                Symbol::NewObject => {
                    Node::Instance { class: items.first().copied().unwrap_or(callable), content: None }
                }
                _ => Node::Call { symbol, args, state: None },
            },
            _ if self.unknown == Unknown::Keep => Node::Instance { class: callable, content: None },
            _ => return Err(self.refusal(b'R')),
        };
        self.push(made)
    }

    /// What `getattr` gives: the way in which protocol 0 names the maker of a time zone, and nothing else.
    fn attribute(&self, items: &[NodeId]) -> Result<Node, PickleError> {
        let item = |position: usize| items.get(position).map(|&id| &self.nodes[id as usize]);
        match (item(0), item(1)) {
            (Some(Node::Symbol(Symbol::ZoneInfo)), Some(Node::Text(name))) if &**name == "_unpickle" => {
                Ok(Node::Symbol(Symbol::ZoneInfoNamed))
            }
            _ if self.unknown == Unknown::Keep => Ok(Node::Other("an attribute of something")),
            _ => Err(PickleError::Global { module: "builtins".to_owned(), name: "getattr".to_owned() }),
        }
    }

    /// What `_reconstructor` makes of a class, its base class and the state of that: a frequency, and, where unknown
    /// objects are kept, any other.
    fn reconstructed(&self, callable: NodeId, args: NodeId, items: &[NodeId]) -> Result<Node, PickleError> {
        let item = |position: usize| items.get(position).map(|&id| &self.nodes[id as usize]);
        match (item(0), item(1), item(2)) {
            (
                Some(Node::Symbol(Symbol::Frequency)),
                Some(Node::Symbol(Symbol::PlainObject)),
                Some(Node::None),
            ) => Ok(Node::Call { symbol: Symbol::Frequency, args, state: None }),
            _ if self.unknown == Unknown::Keep => Ok(Node::Instance {
                class: items.first().copied().unwrap_or(callable),
                content: items.get(2).copied().filter(|&base| self.is_container(base)),
            }),
            _ => {
                Err(PickleError::Global { module: "copy_reg".to_owned(), name: "_reconstructor".to_owned() })
            }
        }
    }

    fn is_container(&self, id: NodeId) -> bool {
        matches!(self.nodes[id as usize], Node::Dict(_) | Node::List(_))
    }

    /// The entries of a dictionary that is made of a list of pairs, as Python 2 pickles an `OrderedDict`.
    fn entries_of(&mut self, pairs: Option<NodeId>) -> Result<Vec<NodeId>, PickleError> {
        let items = |id: NodeId| match &self.nodes[id as usize] {
            Node::List(items) => Some(items.as_slice()),
            Node::Tuple(items) => Some(&**items),
            _ => None,
        };
        let Some(pairs) = pairs.and_then(items) else { return Ok(Vec::new()) };
        // They are copied, and the memo may hand one list out over and over: an honest pickle copies what it spelt
        // out once, so all copies together cannot be more than the pickle.
        self.copied = self.copied.saturating_add(2 * pairs.len());
        if self.copied > self.bytes.len() {
            return Err(self.malformed("more is copied than the pickle holds"));
        }
        let mut entries = Vec::with_capacity(2 * pairs.len());
        for &pair in pairs {
            match items(pair) {
                Some(&[key, value]) => entries.extend([key, value]),
                _ => return Err(self.malformed("a key has no value")),
            }
        }
        Ok(entries)
    }

    pub(super) fn build(&mut self) -> Result<(), PickleError> {
        let new_state = self.pop()?;
        let target = self.top()?;
        match &mut self.nodes[target as usize] {
            Node::Call { state, .. } => *state = Some(new_state),
            // The attributes of an object are its own affair.
            _ if self.unknown == Unknown::Keep => {}
            _ => return Err(self.refusal(b'b')),
        }
        Ok(())
    }

    /// Runs an opcode that makes an object of a kind that is not known here, or keeps to what is data.
    pub(super) fn foreign(&mut self, opcode: u8) -> Result<(), PickleError> {
        if self.unknown == Unknown::Refuse {
            return Err(self.refusal(opcode));
        }
        let made = match opcode {
            b'i' => {
                let class = self.global(b'c')?;
                self.items_since_mark()?;
                self.push(class)?;
                let class = self.pop()?;
                Node::Instance { class, content: None }
            }
            b'o' => match self.items_since_mark()?.first() {
                Some(&class) => Node::Instance { class, content: None },
                None => return Err(self.malformed("an object has no class")),
            },
            0x81 | 0x92 => {
                let parts = self.split(if opcode == 0x81 { 2 } else { 3 })?;
                Node::Instance { class: parts[0], content: None }
            }
            b'P' => {
                self.line("a persistent id")?;
                Node::Other("a reference to what is stored elsewhere")
            }
            b'Q' => {
                self.pop()?;
                Node::Other("a reference to what is stored elsewhere")
            }
            0x82..=0x84 => {
                self.take([1, 2, 4][usize::from(opcode - 0x82)], "the number of an extension")?;
                Node::Other("an object of a registered extension")
            }
            0x8f => Node::Other("a set"),
            0x91 => {
                self.items_since_mark()?;
                Node::Other("a set")
            }
            0x90 => {
                self.items_since_mark()?;
                return self.top().map(drop);
            }
            0x96 => Node::Bytes(self.counted(opcode, "bytes")?.into()),
            0x97 => Node::Other("a buffer that is stored elsewhere"),
            0x98 => return self.top().map(drop),
            _ => return Err(self.refusal(opcode)),
        };
        self.push(made)
    }

    fn refusal(&mut self, opcode: u8) -> PickleError {
        let name = match opcode {
            b'i' => {
                // INST spells the name out: say it.
                let names = self.name_line().and_then(|module| Ok((module, self.name_line()?)));
                return names
                    .map_or_else(|error| error, |(module, name)| PickleError::Global { module, name });
            }
            b'R' => "REDUCE",
            b'b' => "BUILD",
            b'o' => "OBJ",
            b'P' => "PERSID",
            b'Q' => "BINPERSID",
            0x81 => "NEWOBJ",
            0x82..=0x84 => "EXT",
            0x8f => "EMPTY_SET",
            0x90 => "ADDITEMS",
            0x91 => "FROZENSET",
            0x92 => "NEWOBJ_EX",
            0x96 => "BYTEARRAY8",
            0x97 => "NEXT_BUFFER",
            0x98 => "READONLY_BUFFER",
            _ => return PickleError::UnknownOpcode { offset: self.opcode_at, opcode },
        };
        PickleError::Opcode { offset: self.opcode_at, name }
    }
}

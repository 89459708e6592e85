//! The stack machine.

use std::sync::Arc;

use super::symbol::Symbol;
use super::text::{python_string, raw_unicode};
use super::{Node, NodeId, Pickle};
use crate::PickleError;

/// Runs a pickle.
pub(super) struct Machine<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Where the opcode that is being run stands.
    opcode_at: usize,
    nodes: Vec<Node>,
    stack: Vec<NodeId>,
    /// Heights of the stack at each mark that is still open.
    marks: Vec<usize>,
    memo: Vec<Option<NodeId>>,
    memoized: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn run(bytes: &'a [u8]) -> Result<Pickle, PickleError> {
        let mut machine = Self {
            bytes,
            position: 0,
            opcode_at: 0,
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
            memoized: 0,
        };
        loop {
            machine.opcode_at = machine.position;
            let opcode = machine.byte("the list of opcodes")?;
            if opcode == b'.' {
                let root = machine.pop()?;
                return Ok(Pickle { nodes: machine.nodes, root });
            }
            machine.step(opcode)?;
        }
    }

    fn step(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.push(Node::None)?,
            0x88 | 0x89 => self.push(Node::Bool)?,
            b'I' | b'L' | b'J' | b'K' | b'M' | 0x8a | 0x8b => {
                let number = self.number(opcode)?;
                self.push(number)?;
            }
            b'F' | b'G' => {
                let number = self.float(opcode)?;
                self.push(Node::Float(number))?;
            }
            b'S' | b'T' | b'U' | b'V' | b'X' | 0x8c | 0x8d => {
                let text = self.text(opcode)?;
                self.push(Node::Text(text))?;
            }
            b'B' | b'C' | 0x8e => {
                let bytes = self.counted(opcode, "bytes")?.into();
                self.push(Node::Bytes(bytes))?;
            }
            b']' => self.push(Node::List(Vec::new()))?,
            b')' => self.push(Node::Tuple(Box::default()))?,
            b'}' => self.push(Node::Dict(Vec::new()))?,
            b'l' | b't' | b'd' => self.collect(opcode)?,
            0x85..=0x87 => {
                let items = self.split(usize::from(opcode - 0x84))?;
                self.push(Node::Tuple(items.into()))?;
            }
            b'a' | b'e' | b's' | b'u' => self.extend(opcode)?,
            b'p' | b'q' | b'r' | 0x94 => self.put(opcode)?,
            b'g' | b'h' | b'j' => self.get(opcode)?,
            b'0' => self.pop_or_unmark()?,
            b'1' => {
                self.items_since_mark()?;
            }
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'c' | 0x93 => {
                let symbol = self.symbol(opcode)?;
                self.push(Node::Symbol(symbol))?;
            }
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            0x80 => {
                let protocol = self.byte("the protocol")?;
                if protocol > 5 {
                    return Err(self.malformed("the protocol is newer than 5"));
                }
            }
            // A frame only tells how much to read ahead.
            0x95 => {
                self.take(8, "the length of a frame")?;
            }
            _ => return Err(self.refusal(opcode)),
        }
        Ok(())
    }

    // Stack and arena.

    fn push(&mut self, node: Node) -> Result<(), PickleError> {
        let id = NodeId::try_from(self.nodes.len()).map_err(|_| self.malformed("too many objects"))?;
        self.nodes.push(node);
        self.stack.push(id);
        Ok(())
    }

    fn top(&self) -> Result<NodeId, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.last() {
            Some(&id) if self.stack.len() > floor => Ok(id),
            _ => Err(self.malformed("nothing is left on the stack")),
        }
    }

    fn pop(&mut self) -> Result<NodeId, PickleError> {
        let id = self.top()?;
        self.stack.pop();
        Ok(id)
    }

    fn pop_or_unmark(&mut self) -> Result<(), PickleError> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    /// Takes the last `count` objects off the stack.
    fn split(&mut self, count: usize) -> Result<Vec<NodeId>, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= floor => Ok(self.stack.split_off(start)),
            _ => Err(self.malformed("too little is left on the stack")),
        }
    }

    fn items_since_mark(&mut self) -> Result<Vec<NodeId>, PickleError> {
        let mark = self.marks.pop().ok_or_else(|| self.malformed("there is no mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn collect(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = self.items_since_mark()?;
        let node = match opcode {
            b'l' => Node::List(items),
            b't' => Node::Tuple(items.into()),
            _ if items.len().is_multiple_of(2) => Node::Dict(items),
            _ => return Err(self.malformed("a key has no value")),
        };
        self.push(node)
    }

    /// Adds to the list or dictionary that is on top of the stack below what is added.
    fn extend(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = match opcode {
            b'a' => self.split(1)?,
            b's' => self.split(2)?,
            _ => self.items_since_mark()?,
        };
        let container = self.top()?;
        let to_list = matches!(opcode, b'a' | b'e');
        match &mut self.nodes[container as usize] {
            Node::List(list) if to_list => list.extend(items),
            Node::Dict(entries) if !to_list && items.len().is_multiple_of(2) => entries.extend(items),
            _ => return Err(self.malformed("what is added to cannot hold it")),
        }
        Ok(())
    }

    // The memo.

    fn put(&mut self, opcode: u8) -> Result<(), PickleError> {
        let id = self.top()?;
        let slot = match opcode {
            0x94 => self.memoized,
            _ => self.memo_index(opcode)?,
        };
        // Every entry of an honest memo costs at least two bytes of the pickle.
        if slot > self.bytes.len() {
            return Err(self.malformed("the memo has a number beyond the pickle"));
        }
        if slot >= self.memo.len() {
            self.memo.resize(slot + 1, None);
        }
        if self.memo[slot].replace(id).is_none() {
            self.memoized += 1;
        }
        Ok(())
    }

    fn get(&mut self, opcode: u8) -> Result<(), PickleError> {
        let slot = self.memo_index(opcode)?;
        let id = self.memo.get(slot).copied().flatten();
        self.stack.push(id.ok_or_else(|| self.malformed("the memo has no such entry"))?);
        Ok(())
    }

    fn memo_index(&mut self, opcode: u8) -> Result<usize, PickleError> {
        match opcode {
            b'p' | b'g' => {
                let line = self.line("a memo number")?;
                let number = std::str::from_utf8(line).ok().and_then(|line| line.trim().parse().ok());
                number.ok_or_else(|| self.malformed("a memo number is no number"))
            }
            b'q' | b'h' => Ok(usize::from(self.byte("a memo number")?)),
            _ => self.count(4, "a memo number"),
        }
    }

    // Values.

    fn number(&mut self, opcode: u8) -> Result<Node, PickleError> {
        const WHAT: &str = "an integer";
        let number = match opcode {
            b'I' | b'L' => match self.line(WHAT)? {
                b"00" | b"01" if opcode == b'I' => return Ok(Node::Bool),
                line => {
                    let line = std::str::from_utf8(line).unwrap_or_default().trim();
                    let digits = line.strip_suffix('L').unwrap_or(line);
                    digits.parse().map_err(|_| self.malformed("an integer is no number of 64 bits"))?
                }
            },
            b'J' => i64::from(i32::from_le_bytes(self.array(WHAT)?)),
            b'K' => i64::from(self.byte(WHAT)?),
            b'M' => i64::from(u16::from_le_bytes(self.array(WHAT)?)),
            _ => {
                let length =
                    if opcode == 0x8a { usize::from(self.byte(WHAT)?) } else { self.count(4, WHAT)? };
                let bytes = self.take(length, WHAT)?;
                self.long(bytes)?
            }
        };
        Ok(Node::Integer(number))
    }

    /// Two's complement of any length, least significant byte first.
    fn long(&self, bytes: &[u8]) -> Result<i64, PickleError> {
        let Some((kept, rest)) = bytes.split_at_checked(8) else {
            let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
            let mut padded = [if negative { 0xff } else { 0 }; 8];
            padded[..bytes.len()].copy_from_slice(bytes);
            return Ok(i64::from_le_bytes(padded));
        };
        let mut number = [0; 8];
        number.copy_from_slice(kept);
        let number = i64::from_le_bytes(number);
        let sign = if number < 0 { 0xff } else { 0 };
        if rest.iter().any(|&byte| byte != sign) {
            return Err(self.malformed("an integer is no number of 64 bits"));
        }
        Ok(number)
    }

    fn float(&mut self, opcode: u8) -> Result<f64, PickleError> {
        const WHAT: &str = "a float";
        if opcode == b'G' {
            return Ok(f64::from_be_bytes(self.array(WHAT)?));
        }
        let line = std::str::from_utf8(self.line(WHAT)?).ok();
        line.and_then(|line| line.trim().parse().ok()).ok_or_else(|| self.malformed("a float is no number"))
    }

    fn text(&mut self, opcode: u8) -> Result<Arc<str>, PickleError> {
        const WHAT: &str = "a text";
        let text: Result<Arc<str>, _> = match opcode {
            b'S' => python_string(self.line(WHAT)?).map(Arc::from),
            b'V' => raw_unicode(self.line(WHAT)?).map(Arc::from),
            // Python 2 wrote bytes where it meant text. PyTables reads them as Latin-1 when they are not ASCII.
            b'T' | b'U' => {
                Ok(self.counted(opcode, WHAT)?.iter().copied().map(char::from).collect::<String>().into())
            }
            _ => std::str::from_utf8(self.counted(opcode, WHAT)?)
                .map(Arc::from)
                .map_err(|_| "a text is not UTF-8"),
        };
        text.map_err(|what| self.malformed(what))
    }

    /// Bytes after their number.
    fn counted(&mut self, opcode: u8, what: &'static str) -> Result<&'a [u8], PickleError> {
        let width = match opcode {
            b'U' | b'C' | 0x8c => 1,
            0x8d | 0x8e => 8,
            _ => 4,
        };
        let length = self.count(width, what)?;
        self.take(length, what)
    }

    // Names, and what would be done with them.

    fn symbol(&mut self, opcode: u8) -> Result<Symbol, PickleError> {
        let (module, name) = if opcode == b'c' {
            (self.name_line()?, self.name_line()?)
        } else {
            let name = self.pop()?;
            let module = self.pop()?;
            (self.name_text(module)?, self.name_text(name)?)
        };
        Symbol::named(&module, &name).ok_or(PickleError::Global { module, name })
    }

    fn name_line(&mut self) -> Result<String, PickleError> {
        Ok(String::from_utf8_lossy(self.line("a name")?).into_owned())
    }

    fn name_text(&self, id: NodeId) -> Result<String, PickleError> {
        match &self.nodes[id as usize] {
            Node::Text(text) => Ok(text.to_string()),
            _ => Err(self.malformed("a name is no text")),
        }
    }

    fn reduce(&mut self) -> Result<(), PickleError> {
        let args = self.pop()?;
        let callable = self.pop()?;
        let (&Node::Symbol(symbol), Node::Tuple(items)) =
            (&self.nodes[callable as usize], &self.nodes[args as usize])
        else {
            return Err(self.refusal(b'R'));
        };
        if symbol != Symbol::GetAttr {
            return self.push(Node::Call { symbol, args, state: None });
        }
        let item = |position: usize| items.get(position).map(|&id| &self.nodes[id as usize]);
        match (item(0), item(1)) {
            (Some(Node::Symbol(Symbol::ZoneInfo)), Some(Node::Text(name))) if &**name == "_unpickle" => {
                self.push(Node::Symbol(Symbol::ZoneInfoNamed))
            }
            _ => Err(PickleError::Global { module: "builtins".to_owned(), name: "getattr".to_owned() }),
        }
    }

    fn build(&mut self) -> Result<(), PickleError> {
        let new_state = self.pop()?;
        let target = self.top()?;
        match &mut self.nodes[target as usize] {
            Node::Call { state, .. } => *state = Some(new_state),
            _ => return Err(self.refusal(b'b')),
        }
        Ok(())
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

    // Input.

    fn byte(&mut self, what: &'static str) -> Result<u8, PickleError> {
        Ok(self.take(1, what)?[0])
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], PickleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    /// A number of `width` bytes that counts something. One beyond the address space is beyond the pickle too.
    fn count(&mut self, width: usize, what: &'static str) -> Result<usize, PickleError> {
        let bytes = self.take(width, what)?;
        let count = bytes.iter().rev().fold(0u64, |count, &byte| count << 8 | u64::from(byte));
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.position..];
        let taken = rest.get(..count).ok_or(PickleError::Truncated { offset: self.bytes.len(), what })?;
        self.position += count;
        Ok(taken)
    }

    fn line(&mut self, what: &'static str) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.position..];
        let length = rest.iter().position(|&byte| byte == b'\n');
        let length = length.ok_or(PickleError::Truncated { offset: self.bytes.len(), what })?;
        self.position += length + 1;
        Ok(&rest[..length])
    }

    fn malformed(&self, what: &'static str) -> PickleError {
        PickleError::Malformed { offset: self.opcode_at, what }
    }
}

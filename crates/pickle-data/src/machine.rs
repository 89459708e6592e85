//! The stack machine.

mod input;
mod names;
mod scalars;

use crate::PickleError;
use crate::pickle::{Node, NodeId, Pickle};

/// What becomes of names outside the closed set, and of what they would make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// They are an error.
    Refuse,
    /// They are objects of which only the name is known.
    Keep,
}

/// Runs a pickle.
pub(crate) struct Machine<'a> {
    unknown: Unknown,
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
    /// How many objects have been copied out of one container into another.
    copied: usize,
}

impl<'a> Machine<'a> {
    pub(crate) fn run(bytes: &'a [u8], unknown: Unknown) -> Result<Pickle, PickleError> {
        let mut machine = Self {
            unknown,
            bytes,
            position: 0,
            opcode_at: 0,
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
            memoized: 0,
            copied: 0,
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
            0x88 | 0x89 => self.push(Node::Bool(opcode == 0x88))?,
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
                self.push(text)?;
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
                let global = self.global(opcode)?;
                self.push(global)?;
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
            _ => self.foreign(opcode)?,
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
        let to_list = matches!(opcode, b'a' | b'e');
        let container = self.container(to_list)?;
        match &mut self.nodes[container as usize] {
            Node::List(list) if to_list => list.extend(items),
            Node::Dict(entries) if !to_list && items.len().is_multiple_of(2) => entries.extend(items),
            _ => return Err(self.malformed("what is added to cannot hold it")),
        }
        Ok(())
    }

    /// The list or dictionary on top of the stack. An object of a class that is one may be there in its place, and gets
    /// one of its own.
    fn container(&mut self, list: bool) -> Result<NodeId, PickleError> {
        let top = self.top()?;
        let Node::Instance { content, .. } = &self.nodes[top as usize] else { return Ok(top) };
        if let Some(content) = content {
            return Ok(*content);
        }
        self.push(if list { Node::List(Vec::new()) } else { Node::Dict(Vec::new()) })?;
        let made = self.pop()?;
        if let Node::Instance { content, .. } = &mut self.nodes[top as usize] {
            *content = Some(made);
        }
        Ok(made)
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
}

//! Object headers: what a group or a dataset is, as a list of messages.

use crate::bytes::PutBytes;

/// A message of an object header.
pub(crate) struct Message {
    kind: MessageKind,
    constant: bool,
    body: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Dataspace = 0x01,
    Datatype = 0x03,
    FillValue = 0x05,
    Layout = 0x08,
    FilterPipeline = 0x0B,
    Attribute = 0x0C,
    Continuation = 0x10,
    SymbolTable = 0x11,
}

/// Bytes of a header before its messages.
pub(crate) const PREFIX_BYTES: usize = 16;

/// Where a header says how many links lead to it.
pub(crate) const NUM_LINKS_AT: u64 = 4;

impl Message {
    pub(crate) fn new(kind: MessageKind, body: Vec<u8>) -> Self {
        Self { kind, constant: false, body }
    }

    pub(crate) fn encoded(kind: MessageKind, encode: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut body = Vec::new();
        encode(&mut body);
        Self::new(kind, body)
    }

    /// Bytes of its body.
    pub(crate) fn num_bytes(&self) -> usize {
        self.body.len()
    }

    /// The same, marked as never to change.
    pub(crate) fn constant(self) -> Self {
        Self { constant: true, ..self }
    }
}

/// A header of version 1 with these messages, to which so many links lead, and where in it the bodies of the messages are.
pub(crate) fn encode(messages: &[Message], num_links: u32) -> (Vec<u8>, Vec<usize>) {
    let mut body = Vec::new();
    let mut bodies_at = Vec::with_capacity(messages.len());
    for message in messages {
        body.put_u16(message.kind as u16);
        body.put_u16(u16::try_from(message.body.len().next_multiple_of(8)).unwrap_or(u16::MAX));
        body.put_u8(u8::from(message.constant));
        body.put_zeros(3);
        bodies_at.push(PREFIX_BYTES + body.len());
        body.extend_from_slice(&message.body);
        body.pad_to_8(0);
    }
    let mut out = Vec::with_capacity(16 + body.len());
    out.put_u8(1);
    out.put_u8(0);
    out.put_u16(u16::try_from(messages.len()).unwrap_or(u16::MAX));
    out.put_u32(num_links);
    out.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX));
    out.put_zeros(4);
    out.extend_from_slice(&body);
    (out, bodies_at)
}

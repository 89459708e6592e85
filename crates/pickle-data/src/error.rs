//! Why a pickle is not data.

/// Why a Python pickle was not decoded.
///
/// A pickle is a program for Python's unpickler. Here it is data: whatever would call, import or build
/// something is refused by name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum PickleError {
    #[error("the pickle ends at byte {offset}, within {what}")]
    Truncated { offset: usize, what: &'static str },

    #[error("the pickle refers to {module}.{name}, which is not allowed")]
    Global { module: String, name: String },

    #[error("the pickle uses {name} at byte {offset}, which is not allowed")]
    Opcode { offset: usize, name: &'static str },

    #[error("byte {offset} of the pickle is {opcode:#04x}, which is no opcode")]
    UnknownOpcode { offset: usize, opcode: u8 },

    #[error("the pickle is malformed at byte {offset}: {what}")]
    Malformed { offset: usize, what: &'static str },

    #[error("the pickle holds {found} where {expected} belongs")]
    Unexpected { expected: &'static str, found: &'static str },
}

//! Tests of the crate, as one program.

mod read;
mod written;

//! The verbs, one file each.

pub(crate) mod bench;
pub(crate) mod demo;
pub(crate) mod fixtures;
pub(crate) mod fuzz;
pub(crate) mod man;
pub(crate) mod python;
pub(crate) mod readers;
pub(crate) mod release;
pub(crate) mod sanitize;
pub(crate) mod test;

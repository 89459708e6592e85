//! What the crate promises, file by file.

mod files;
mod forms;

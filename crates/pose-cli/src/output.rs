//! What the command says: one JSON document for scripts, text for people.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

/// How a verb ended that met no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Different,
}

/// Prints a JSON document on standard output.
pub(crate) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    ignore_closed_pipe(io::stdout().lock().write_all(text.as_bytes()))
}

/// Prints a line for people, on standard error.
pub(crate) fn say(line: impl fmt::Display) {
    // Names come from files: what would steer the terminal or break the line is shown, not obeyed.
    let line: String = line.to_string().chars().flat_map(shown).collect();
    // Nowhere is left to say that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn shown(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

/// `pose ... | head` is no error.
fn ignore_closed_pipe(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

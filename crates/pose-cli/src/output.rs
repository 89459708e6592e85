//! What the command says: one JSON document for scripts, text for people.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use pose_io::{AtomicFile, Existing};
use serde::Serialize;

use crate::human;

/// How a verb ended that met no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Different,
}

/// The version of what `--json` prints. It grows when something is taken away or comes to mean something else; what is
/// only added does not change it. `JSON.md` says what there is.
const JSON_VERSION: u32 = 1;

#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    document: &'a T,
}

/// Prints a JSON document, which is an object, on standard output.
pub(crate) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(&Versioned { version: JSON_VERSION, document })?;
    text.push('\n');
    bytes(text.as_bytes())
}

/// Writes to standard output.
pub(crate) fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    ignore_closed_pipe(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Writes to a file, which appears when it is whole, or to standard output where it is called `-`.
pub(crate) fn write_file(path: &Path, bytes: &[u8], force: bool) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return self::bytes(bytes);
    }
    let existing = if force { Existing::Replace } else { Existing::Keep };
    let mut file = AtomicFile::create(path, existing)?;
    file.write_all(bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    file.commit()?;
    say(format_args!("{}: {}", path.display(), human::bytes(bytes.len() as u64)));
    Ok(())
}

/// Prints a line for people, on standard error.
pub(crate) fn say(line: impl fmt::Display) {
    // Nowhere is left to say that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{}", shown(&line.to_string()));
}

/// Prints the heading of a table for people.
pub(crate) fn heading(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", Style::Bold.of(&shown(line)));
}

/// Prints what went wrong, or what to do about it, after a word that stands out.
pub(crate) fn complain(style: Style, word: &str, text: &str) {
    let _ = writeln!(io::stderr().lock(), "{} {}", style.of(word), shown(text));
}

/// How text stands out on a terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    Bold,
    Error,
    Hint,
}

impl Style {
    /// The text, coloured where someone sees it who has not asked for none. What it says does not depend on that.
    pub(crate) fn of(self, text: &str) -> Cow<'_, str> {
        let code = match self {
            Self::Bold => "1",
            Self::Error => "1;31",
            Self::Hint => "36",
        };
        if is_coloured() { format!("\x1b[{code}m{text}\x1b[0m").into() } else { text.into() }
    }
}

/// Whether standard error takes colours: it is a terminal, and neither `NO_COLOR` nor a terminal of old forbids them.
fn is_coloured() -> bool {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    io::stderr().is_terminal() && !forbidden && !dumb
}

/// Text that may come from files: what would steer the terminal or break the line is shown, not obeyed.
pub(crate) fn shown(text: &str) -> String {
    text.chars().flat_map(shown_char).collect()
}

fn shown_char(c: char) -> impl Iterator<Item = char> {
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

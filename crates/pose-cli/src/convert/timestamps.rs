//! When frames were taken, from a file.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail};

/// What no line of a number is longer than.
const MAX_LINE: usize = 64;

/// The numbers of a file, one in each line, each after the one before. Lines without anything may follow.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<f64>> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    read_lines(BufReader::new(file), path)
}

fn read_lines(mut lines: impl BufRead, path: &Path) -> anyhow::Result<Vec<f64>> {
    let at = || path.display();
    let mut moments: Vec<f64> = Vec::new();
    let mut ended = None;
    let mut line = Vec::new();
    for number in 1usize.. {
        line.clear();
        // A file without line ends is not read whole.
        let limit = u64::try_from(MAX_LINE + 1).unwrap_or(u64::MAX);
        let read = (&mut lines).take(limit).read_until(b'\n', &mut line);
        if read.with_context(|| format!("{} cannot be read", at()))? == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).ok().filter(|_| line.len() <= MAX_LINE);
        let Some(text) = text.map(str::trim) else {
            bail!("{}: line {number} is not a number", at());
        };
        if text.is_empty() {
            ended.get_or_insert(number);
            continue;
        }
        if let Some(empty) = ended {
            bail!("{}: line {empty} is empty, and others follow", at());
        }
        let moment: f64 =
            text.parse().map_err(|_| anyhow::anyhow!("{}: line {number} is not a number: {text}", at()))?;
        if !moment.is_finite() {
            bail!("{}: line {number} is no finite number of seconds: {text}", at());
        }
        if let Some(before) = moments.last().filter(|before| **before >= moment) {
            bail!("{}: line {number} is {moment}, which is not after {before} of the line before", at());
        }
        moments.push(moment);
    }
    Ok(moments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<f64>, String> {
        read_lines(text.as_bytes(), Path::new("times.txt")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_in_each_line_is_a_moment() {
        assert_eq!(read_text("0\n 0.5 \r\n1e1\n\n"), Ok(vec![0.0, 0.5, 10.0]));
        assert_eq!(read_text(""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_moment_is_named_by_its_line() {
        for (text, says) in [
            ("0\ntime\n", "line 2 is not a number: time"),
            ("0\nNaN\n", "line 2 is no finite number"),
            ("0\n1\n1\n", "line 3 is 1, which is not after 1"),
            ("0\n\n1\n", "line 2 is empty, and others follow"),
            (&"7".repeat(1000), "line 1 is not a number"),
        ] {
            let error = read_text(text).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
    }
}

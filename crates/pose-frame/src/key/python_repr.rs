//! Tuples as Python writes them with `repr` and reads them with `ast.literal_eval`: pandas' names for the columns
//! of a frame with several levels.

use std::fmt::Write as _;

use super::Label;

/// Writes a tuple of strings, as pandas names a column: numbers too are written as strings there.
pub(super) fn tuple_of_text<'a>(elements: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("(");
    let mut count = 0;
    for element in elements {
        if count > 0 {
            out.push_str(", ");
        }
        write_text(&mut out, element);
        count += 1;
    }
    // A tuple of one is told from a parenthesis by its comma.
    out.push_str(if count == 1 { ",)" } else { ")" });
    out
}

/// Python prefers single quotes, and takes double ones when only those need no escape.
fn write_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() || (c.is_whitespace() && c != ' ') => {
                let code = u32::from(c);
                let escaped = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
                escaped.expect("writing to a string cannot fail");
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// Reads a tuple of strings and whole numbers. `None` when the text is anything else.
pub(super) fn parse_tuple(text: &str) -> Option<Vec<Label>> {
    let mut rest = text.trim().strip_prefix('(')?.strip_suffix(')')?.trim();
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (element, after) = parse_element(rest)?;
        elements.push(element);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            // Without a comma, one element in parentheses is no tuple.
            None if rest.is_empty() && elements.len() > 1 => {}
            None => return None,
        }
    }
    Some(elements)
}

fn parse_element(text: &str) -> Option<(Label, &str)> {
    // Python 2 wrote its text as u'...'.
    let quoted = text.strip_prefix('u').unwrap_or(text);
    let quote = quoted.chars().next().filter(|c| matches!(c, '\'' | '"'));
    if let Some(quote) = quote {
        return parse_text(&quoted[1..], quote).map(|(text, rest)| (Label::from(text), rest));
    }
    let end = text.find([',', ' ']).unwrap_or(text.len());
    let number = text[..end].parse().ok()?;
    Some((Label::Integer(number), &text[end..]))
}

/// Reads up to the closing quote; `text` starts after the opening one.
fn parse_text(text: &str, quote: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((out, &text[at + c.len_utf8()..]));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let (at, escape) = chars.next()?;
        let digits = match escape {
            'n' => '\n'.into(),
            'r' => '\r'.into(),
            't' => '\t'.into(),
            '\\' | '\'' | '"' => escape.into(),
            'x' => Escape::Hex(2),
            'u' => Escape::Hex(4),
            'U' => Escape::Hex(8),
            _ => return None,
        };
        match digits {
            Escape::Char(c) => out.push(c),
            Escape::Hex(count) => {
                let hex = text.get(at + 1..at + 1 + count)?;
                out.push(char::from_u32(u32::from_str_radix(hex, 16).ok()?)?);
                chars.nth(count - 1)?;
            }
        }
    }
    None
}

enum Escape {
    Char(char),
    Hex(usize),
}

impl From<char> for Escape {
    fn from(c: char) -> Self {
        Self::Char(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(elements: &[&str]) -> Vec<Label> {
        elements.iter().map(|text| Label::from(*text)).collect()
    }

    #[test]
    fn text_is_quoted_as_python_does() {
        assert_eq!(tuple_of_text(["DLC", "snout", "x"]), "('DLC', 'snout', 'x')");
        assert_eq!(tuple_of_text(["it's"]), "(\"it's\",)");
        assert_eq!(tuple_of_text(["b\"q", "both ' and \""]), "('b\"q', 'both \\' and \"')");
        assert_eq!(tuple_of_text(["a\nb\\", "é🐭\u{a0}\u{1}"]), "('a\\nb\\\\', 'é🐭\\xa0\\x01')");
    }

    #[test]
    fn what_was_written_parses_back() {
        for elements in
            [vec!["", "x"], vec!["('a', 'b')", ","], vec!["it's", "\"\\\n\u{2028}尾"], vec!["one"]]
        {
            assert_eq!(parse_tuple(&tuple_of_text(elements.iter().copied())), Some(texts(&elements)));
        }
    }

    #[test]
    fn numbers_and_python_2_text_parse() {
        let expected = vec![Label::from("a"), Label::Integer(-3)];
        assert_eq!(parse_tuple("(u'a', -3)"), Some(expected));
        assert_eq!(parse_tuple("()"), Some(vec![]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "(", ")", "('a')", "('a' 'b')", "('a", "('a',", "('\\q',)", "('\\x4', )", "('\\Uffffffff',)"]
        {
            assert_eq!(parse_tuple(text), None, "{text}");
        }
        for text in ["(a, b)", "['a', 'b']", "('a', None)", "('a', 1.5)", "('é\\u00', 1)"] {
            assert_eq!(parse_tuple(text), None, "{text}");
        }
    }
}

//! How protocol 0 spells texts.

/// What is wrong with a surrogate that stands alone.
pub(crate) const HALF_A_CHARACTER: &str = "a text holds half a character";

/// The content of a `V` line: Latin-1 with `\uXXXX` and `\UXXXXXXXX` for the rest, as Python's
/// `raw-unicode-escape` writes it. Two escapes that are a surrogate pair are one character: narrow builds of
/// Python 2 wrote them so.
pub(crate) fn raw_unicode(line: &[u8]) -> Result<String, &'static str> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let [first, after @ ..] = rest {
        rest = after;
        let (code, length) = match (*first, after.first()) {
            (b'\\', Some(b'u')) => (hex(after, 1, 4)?, 5),
            (b'\\', Some(b'U')) => (hex(after, 1, 8)?, 9),
            _ => {
                text.push(char::from(*first));
                continue;
            }
        };
        rest = &rest[length..];
        let character = match code {
            0xd800..0xdc00 if rest.starts_with(br"\u") => {
                let low = hex(rest, 2, 4)?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(HALF_A_CHARACTER);
                }
                rest = &rest[6..];
                char::from_u32(0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00))
            }
            _ => char::from_u32(code),
        };
        text.push(character.ok_or(HALF_A_CHARACTER)?);
    }
    Ok(text)
}

/// The content of an `S` line: a string literal of Python 2. Its bytes are read as Latin-1, as PyTables does.
pub(crate) fn python_string(line: &[u8]) -> Result<String, &'static str> {
    let inner = match line {
        [open @ (b'\'' | b'"'), inner @ .., close] if open == close => inner,
        _ => return Err("a string has no quotes"),
    };
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            text.push(char::from(*first));
            continue;
        }
        let Some((&escape, after)) = after.split_first() else { return Err("a string ends in a backslash") };
        rest = after;
        let byte = match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'v' => 0x0b,
            b'\\' | b'\'' | b'"' => escape,
            b'x' => {
                let code = hex(after, 0, 2)?;
                rest = &after[2..];
                u8::try_from(code).map_err(|_| "a string has a bad escape")?
            }
            b'0'..=b'7' => {
                let digits = after.iter().take(2).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
                let octal = after[..digits]
                    .iter()
                    .fold(u32::from(escape - b'0'), |code, digit| code * 8 + u32::from(digit - b'0'));
                rest = &after[digits..];
                u8::try_from(octal).map_err(|_| "a string has a bad escape")?
            }
            // Python keeps a backslash that escapes nothing.
            other => {
                text.push('\\');
                other
            }
        };
        text.push(char::from(byte));
    }
    Ok(text)
}

fn hex(bytes: &[u8], start: usize, digits: usize) -> Result<u32, &'static str> {
    let digits = bytes.get(start..start + digits).ok_or("an escape is cut off")?;
    digits.iter().try_fold(0u32, |code, &digit| {
        let digit = char::from(digit).to_digit(16).ok_or("an escape is not hexadecimal")?;
        code.checked_mul(16).map(|code| code + digit).ok_or("an escape is too large")
    })
}

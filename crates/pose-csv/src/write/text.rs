//! Text in a cell.

/// Writes a text, in quotes where it holds what would end a cell or a row.
///
/// As Python's `csv.QUOTE_MINIMAL`, and a lone CR too: pandas writes it without quotes before Python 3.13, and then
/// reads two rows.
pub(super) fn push(out: &mut Vec<u8>, text: &[u8]) {
    if !text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &byte in text {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

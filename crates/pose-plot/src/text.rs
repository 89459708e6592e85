//! Text as it stands in pictures and pages.

/// Text in which nothing is markup, nothing steers what is around it, and nothing is that XML forbids: for SVG, and for HTML around
/// it. What is replaced becomes U+FFFD.
///
/// # Examples
///
/// ```
/// assert_eq!(pose_plot::escaped("left<ear & \u{202e}tail"), "left&lt;ear &amp; \u{fffd}tail");
/// ```
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || turns_text(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

/// Marks of writing direction. They would make a name look like another one, and turn around what follows it.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text() {
        assert_eq!(escaped("<b> \"&'\n"), "&lt;b&gt; &quot;&amp;&#39;\u{fffd}");
        assert_eq!(escaped("尾 é \u{1f42d}"), "尾 é \u{1f42d}");
    }

    #[test]
    fn what_turns_text_around_or_xml_forbids_is_replaced() {
        for c in [
            '\u{61c}', '\u{200e}', '\u{200f}', '\u{202e}', '\u{2066}', '\u{fffe}', '\u{ffff}', '\u{0}',
            '\u{85}',
        ] {
            assert_eq!(escaped(&format!("a{c}b")), "a\u{fffd}b", "{}", c.escape_unicode());
        }
    }
}

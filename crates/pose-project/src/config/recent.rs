//! The projects that were read last: the tables of a folder are of one project, and each of them asks for it.
//!
//! They are known by their text, which is read every time: a file that has changed is never taken for what it was, whatever
//! its times say. What is saved is parsing it.

use std::sync::{Mutex, PoisonError};

use super::ProjectConfig;

/// So many are kept: as many folders as threads are at work in, mostly.
const MOST: usize = 8;

/// Texts up to this size are kept; those of projects with thousands of videos have some hundred kilobytes.
const MAX_BYTES: usize = 512 << 10;

/// Some projects by their text.
pub(super) struct Recent {
    /// What was read last comes last.
    known: Mutex<Vec<Known>>,
}

/// What a text says.
struct Known {
    text: Vec<u8>,
    config: ProjectConfig,
}

impl Recent {
    pub(super) const fn new() -> Self {
        Self { known: Mutex::new(Vec::new()) }
    }

    /// What a text says, when it was read lately.
    pub(super) fn find(&self, text: &[u8]) -> Option<ProjectConfig> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().rposition(|known| known.text == text)?;
        known[at..].rotate_left(1);
        known.last().map(|known| known.config.clone())
    }

    /// Keeps what a text says.
    pub(super) fn keep(&self, text: Vec<u8>, config: ProjectConfig) {
        if text.len() > MAX_BYTES {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Two threads may have read it at once.
        if known.iter().any(|known| known.text == text) {
            return;
        }
        if known.len() >= MOST {
            known.remove(0);
        }
        known.push(Known { text, config });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_says_is_known_again_until_others_came() {
        let recent = Recent::new();
        let text = |number: usize| format!("Task: t{number}\nscorer: s\nbodyparts: [a]\n").into_bytes();
        let parsed = |number: usize| {
            let text = String::from_utf8(text(number)).expect("it is text");
            ProjectConfig::from_yaml(&text).expect("it is YAML").expect("it is a project")
        };
        recent.keep(text(0), parsed(0));
        assert_eq!(recent.find(&text(0)), Some(parsed(0)));
        assert_eq!(recent.find(b"Task: other"), None);
        for number in 1..=3 * MOST {
            recent.keep(text(number), parsed(number));
        }
        assert_eq!(recent.find(&text(0)), None);
        assert_eq!(recent.find(&text(3 * MOST)), Some(parsed(3 * MOST)));
        recent.keep(vec![b' '; MAX_BYTES + 1], parsed(0));
        assert_eq!(recent.find(&vec![b' '; MAX_BYTES + 1]), None);
    }
}

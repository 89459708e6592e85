//! Names that objects of a file can have.

use std::collections::HashSet;

/// The names of a group that are taken.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// A group in which these names mean something else.
    pub(crate) fn without(reserved: &[&str]) -> Self {
        Self { taken: reserved.iter().map(|&name| name.to_owned()).collect() }
    }

    /// A name for something that is called so: the same wherever an object can have it. pynwb opens no object with a slash
    /// or a colon in its name, nwbinspector objects to backslashes, and HDF5 has no empty names.
    pub(crate) fn take(&mut self, called: &str) -> String {
        let name: String = called
            .chars()
            .map(|c| if matches!(c, '/' | '\\' | ':') || c.is_control() { '_' } else { c })
            .collect();
        let name = if matches!(name.as_str(), "" | "." | "..") { format!("{name}_") } else { name };
        let name = (1..=u32::MAX)
            .map(|copy| if copy == 1 { name.clone() } else { format!("{name}_{copy}") })
            .find(|name| !self.taken.contains(name))
            .unwrap_or(name);
        self.taken.insert(name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_stay_as_they_are_where_they_can() {
        let mut names = Names::without(&["scorer"]);
        for (called, expected) in [
            ("left ear", "left ear"),
            ("尾", "尾"),
            ("a/b", "a_b"),
            ("a\\b", "a_b_2"),
            ("a:b", "a_b_3"),
            ("scorer", "scorer_2"),
            ("", "_"),
            ("..", ".._"),
            ("left ear", "left ear_2"),
            ("a\0b\n", "a_b_"),
        ] {
            assert_eq!(names.take(called), expected, "{called}");
        }
    }
}

//! Colours that people with any colour vision tell apart.

/// Those of Okabe and Ito (2008) that stand out on white, the strongest first.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d"];

/// The dashes of lines whose colour was used before.
const DASHES: [&str; 4] = ["", "6 3", "2 2", "8 3 2 3"];

/// The colour of what is missing.
pub(crate) const MISSING: &str = "#d55e00";
/// The colour of what is unlikely.
pub(crate) const UNLIKELY: &str = "#7a8793";

/// How the lines of a series look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) colour: &'static str,
    pub(crate) dash: &'static str,
}

/// How the series with this number looks.
pub(crate) fn look(number: usize) -> Look {
    Look { colour: COLOURS[number % COLOURS.len()], dash: DASHES[number / COLOURS.len() % DASHES.len()] }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn two_dozen_series_look_different() {
        let looks: HashSet<(&str, &str)> = (0..28).map(look).map(|look| (look.colour, look.dash)).collect();
        assert_eq!(looks.len(), 28);
    }
}

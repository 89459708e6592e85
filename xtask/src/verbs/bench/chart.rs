//! Charts of what was measured, as SVG on logarithmic scales.
//!
//! They are files below `xtask/bench`, not data within the page, because pages of Markdown are shown without what is embedded
//! in them; and not at the top of the repository, where everything else has its place.

mod bars;
mod growth;
mod lead;
mod scale;
mod svg;

use super::measured::{Document, Workload};

/// Where they stand, from the root.
pub(super) const FOLDER: &str = "xtask/bench/charts";

/// The one that shows everything.
pub(super) const GLANCE: &str = "at-a-glance";

/// The benchmark whose workloads are one chart.
const GROWTH: &str = "growth";

/// A picture.
pub(super) struct Chart {
    pub(super) name: String,
    pub(super) file: String,
    /// What it shows, in words: for who does not see it.
    pub(super) title: String,
    pub(super) svg: String,
}

/// All that there is to draw.
pub(super) fn all(documents: &[Document]) -> Vec<Chart> {
    let mut charts = Vec::new();
    let mut add = |name: String, title: String, svg: Option<String>| {
        if let Some(svg) = svg {
            charts.push(Chart { file: format!("{name}.svg"), name, title, svg });
        }
    };
    let title = "How many times as fast ours is as each of the others".to_owned();
    add(GLANCE.to_owned(), title.clone(), lead::draw(documents, &title));
    for document in documents {
        let workloads = document.workloads().unwrap_or_default();
        if document.name == GROWTH {
            let title = "Time and memory for each frame, from short tables to long ones".to_owned();
            add(GROWTH.to_owned(), title.clone(), growth::draw(document, &workloads, &title));
            continue;
        }
        for workload in &workloads {
            let title = format!("{}, {}: time of each operation", document.name, workload.name);
            let svg = bars::draw(document, workload, &title);
            add(name_of(document, workload), title, svg);
        }
    }
    charts
}

/// What the chart of a workload is called.
pub(super) fn name_of(document: &Document, workload: &Workload) -> String {
    let name = format!("{}-{}", document.name, workload.name);
    name.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::verbs::bench::measured::tests::document;

    #[test]
    fn every_workload_has_a_chart_and_names_are_escaped() {
        let charts = all(&[document()]);
        let files: Vec<_> = charts.iter().map(|chart| chart.file.as_str()).collect();
        assert_eq!(files, ["at-a-glance.svg", "parquet-wide.svg"]);
        for chart in &charts {
            assert!(chart.svg.starts_with("<svg ") && chart.svg.ends_with("</svg>\n"));
            assert!(chart.svg.contains("quick &amp; &lt;small&gt;") && !chart.svg.contains("NaN"));
        }
    }

    #[test]
    fn growth_is_one_chart_of_all_its_tables() {
        let mut growth = document();
        growth.name = super::GROWTH.to_owned();
        let charts = all(&[growth]);
        assert_eq!(charts.last().map(|chart| chart.file.as_str()), Some("growth.svg"));
    }
}

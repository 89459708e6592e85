//! `BENCHMARKS.md`, made of what was measured and of nothing else.

use std::fmt::Write as _;

use super::chart::{self, Chart};
use super::glance::{self, HEAD, Measure, Outcome, RULE, outcomes};
use super::measured::{Cache, Contest, Document, Measurement, Role, Workload};
use super::quantity;

pub(super) const FILE: &str = "BENCHMARKS.md";

const HOW: &str = "\
Each side runs in a process of its own that is warm, and they take turns, round by round, so that what else the machine does
falls on all of them. Figures are medians, with the least and the most in brackets; how many times as fast is the median of
the ratios of each round. Files are on disk and, unless it says cold, in the page cache; for a cold read the file is written out and
dropped with `posix_fadvise(POSIX_FADV_DONTNEED)`, and `mincore` is asked whether it went. What lies below the system, such as the cache of
a host around a virtual machine, stays. Memory is the most that a new process had in all (`VmHWM`) while it did this once: with the
interpreter and, where it writes, the table. A side that is given as *numbers alone* keeps no names, types or labels, *ffmpegs alone* are given frames that
stand ready; *one read* is a single `read` of the same bytes, which nothing can beat. Not measured: xarrayvideo, which is not on PyPI.
";

/// The whole page. The same documents make the same page.
pub(super) fn page(documents: &[Document], charts: &[Chart]) -> String {
    let mut out = String::from("# Benchmarks\n\n");
    out.push_str(
        "`cargo xtask bench` measures, `cargo xtask bench --report` writes this page and its charts. Nothing in them is written by hand.\n\n",
    );
    if documents.iter().any(|document| document.quick) {
        out.push_str(
            "**These are figures of a quick run: small tables and few rounds. They say nothing.**\n\n",
        );
    }
    runs(&mut out, documents);
    out.push_str("\n## At a glance\n\n");
    let headlines = glance::headlines(documents);
    if !headlines.is_empty() {
        out.push_str(&(headlines.join("\n") + "\n"));
    }
    picture(&mut out, charts, chart::GLANCE);
    losses(&mut out, documents);
    standings(&mut out, documents);
    out.push_str("\n## How it is measured\n\n");
    out.push_str(HOW);
    for document in documents {
        let _ = writeln!(out, "\n## {}", document.name);
        picture(&mut out, charts, &document.name);
        for workload in document.workloads().unwrap_or_default() {
            details(&mut out, document, &workload, charts);
        }
    }
    out
}

/// Machine, versions, commit and command: once where all documents have the same.
fn runs(out: &mut String, documents: &[Document]) {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for document in documents {
        let text = run(document);
        match told.iter_mut().find(|(other, _)| *other == text) {
            Some((_, names)) => names.push(&document.name),
            None => told.push((text, vec![&document.name])),
        }
    }
    let is_one = told.len() == 1;
    for (text, names) in told {
        if !is_one {
            let _ = writeln!(out, "{}:\n", names.join(", "));
        }
        out.push_str(&text);
        if !is_one {
            out.push('\n');
        }
    }
    let load = documents.iter().map(|document| document.machine.load_before).fold(0.0, f64::max);
    if let Some(processors) = documents.iter().map(|document| document.machine.processors).max()
        && load > 1.5 * f64::from(processors)
    {
        let _ = writeln!(
            out,
            "\n**Something else ran beside it: up to {load:.1} processes wanted one of {processors} processors when a benchmark began.**"
        );
    }
}

fn run(document: &Document) -> String {
    let machine = &document.machine;
    let memory = machine.memory_bytes.map_or(String::new(), |bytes| format!(", {}", quantity::bytes(bytes)));
    let versions: Vec<String> =
        document.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    format!(
        "| | |\n|---|---|\n| machine | {} × {}{memory}, {} |\n| commit | {}; {} |\n| command | `{}` |\n| beside it | {} |\n",
        machine.processors,
        escaped(&machine.processor),
        escaped(&machine.system),
        document.commit,
        document.date,
        document.command,
        versions.join(", ")
    )
}

/// Whatever someone else does better, numbers alone included.
fn losses(out: &mut String, documents: &[Document]) {
    out.push_str("\n## Where we lose\n\n");
    let kinds = [(Measure::Time, "Slower"), (Measure::Size, "Larger"), (Measure::Memory, "More memory")];
    let mut is_none = true;
    for (measure, word) in kinds {
        let lost: Vec<Outcome> =
            outcomes(documents, measure, glance::anyone).into_iter().filter(Outcome::is_lost).collect();
        if lost.is_empty() {
            continue;
        }
        let between = if is_none { "" } else { "\n" };
        is_none = false;
        let _ = writeln!(out, "{between}{word}:\n\n{HEAD}\n{RULE}");
        for outcome in lost {
            let _ = writeln!(out, "{}", escaped(&outcome.row(&outcome.words())));
        }
    }
    if is_none {
        out.push_str("Nowhere, in what is measured here.\n");
    }
}

/// Every contest with the best of those that keep the same.
fn standings(out: &mut String, documents: &[Document]) {
    out.push_str("\n## All of it\n");
    let kinds = [(Measure::Time, "Time"), (Measure::Size, "Size"), (Measure::Memory, "Memory")];
    for (measure, word) in kinds {
        let found = outcomes(documents, measure, glance::peers);
        if found.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{word}:\n\n{HEAD}\n{RULE}");
        for outcome in found {
            let _ = writeln!(out, "{}", escaped(&outcome.row(&outcome.words())));
        }
    }
}

fn details(out: &mut String, document: &Document, workload: &Workload, charts: &[Chart]) {
    let _ = writeln!(out, "\n### {} · {}\n\n{}.", document.name, workload.name, capitalized(&workload.text));
    picture(out, charts, &chart::name_of(document, workload));
    for contest in document.contests(&workload.name) {
        let cold = if contest.cache == Cache::Cold { ", cold" } else { "" };
        let _ = writeln!(out, "\n**{}{cold}**\n", contest.operation);
        table(out, document, contest);
    }
}

/// All sides of a contest, with the columns that anything is known for.
fn table(out: &mut String, document: &Document, contest: Contest<'_>) {
    let any = |has: fn(&Measurement) -> bool| document.sides(contest).any(has);
    let columns: [(&str, bool); 5] = [
        ("time", any(|side| side.median.is_some() || side.failed.is_some())),
        ("of ours", any(|side| side.ratio.is_some_and(|ratio| ratio.to_bits() != 1_f64.to_bits()))),
        ("memory", any(|side| side.peak_bytes.is_some())),
        ("size", any(|side| side.size_bytes.is_some())),
        ("largest error", any(|side| side.max_error.is_some())),
    ];
    let shown = || columns.iter().filter(|(_, is_shown)| *is_shown).map(|(name, _)| *name);
    let _ = writeln!(out, "| | {} |", shown().collect::<Vec<_>>().join(" | "));
    let _ = writeln!(out, "|---|{}", "---|".repeat(shown().count()));
    for side in document.sides(contest) {
        let cells: Vec<String> = shown().map(|name| cell(side, name)).collect();
        let who = escaped(&side.who);
        let who = if side.role() == Role::Ours { format!("**{who}**") } else { who };
        let _ = writeln!(out, "| {who} | {} |", cells.join(" | "));
    }
}

fn cell(side: &Measurement, column: &str) -> String {
    match column {
        "time" => match (&side.failed, side.median, side.spread) {
            (Some(why), ..) => format!("failed: {}", escaped(why)),
            (None, Some(median), Some([least, most])) if side.times.len() > 1 => format!(
                "{} ({} to {})",
                quantity::seconds(median),
                quantity::seconds(least),
                quantity::seconds(most)
            ),
            (None, Some(median), _) => format!("{}, once", quantity::seconds(median)),
            (None, None, _) => String::new(),
        },
        "of ours" => side.ratio.map_or(String::new(), quantity::times),
        "memory" => side.peak_bytes.map_or(String::new(), quantity::bytes),
        "size" => side.size_bytes.map_or(String::new(), quantity::bytes),
        _ => side.max_error.map_or(String::new(), |error| {
            if error == 0.0 { "none".to_owned() } else { format!("{error:.3e}") }
        }),
    }
}

fn picture(out: &mut String, charts: &[Chart], name: &str) {
    if let Some(chart) = charts.iter().find(|chart| chart.name == name) {
        let _ = writeln!(out, "\n![{}]({}/{})", chart.title, chart::FOLDER, chart.file);
    }
}

/// Text of peers in a table of Markdown.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::verbs::bench::chart;
    use crate::verbs::bench::measured::tests::document;

    #[test]
    fn the_page_says_what_was_measured_and_where_we_lose() {
        let documents = [document()];
        let page = page(&documents, &chart::all(&documents));
        for line in [
            "| machine | 2 × A processor, 8.00 GB, Linux 6 |",
            "| commit | 0123456789ab; 2026-11-21 |",
            "| command | `cargo xtask bench` |",
            "| parquet · wide: read | 100 ms | 50.0 ms, quick &amp; &lt;small&gt; | **2.00 times as slow** |",
            "| **ours** | 210 ms (200 ms to 220 ms) | 1.00 | 300 MB | 100 MB |",
            "| pandas | 2.10 s (2.00 s to 2.20 s) | 10 | 900 MB | 200 MB |",
            "| videoparquet | failed: ValueError: no shape |  |  |",
            "**read, cold**",
        ] {
            assert!(page.contains(line), "{line} is missing in:\n{page}");
        }
        let (_, lost) = page.split_once("## Where we lose").unwrap();
        let (lost, _) = lost.split_once("## All of it").unwrap();
        assert!(lost.contains("wide: read |") && !lost.contains("wide: write |"));
        assert!(!page.contains("say nothing"));
    }

    #[test]
    fn a_quick_run_is_called_one() {
        let mut document = document();
        document.quick = true;
        assert!(page(&[document], &[]).contains("They say nothing"));
    }

    #[test]
    fn what_wins_everywhere_loses_nowhere() {
        let mut document = document();
        document.results.retain(|result| result.operation == "write");
        assert!(page(&[document], &[]).contains("Nowhere"));
    }
}

//! What a benchmark found: the shape of the files in `target/bench`, described in `xtask/bench/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version of the shape.
pub(super) const FORMAT: u32 = 1;

/// One benchmark in one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) format: u32,
    pub(super) name: String,
    /// Small data and few rounds: figures to try the benchmark itself.
    pub(super) quick: bool,
    pub(super) command: String,
    pub(super) commit: String,
    pub(super) date: String,
    pub(super) machine: Machine,
    pub(super) versions: BTreeMap<String, String>,
    /// By name, each a [`Workload`], in the order in which they were measured.
    workloads: Map<String, Value>,
    pub(super) results: Vec<Measurement>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Machine {
    pub(super) processor: String,
    pub(super) processors: u32,
    pub(super) memory_bytes: Option<f64>,
    pub(super) system: String,
    /// How many processes wanted a processor, in the minute before and in the last one.
    pub(super) load_before: f64,
    pub(super) load_after: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workload {
    #[serde(skip)]
    pub(super) name: String,
    pub(super) text: String,
    pub(super) rows: f64,
    #[allow(dead_code, reason = "part of the shape, for whoever reads the files")]
    columns: f64,
    #[allow(dead_code, reason = "part of the shape, for whoever reads the files")]
    bytes: f64,
}

/// What one side did.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measurement {
    pub(super) workload: String,
    pub(super) operation: String,
    pub(super) cache: Cache,
    pub(super) who: String,
    pub(super) times: Vec<f64>,
    pub(super) median: Option<f64>,
    pub(super) spread: Option<[f64; 2]>,
    /// Its time by that of the first of ours in the same round: the median of these.
    pub(super) ratio: Option<f64>,
    pub(super) peak_bytes: Option<f64>,
    pub(super) size_bytes: Option<f64>,
    pub(super) max_error: Option<f64>,
    pub(super) failed: Option<String>,
}

/// Whether the file was in the page cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Cache {
    Warm,
    Cold,
}

/// What is measured together: all sides of it are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contest<'a> {
    pub(super) workload: &'a str,
    pub(super) operation: &'a str,
    pub(super) cache: Cache,
}

/// What a side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Our side as it is by default.
    Ours,
    /// Our side, asked for something else.
    OursToo,
    /// Another program that keeps tables, or arrays where those are packed.
    Peer,
    /// Less than what ours does: numbers without names, types or labels; frames that stand ready, and are encoded.
    Bare,
    /// The bytes alone: nothing is faster.
    Limit,
}

impl Document {
    /// All that stands in a file, be it of one benchmark or of several, or in the files of a folder.
    pub(super) fn read_all(path: &Path) -> Result<Vec<Self>> {
        if !path.is_dir() {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            return Self::parse(&text)
                .with_context(|| format!("{} is no result of a benchmark", path.display()));
        }
        let entries = fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        if files.is_empty() {
            bail!(
                "nothing was measured yet: run `cargo xtask bench`, which leaves its results in {}",
                path.display()
            );
        }
        let documents = files.iter().map(|file| Self::read_all(file)).collect::<Result<Vec<_>>>()?;
        Ok(documents.into_iter().flatten().collect())
    }

    /// A document, or a collection of them.
    pub(super) fn parse(text: &str) -> Result<Vec<Self>> {
        let value: Value = serde_json::from_str(text)?;
        let benchmarks = match value.get("benchmarks").and_then(Value::as_array) {
            Some(benchmarks) => benchmarks.clone(),
            None => vec![value],
        };
        let documents = benchmarks.into_iter().map(|value| {
            let document: Self = serde_json::from_value(value)?;
            if document.format != FORMAT {
                bail!("it has shape {}, and {FORMAT} is known: measure anew", document.format);
            }
            document.workloads()?;
            Ok(document)
        });
        documents.collect()
    }

    pub(super) fn workloads(&self) -> Result<Vec<Workload>> {
        let workloads = self.workloads.iter().map(|(name, value)| {
            let workload: Workload = serde_json::from_value(value.clone())?;
            Ok(Workload { name: name.clone(), ..workload })
        });
        workloads.collect()
    }

    /// What is compared in a workload, in the order in which it was measured, warm before cold.
    pub(super) fn contests<'a>(&'a self, workload: &str) -> Vec<Contest<'a>> {
        let mut contests: Vec<Contest<'a>> = Vec::new();
        for result in self.results.iter().filter(|result| result.workload == workload) {
            let contest = result.contest();
            if !contests.contains(&contest) {
                let same = contests.iter().rposition(|other| other.operation == contest.operation);
                contests.insert(same.map_or(contests.len(), |last| last + 1), contest);
            }
        }
        contests
    }

    /// All sides of a contest.
    pub(super) fn sides<'a>(&'a self, contest: Contest<'a>) -> impl Iterator<Item = &'a Measurement> {
        self.results.iter().filter(move |result| result.contest() == contest)
    }
}

impl Measurement {
    pub(super) fn contest(&self) -> Contest<'_> {
        Contest { workload: &self.workload, operation: &self.operation, cache: self.cache }
    }

    pub(super) fn role(&self) -> Role {
        match self.who.as_str() {
            "ours" => Role::Ours,
            who if who.starts_with("ours") => Role::OursToo,
            who if who.starts_with("one read") => Role::Limit,
            who if who.ends_with(" alone") => Role::Bare,
            _ => Role::Peer,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Cache, Document, Role};

    /// Two operations of one table: ours wins one, and loses the other.
    pub(in crate::verbs::bench) const DOCUMENT: &str = r#"{
        "format": 1, "name": "parquet", "quick": false, "command": "cargo xtask bench", "commit": "0123456789ab",
        "date": "2026-11-21",
        "machine": {"processor": "A processor", "processors": 2, "memory_bytes": 8e9, "system": "Linux 6",
                    "load_before": 0.1, "load_after": 1.2},
        "versions": {"pandas": "3.1.1"},
        "workloads": {"wide": {"text": "1,000,000 frames x 36", "rows": 1000000, "columns": 36, "bytes": 288000000}},
        "results": [
            {"workload": "wide", "operation": "write", "cache": "warm", "who": "ours", "times": [0.2, 0.22, 0.21],
             "median": 0.21, "spread": [0.2, 0.22], "ratio": 1.0, "peak_bytes": 3e8, "size_bytes": 1e8,
             "max_error": null, "failed": null},
            {"workload": "wide", "operation": "write", "cache": "warm", "who": "pandas", "times": [2.0, 2.2, 2.1],
             "median": 2.1, "spread": [2.0, 2.2], "ratio": 10.0, "peak_bytes": 9e8, "size_bytes": 2e8,
             "max_error": null, "failed": null},
            {"workload": "wide", "operation": "read", "cache": "warm", "who": "ours", "times": [0.1, 0.1, 0.1],
             "median": 0.1, "spread": [0.1, 0.1], "ratio": 1.0, "peak_bytes": 3e8, "size_bytes": null,
             "max_error": null, "failed": null},
            {"workload": "wide", "operation": "read", "cache": "warm", "who": "quick & <small>",
             "times": [0.05, 0.05, 0.05], "median": 0.05, "spread": [0.05, 0.05], "ratio": 0.5, "peak_bytes": 1e8,
             "size_bytes": null, "max_error": null, "failed": null},
            {"workload": "wide", "operation": "read", "cache": "warm", "who": "one read of ours",
             "times": [0.04, 0.04, 0.04], "median": 0.04, "spread": [0.04, 0.04], "ratio": 0.4, "peak_bytes": null,
             "size_bytes": null, "max_error": null, "failed": null},
            {"workload": "wide", "operation": "read", "cache": "warm", "who": "videoparquet", "times": [],
             "median": null, "spread": null, "ratio": null, "peak_bytes": null, "size_bytes": null,
             "max_error": null, "failed": "ValueError: no shape"},
            {"workload": "wide", "operation": "read", "cache": "cold", "who": "ours", "times": [0.3], "median": 0.3,
             "spread": [0.3, 0.3], "ratio": 1.0, "peak_bytes": null, "size_bytes": null, "max_error": null,
             "failed": null}
        ]
    }"#;

    pub(in crate::verbs::bench) fn document() -> Document {
        Document::parse(DOCUMENT).unwrap().remove(0)
    }

    #[test]
    fn contests_keep_their_order_and_sides_have_roles() {
        let document = document();
        let contests = document.contests("wide");
        let names: Vec<_> = contests.iter().map(|contest| (contest.operation, contest.cache)).collect();
        assert_eq!(names, [("write", Cache::Warm), ("read", Cache::Warm), ("read", Cache::Cold)]);
        let roles: Vec<_> = document.sides(contests[1]).map(super::Measurement::role).collect();
        assert_eq!(roles, [Role::Ours, Role::Peer, Role::Limit, Role::Peer]);
    }

    #[test]
    fn another_shape_is_refused() {
        assert!(Document::parse(&DOCUMENT.replace("\"format\": 1", "\"format\": 2")).is_err());
        assert!(Document::parse(&DOCUMENT.replace("\"rows\"", "\"lines\"")).is_err());
        assert!(Document::parse("{}").is_err());
    }

    #[test]
    fn what_is_saved_together_is_read_again() {
        let text = super::super::suite::collected(&[document(), document()]).unwrap();
        assert_eq!(Document::parse(&text).unwrap().len(), 2);
    }
}

//! What `pose migrate --json` reports, and a short text of it.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The report of one migration.
pub(crate) struct Report {
    files: Vec<File>,
    seconds: f64,
}

struct File {
    source: String,
    status: String,
    reason: String,
    rows: u64,
    columns: u64,
    source_bytes: u64,
    target_bytes: u64,
    seconds: f64,
}

impl Report {
    /// Reads the document that the command printed. An error when it is not what scripts rely on.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let document: Value = serde_json::from_str(text).context("`pose migrate --json` printed no JSON")?;
        let listed = document["files"].as_array().context("the report has no list `files`")?;
        let files = listed.iter().map(File::parse).collect::<Result<Vec<_>>>()?;
        let summary = &document["summary"];
        let report =
            Self { files, seconds: summary["seconds"].as_f64().context("the summary has no `seconds`")? };
        for (key, found) in [
            ("found", report.files.len()),
            ("migrated", report.count("migrated")),
            ("up_to_date", report.count("up-to-date")),
            ("failed", report.count("failed")),
        ] {
            let said = summary[key].as_u64().with_context(|| format!("the summary has no `{key}`"))?;
            if said != found as u64 {
                bail!("the summary says {said} for `{key}`, and the files say {found}");
            }
        }
        Ok(report)
    }

    /// How many files have this status.
    pub(crate) fn count(&self, status: &str) -> usize {
        self.with(status).count()
    }

    /// The files that were refused.
    pub(crate) fn refused(&self) -> Vec<&str> {
        self.with("failed").map(|file| file.source.as_str()).collect()
    }

    /// A line per file, then files, frames, sizes and time together, then what was refused and why.
    pub(crate) fn text(&self) -> String {
        let migrated = || self.with("migrated");
        let frames: u64 = migrated().map(|file| file.rows).sum();
        let before: u64 = migrated().map(|file| file.source_bytes).sum();
        let after: u64 = migrated().map(|file| file.target_bytes).sum();
        let width = migrated().map(|file| file.source.len()).max().unwrap_or(0);
        let mut text = String::new();
        for file in migrated() {
            // Writing into a string cannot fail.
            let _ = writeln!(
                text,
                "{:width$}  {:>4} frames × {:>2} columns  {:>9} → {:>9}  {:>4.1} ms",
                file.source,
                file.rows,
                file.columns,
                size(file.source_bytes),
                size(file.target_bytes),
                file.seconds * 1e3,
            );
        }
        let _ = write!(
            text,
            "{} of {} files migrated and verified, {frames} frames, {:.2} s\n{} as HDF5, {} as Parquet\n",
            self.count("migrated"),
            self.files.len(),
            self.seconds,
            size(before),
            size(after),
        );
        for file in self.with("failed") {
            // The reason names the file.
            let _ = writeln!(text, "refused: {}", file.reason);
        }
        text
    }

    fn with<'a>(&'a self, status: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.status == status)
    }
}

impl File {
    fn parse(value: &Value) -> Result<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        // A file that failed has no rows and no target.
        let number = |key: &str| value[key].as_u64().unwrap_or(0);
        Ok(Self {
            source: text("source").context("a file in the report has no `source`")?,
            status: text("status").context("a file in the report has no `status`")?,
            reason: text("reason").unwrap_or_default(),
            rows: number("rows"),
            columns: number("columns"),
            source_bytes: number("source_bytes"),
            target_bytes: number("target_bytes"),
            seconds: value["seconds"].as_f64().unwrap_or(0.0),
        })
    }
}

fn size(bytes: u64) -> String {
    format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024)
}

#[cfg(test)]
mod tests {
    use super::Report;

    const DOCUMENT: &str = r#"{
        "files": [
            {"source": "a.h5", "target": "a.parquet", "status": "migrated", "reason": null,
             "rows": 60, "columns": 12, "source_bytes": 84672, "target_bytes": 9000, "seconds": 0.01},
            {"source": "b.h5", "target": null, "status": "failed", "reason": "b.h5: cut off",
             "rows": null, "columns": null, "source_bytes": 10, "target_bytes": null, "seconds": 0.01}
        ],
        "summary": {"found": 2, "migrated": 1, "up_to_date": 0, "failed": 1, "planned": 0,
                    "rows": 60, "source_bytes": 84672, "target_bytes": 9000, "seconds": 0.02}
    }"#;

    #[test]
    fn the_text_names_sizes_and_what_was_refused() {
        let report = Report::parse(DOCUMENT).unwrap();
        assert_eq!(report.refused(), ["b.h5"]);
        assert_eq!(
            report.text(),
            "a.h5    60 frames × 12 columns   82.6 KiB →   8.7 KiB  10.0 ms\n\
             1 of 2 files migrated and verified, 60 frames, 0.02 s\n82.6 KiB as HDF5, 8.7 KiB as Parquet\n\
             refused: b.h5: cut off\n"
        );
    }

    #[test]
    fn a_summary_that_contradicts_its_files_is_an_error() {
        let wrong = DOCUMENT.replace("\"migrated\": 1", "\"migrated\": 2");
        assert!(Report::parse(&wrong).is_err());
    }
}

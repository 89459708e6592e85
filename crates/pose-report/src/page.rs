//! The page.

use std::fmt::Write as _;

use pose_frame::TableKind;
use pose_plot::escaped;

use crate::text::{bytes, count, counted, duration};
use crate::{FileFound, Survey, TableFound};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// What the page allows itself: this script and no other. `cargo test` runs it in a browser, which would refuse another.
const SCRIPT_HASH: &str = "sha256-MpSV9+jPeA4jud9UB6KJ2vc4Xugi0QfVDddZFylP3PU=";

/// A column: its name in addresses, its head, and whether it holds numbers.
const COLUMNS: [(&str, &str, Holds); 10] = [
    ("file", "File", Holds::Text),
    ("kind", "Kind", Holds::Text),
    ("frames", "Frames", Holds::Numbers),
    ("duration", "Duration", Holds::Numbers),
    ("points", "Points", Holds::Numbers),
    ("likelihood", "Likelihood", Holds::Numbers),
    ("weakest", "Least likely", Holds::Numbers),
    ("unlikely", "Unlikely", Holds::Numbers),
    ("missing", "Missing", Holds::Numbers),
    ("size", "Size", Holds::Numbers),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    Numbers,
}

/// A page of what is in a folder, as HTML. It is the same for the same files.
#[must_use]
pub fn page(survey: &Survey) -> String {
    let name = survey.folder.canonicalize().ok();
    let name = name.as_deref().and_then(|path| path.file_name()).unwrap_or(survey.folder.as_os_str());
    let name = escaped(&name.to_string_lossy());
    let mut html = String::new();
    let mut add = |part: &str| html.push_str(part);
    add("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    add(&format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'\">\n"
    ));
    add(&format!(
        "<title>Pose tables of {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    ));
    add(&format!("<h1>Pose tables of {name}</h1>\n<p>{}</p>\n", summary(survey)));
    let tables: Vec<(&FileFound, &TableFound)> =
        survey.files.iter().filter_map(|file| Some((file, file.table.as_ref().ok()?))).collect();
    if !tables.is_empty() {
        add(&heads(survey.min_likelihood));
        for (file, table) in tables {
            add(&row(file, table));
        }
        add("</tbody>\n</table>\n");
    }
    add(&unread(survey));
    add(&format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    html
}

fn summary(survey: &Survey) -> String {
    let read: Vec<&TableFound> = survey.files.iter().filter_map(|file| file.table.as_ref().ok()).collect();
    let mut parts = vec![counted(survey.files.len(), "file")];
    let unread = survey.files.len() - read.len();
    if unread > 0 {
        parts.push(format!("{} not read", count(unread)));
    }
    parts.push(counted(read.iter().map(|table| table.frames).sum(), "frame"));
    let seconds: f64 = read.iter().filter_map(|table| table.seconds).sum();
    if seconds > 0.0 {
        parts.push(duration(seconds));
    }
    parts.push(bytes(survey.files.iter().map(|file| file.bytes).sum()));
    parts.join(" · ")
}

fn heads(min_likelihood: f64) -> String {
    let mut html = String::from(
        "<table id=\"files\" role=\"table\">\n<caption>Unlikely: points with a likelihood below ",
    );
    let _ = write!(
        html,
        "{min_likelihood}. A head sorts by its column.</caption>\n<thead role=\"rowgroup\">\n<tr role=\"row\">"
    );
    for (name, head, holds) in COLUMNS {
        let class = if holds == Holds::Numbers { " class=\"number\"" } else { "" };
        let _ = write!(
            html,
            "<th scope=\"col\" role=\"columnheader\" data-sort=\"{name}\"{class}><button type=\"button\">{head}</button></th>"
        );
    }
    html.push_str("<th scope=\"col\" role=\"columnheader\" class=\"plain\">Trajectories</th></tr>\n</thead>\n<tbody role=\"rowgroup\">\n");
    html
}

fn row(file: &FileFound, table: &TableFound) -> String {
    let path = escaped(&file.path.to_string_lossy());
    let mut html =
        format!("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\" data-value=\"{path}\">{path}</th>");
    let kind = if table.kind == TableKind::ThreeD { "3D".to_owned() } else { table.kind.to_string() };
    let _ = write!(
        html,
        "<td role=\"cell\" data-label=\"Kind\" data-value=\"{kind}\">{kind} <small>{}</small></td>",
        table.format
    );
    let mut number = |label: &str, value: Option<f64>, text: String| {
        let _ = match value {
            Some(value) => write!(
                html,
                "<td role=\"cell\" class=\"number\" data-label=\"{label}\" data-value=\"{value}\">{text}</td>"
            ),
            None => write!(html, "<td role=\"cell\" class=\"number\" data-label=\"{label}\">–</td>"),
        };
    };
    let percent = |value: f64| format!("{value:.2} %");
    number("Frames", Some(float(table.frames)), count(table.frames));
    number("Duration", table.seconds, table.seconds.map(duration).unwrap_or_default());
    number("Points", Some(float(table.points)), count(table.points));
    number(
        "Likelihood",
        table.likelihood,
        table.likelihood.map(|mean| format!("{mean:.3}")).unwrap_or_default(),
    );
    let weakest = table.weakest.as_ref();
    let least =
        weakest.map(|weakest| format!("{:.3}<small>{}</small>", weakest.likelihood, escaped(&weakest.name)));
    number("Least likely", weakest.map(|weakest| weakest.likelihood), least.unwrap_or_default());
    number("Unlikely", table.unlikely_percent, table.unlikely_percent.map(percent).unwrap_or_default());
    number("Missing", Some(table.missing_percent), percent(table.missing_percent));
    number("Size", Some(size(file.bytes)), bytes(file.bytes));
    let _ = writeln!(
        html,
        "<td role=\"cell\" class=\"picture\">{}</td></tr>",
        table.picture.as_deref().unwrap_or_default()
    );
    html
}

fn unread(survey: &Survey) -> String {
    let unread: Vec<(&FileFound, &String)> =
        survey.files.iter().filter_map(|file| Some((file, file.table.as_ref().err()?))).collect();
    if unread.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<h2 id=\"unread\">Not read</h2>\n<table role=\"table\" aria-labelledby=\"unread\">\n<thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\" class=\"plain\">File</th><th scope=\"col\" role=\"columnheader\" class=\"plain\">Reason</th></tr></thead>\n<tbody role=\"rowgroup\">\n",
    );
    for (file, reason) in unread {
        let _ = writeln!(
            html,
            "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th><td role=\"cell\" class=\"reason\">{}</td></tr>",
            escaped(&file.path.to_string_lossy()),
            escaped(reason)
        );
    }
    html.push_str("</tbody>\n</table>\n");
    html
}

#[allow(clippy::cast_precision_loss, reason = "to sort by")]
fn float(count: usize) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "to sort by")]
fn size(bytes: u64) -> f64 {
    bytes as f64
}

//! `pose info`.

use pose_frame::{Crop, Metadata};
use pose_io::{FileInfo, OpenOptions, describe};

use crate::args::InfoArgs;
use crate::human;
use crate::output::{self, Outcome, say};

pub(crate) fn run(args: &InfoArgs) -> anyhow::Result<Outcome> {
    let info = describe(&args.file, &OpenOptions::default().with_key(args.key.clone()))?;
    if args.json {
        output::json(&info)?;
    } else {
        for (name, value) in lines(&info) {
            say(format_args!("{name:<12} {value}"));
        }
    }
    Ok(Outcome::Done)
}

/// How many names are listed before they are only counted.
const LISTED: usize = 20;

fn lines(info: &FileInfo) -> Vec<(&'static str, String)> {
    let table = &info.table;
    let mut lines =
        vec![("file", format!("{} ({}, {})", info.path.display(), info.format, human::bytes(info.bytes)))];
    if let Some(asked) = &info.instead_of {
        lines.push(("instead of", format!("{}, which is not there", asked.display())));
    }
    let source = table.metadata.source.as_ref();
    if let Some(key) = source.and_then(|source| source.key.as_ref()).filter(|key| info.keys.contains(key)) {
        let others: Vec<String> = info.keys.iter().filter(|other| *other != key).cloned().collect();
        let others =
            if others.is_empty() { String::new() } else { format!(" (also there: {})", list(&others)) };
        lines.push(("key", format!("{key}{others}")));
    }
    lines.push(("kind", table.kind.to_string()));
    for (name, labels) in [
        ("scorer", &table.scorers),
        ("individuals", &table.individuals),
        ("bodyparts", &table.bodyparts),
        ("coords", &table.coords),
    ] {
        if !labels.is_empty() {
            lines.push((name, list(labels)));
        }
    }
    lines.push(("levels", names(&table.levels)));
    let rows = match (&table.index.first, &table.index.last) {
        (Some(first), Some(last)) => format!(", from {first} to {last}"),
        _ => String::new(),
    };
    let named = if table.index.names.iter().all(Option::is_none) {
        String::new()
    } else {
        format!(" named {}", names(&table.index.names))
    };
    let labels = table.index.types.join(", ");
    lines.push(("frames", format!("{}, labelled by {labels}{named}{rows}", human::count(table.frames))));
    let types: Vec<String> =
        table.types.iter().map(|found| format!("{} {}", found.columns, found.data_type)).collect();
    lines.push(("columns", format!("{} ({})", human::count(table.columns.len()), types.join(", "))));
    lines.push(("missing", format!("{:.2} %", table.missing_percent)));
    lines.extend(beside(&table.metadata));
    if let Some(source) = &table.metadata.source
        && info.path.file_name().is_none_or(|name| *name != *source.name)
    {
        let key = source.key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
        lines.push(("made from", format!("{}{key}", source.name)));
    }
    lines.extend(info.notes.iter().map(|note| ("note", note.clone())));
    lines
}

/// What is known of a table beside its values.
fn beside(metadata: &Metadata) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(rate) = metadata.frame_rate_hz {
        lines.push(("frame rate", format!("{rate} Hz")));
    }
    let frames =
        metadata.video_frames.map(|frames| human::counted(frames.try_into().unwrap_or(usize::MAX), "frame"));
    let size = metadata.frame_size.map(|size| format!("{} × {} pixels", size.width, size.height));
    let video: Vec<String> = metadata.video.clone().into_iter().chain(frames).chain(size).collect();
    if !video.is_empty() {
        lines.push(("video", video.join(", ")));
    }
    if let Some(crop) = metadata.crop {
        let Crop { x_min, x_max, y_min, y_max } = crop;
        lines.push(("crop", format!("x {x_min} to {x_max}, y {y_min} to {y_max}")));
    }
    if let Some(project) = &metadata.project {
        let scorer = project.scorer.as_ref().map(|scorer| format!("labelled by {scorer}"));
        let project: Vec<String> = project.task.clone().into_iter().chain(scorer).collect();
        lines.push(("project", project.join(", ")));
    }
    if !metadata.skeleton_edges.is_empty() {
        let edges: Vec<String> =
            metadata.skeleton_edges.iter().map(|(from, to)| format!("{from}–{to}")).collect();
        lines.push(("skeleton", list(&edges)));
    }
    lines
}

/// Names in a line.
fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).cloned().collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn names(names: &[Option<String>]) -> String {
    list(&names.iter().map(|name| name.clone().unwrap_or_else(|| "(unnamed)".to_owned())).collect::<Vec<_>>())
}

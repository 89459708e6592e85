//! What a Parquet file notes of the files beside its source, and what they say now.

use pose_frame::Metadata;
use serde_json::{Map, Value};

/// What the source tells of itself, which is no matter of the files beside it.
const SOURCE: &str = "source";

/// What the files beside a source say now and the Parquet file does not, by the names of the fields of [`Metadata`]. What
/// they say no longer is no news: a Parquet file keeps what it was given.
pub(crate) fn news(now: &Metadata, noted: &Metadata) -> Vec<String> {
    let noted = fields(noted);
    let is_new = |(name, value): &(String, Value)| name != SOURCE && noted.get(name) != Some(value);
    fields(now).into_iter().filter(is_new).map(|(name, _)| name).collect()
}

/// What the files beside a source say now, and for the rest what was noted before.
pub(crate) fn merged(now: &Metadata, noted: &Metadata) -> Metadata {
    let mut merged = fields(noted);
    merged.extend(fields(now));
    serde_json::from_value(Value::Object(merged)).unwrap_or_else(|_| now.clone())
}

fn fields(metadata: &Metadata) -> Map<String, Value> {
    match serde_json::to_value(metadata) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_anew_is_news_and_what_is_said_no_more_stays() {
        let (mut now, mut noted) = (Metadata::default(), Metadata::default());
        noted.frame_rate_hz = Some(30.0);
        noted.video = Some("a.mp4".to_owned());
        now.frame_rate_hz = Some(30_000.0 / 1_001.0);
        now.video_frames = Some(7);
        assert_eq!(news(&now, &noted), ["frame_rate_hz", "video_frames"]);
        let merged = merged(&now, &noted);
        assert_eq!((merged.frame_rate_hz, merged.video.as_deref()), (now.frame_rate_hz, Some("a.mp4")));
        assert_eq!(news(&now, &merged), Vec::<String>::new());
        assert_eq!(news(&Metadata::default(), &noted), Vec::<String>::new());
    }
}

//! What nwbinspector would say of a file, before it is written.

use std::fmt;
use std::path::Path;

use pose_frame::PoseTable;

use crate::session::{is_age, seconds_of};
use crate::write::is_absolute;
use crate::{Moment, Subject, Timing, WriteOptions};

/// Something that nwbinspector objects to, under the configuration of the DANDI archive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The name of its check.
    pub check: &'static str,
    /// How much it objects.
    pub importance: Importance,
    /// What it objects to.
    pub what: String,
    /// What would satisfy it.
    pub remedy: &'static str,
}

/// How much nwbinspector objects, in its terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Importance {
    /// `BEST_PRACTICE_VIOLATION`.
    Violation,
    /// `CRITICAL`: DANDI takes no such file.
    Critical,
}

impl fmt::Display for Importance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Violation => "BEST_PRACTICE_VIOLATION",
            Self::Critical => "CRITICAL",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}; {}", self.importance, self.check, self.what, self.remedy)
    }
}

/// What nwbinspector 0.7.2 would find critical, or a violation, in a file of this table, as DANDI has it configured. `folder`
/// is where the file is to be, from which the path of a linked video leads.
///
/// Of a file without findings here nwbinspector has none either, but for suggestions.
///
/// # Examples
///
/// ```
/// use pose_frame::testing::predictions;
/// use pose_nwb::{Timing, WriteOptions, lint};
///
/// let options = WriteOptions::default().with_timing(Timing::rate(30.0));
/// let findings = lint(&predictions(100), &options, ".".as_ref());
/// assert_eq!(findings[0].check, "check_subject_exists");
/// ```
#[must_use]
pub fn lint(table: &dyn PoseTable, options: &WriteOptions, folder: &Path) -> Vec<Finding> {
    let mut findings = Findings::default();
    let session = &options.session;
    if session.session_start_time.is_some_and(|start| start.is_after(&Moment::now())) {
        findings.critical(
            "check_session_start_time_future_date",
            "the session begins in the future",
            "give the time at which it began",
        );
    }
    if session.session_id.as_ref().is_some_and(|id| id.contains('/')) {
        findings.critical("check_session_id_no_slashes", "session_id has a slash", "write - or _ instead");
    }
    match &session.subject {
        None => findings.critical("check_subject_exists", "nothing says who was recorded", "give a subject"),
        Some(subject) => lint_subject(subject, &mut findings),
    }
    lint_times(table, options, &mut findings);
    if let Some(video) = &options.video {
        let what = || format!("the video {} is not there", video.path);
        if is_absolute(&video.path) {
            findings.violation(
                "check_image_series_external_file_relative",
                format!("the path of the video is absolute: {}", video.path),
                "give it from the folder of the NWB file on",
            );
        } else if !folder.join(&video.path).exists() {
            findings.critical(
                "check_image_series_external_file_valid",
                what(),
                "put it there, or leave the link out",
            );
        }
    }
    if let Some(unit) = options.unit.as_deref().filter(|unit| !UNITS.contains(unit)) {
        findings.violation(
            "check_spatial_series_unit",
            format!("{unit:?} is no unit of positions"),
            "write pixels, meters, centimeters, millimeters, micrometers, or n.a.",
        );
    }
    findings.0
}

const UNITS: [&str; 8] =
    ["meters", "centimeters", "millimeters", "micrometers", "degrees", "radians", "pixels", "n.a."];

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn critical(&mut self, check: &'static str, what: impl Into<String>, remedy: &'static str) {
        self.0.push(Finding { check, importance: Importance::Critical, what: what.into(), remedy });
    }

    fn violation(&mut self, check: &'static str, what: impl Into<String>, remedy: &'static str) {
        self.0.push(Finding { check, importance: Importance::Violation, what: what.into(), remedy });
    }
}

fn lint_subject(subject: &Subject, findings: &mut Findings) {
    match subject.subject_id.as_deref() {
        None => findings.critical("check_subject_id_exists", "subject_id is missing", "give one"),
        Some(id) if id.contains('/') => {
            findings.critical(
                "check_subject_id_no_slashes",
                "subject_id has a slash",
                "write - or _ instead",
            );
        }
        Some(_) => {}
    }
    match (subject.species.as_deref(), subject.sex.as_deref()) {
        (_, None) => findings.critical("check_subject_sex", "sex is missing", "give M, F, O or U"),
        (Some("Caenorhabditis elegans" | "C. elegans"), Some(sex)) if !["XO", "XX"].contains(&sex) => {
            findings.critical("check_subject_sex", format!("sex is {sex:?}"), "of C. elegans it is XO or XX");
        }
        (Some("Caenorhabditis elegans" | "C. elegans"), Some(_)) => {}
        (_, Some(sex)) if !["M", "F", "O", "U"].contains(&sex) => {
            findings.critical("check_subject_sex", format!("sex is {sex:?}"), "write M, F, O or U");
        }
        _ => {}
    }
    match subject.species.as_deref() {
        None => findings.critical(
            "check_subject_species_exists",
            "species is missing",
            "give its two Latin names, such as Mus musculus",
        ),
        Some(species) if !is_species(species) => findings.critical(
            "check_subject_species_form",
            format!("species is {species:?}"),
            "give its two Latin names, such as Mus musculus",
        ),
        Some(_) => {}
    }
    match (subject.age.as_deref(), subject.date_of_birth) {
        (None, None) => findings.critical(
            "check_subject_age",
            "both age and date_of_birth are missing",
            "give the age as ISO 8601 has it, such as P90D",
        ),
        (Some(age), _) if !is_age(age) => findings.critical(
            "check_subject_age",
            format!("age is {age:?}"),
            "write it as ISO 8601 has it, such as P90D",
        ),
        (Some(age), _) => {
            let bounds = age.split_once('/').map(|(from, to)| (seconds_of(from), seconds_of(to)));
            if let Some((Some(from), Some(to))) = bounds
                && from >= to
            {
                let what = format!("of the ages {age:?} the second is not the higher one");
                findings.critical("check_subject_proper_age_range", what, "write the lower one first");
            }
        }
        _ => {}
    }
    if let Some(weight) = subject.weight.as_deref().filter(|weight| !is_weight(weight)) {
        findings.critical(
            "check_subject_weight",
            format!("weight is {weight:?}"),
            "write a number, a space and a unit, such as 24 g",
        );
    }
}

fn lint_times(table: &dyn PoseTable, options: &WriteOptions, findings: &mut Findings) {
    const YEAR: f64 = 31_557_600.0;
    const LOW: f64 = 0.01;
    let frames = table.num_frames();
    if frames == 0 {
        findings.violation(
            "check_time_series_data_is_not_empty",
            "the table has no frames",
            "write no file of it",
        );
    } else if frames < 2 {
        findings.violation(
            "check_data_orientation",
            "the table has fewer frames than a point has coordinates",
            "nothing is wrong with it: pass the finding over",
        );
    }
    let duration = match (&options.timing, table.schema().metadata().frame_rate_hz) {
        (Some(Timing::Timestamps(moments)), _) => {
            if moments.iter().any(|moment| moment.is_nan()) {
                findings.violation(
                    "check_timestamps_without_nans",
                    "timestamps have NaN in them",
                    "leave such frames out",
                );
            } else if moments.windows(2).any(|pair| pair[0] >= pair[1]) {
                findings.violation(
                    "check_timestamps_ascending",
                    "timestamps do not ascend",
                    "sort the frames",
                );
            }
            moments.last().zip(moments.first()).map_or(0.0, |(last, first)| last - first)
        }
        #[allow(clippy::cast_precision_loss, reason = "no video has 2^53 frames")]
        (&Some(Timing::Rate { hz, .. }), _) | (None, Some(hz)) => {
            if hz > 0.0 && hz < LOW {
                findings.violation(
                    "check_rate_not_below_threshold",
                    format!("a frame rate of {hz} Hz is a frame in {} s", 1.0 / hz),
                    "give frames per second, not seconds per frame",
                );
            }
            frames.saturating_sub(1) as f64 / hz
        }
        (None, None) => 0.0,
    };
    if duration > YEAR {
        findings.violation(
            "check_time_series_duration",
            "the frames take more than a year",
            "see whether timestamps or rate are in seconds",
        );
    }
}

/// Two Latin names, or the address of an entry of the NCBI taxonomy.
fn is_species(species: &str) -> bool {
    let latin = |species: &str| {
        let (genus, name) = species.split_once(' ')?;
        let mut letters = genus.chars();
        let capital = letters.next()?.is_ascii_uppercase() && letters.all(|c| c.is_ascii_lowercase());
        Some(capital && !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase()))
    };
    let taxonomy = species.rsplit_once("/obo/NCBITaxon_").is_some_and(|(_, number)| {
        species.starts_with("http://") && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    });
    latin(species).unwrap_or(false) || taxonomy
}

fn is_weight(weight: &str) -> bool {
    let Some((number, unit)) = weight.split_once(' ') else { return false };
    let parts: Vec<&str> = number.split('.').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() <= 2
        && parts.iter().all(digits)
        && ["kg", "g", "mg", "ug", "μg", "ng", "pg"].contains(&unit.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use pose_frame::testing::predictions;

    use super::*;
    use crate::{Session, SessionFormat, SourceVideo};

    fn checks(text: &str) -> Vec<&'static str> {
        let mut session = Session::default();
        session.merge(text, SessionFormat::Yaml, "s.yaml").expect("it is well formed");
        let options = WriteOptions::default().with_session(session).with_timing(Timing::rate(30.0));
        let findings = lint(&predictions(10), &options, Path::new("."));
        findings.iter().map(|finding| finding.check).collect()
    }

    #[test]
    fn subjects_are_checked_as_dandi_does() {
        let complete = "subject_id: m\nsex: F\nspecies: Mus musculus\nage: P90D\nweight: 24.5 g\n";
        assert_eq!(checks(complete), [""; 0]);
        assert_eq!(checks(""), ["check_subject_exists"]);
        for (from, to, check) in [
            ("subject_id: m\n", "", "check_subject_id_exists"),
            ("subject_id: m\n", "subject_id: a/b\n", "check_subject_id_no_slashes"),
            ("sex: F\n", "", "check_subject_sex"),
            ("sex: F\n", "sex: female\n", "check_subject_sex"),
            ("species: Mus musculus\n", "", "check_subject_species_exists"),
            ("Mus musculus", "mouse", "check_subject_species_form"),
            ("Mus musculus", "Mus Musculus", "check_subject_species_form"),
            ("age: P90D\n", "", "check_subject_age"),
            ("P90D", "P2Y/P1Y", "check_subject_proper_age_range"),
            ("24.5 g", "24.5", "check_subject_weight"),
        ] {
            assert_eq!(checks(&complete.replace(from, to)), [check], "{to}");
        }
        assert_eq!(checks(&complete.replace("age: P90D", "date_of_birth: 2022-02-03")), [""; 0]);
        let worm = complete.replace("Mus musculus", "Caenorhabditis elegans");
        assert_eq!(checks(&worm), ["check_subject_sex"]);
        assert_eq!(checks(&worm.replace("sex: F", "sex: XX")), [""; 0]);
    }

    #[test]
    fn times_and_videos_are_checked() {
        let with = |change: &dyn Fn(&mut WriteOptions)| {
            let mut options = WriteOptions::default().with_timing(Timing::rate(30.0));
            options.session.subject = Some(Subject::default());
            change(&mut options);
            let findings = lint(&predictions(3), &options, Path::new("."));
            let of_subject = |finding: &&Finding| !finding.check.starts_with("check_subject");
            findings.iter().filter(of_subject).map(|finding| finding.check).collect::<Vec<_>>()
        };
        assert_eq!(with(&|_| {}), [""; 0]);
        let moments = |moments: [f64; 3]| Some(Timing::timestamps(moments.to_vec()));
        assert_eq!(
            with(&|options| options.timing = moments([0.0, 2.0, 1.0])),
            ["check_timestamps_ascending"]
        );
        assert_eq!(
            with(&|options| options.timing = moments([0.0, f64::NAN, 1.0])),
            ["check_timestamps_without_nans"]
        );
        assert_eq!(
            with(&|options| options.timing = moments([0.0, 1.0, 4e7])),
            ["check_time_series_duration"]
        );
        assert_eq!(
            with(&|options| options.timing = Some(Timing::rate(0.001))),
            ["check_rate_not_below_threshold"]
        );
        assert_eq!(
            with(&|options| options.video = Some(SourceVideo::new("no such video.mp4"))),
            ["check_image_series_external_file_valid"]
        );
        assert_eq!(with(&|options| options.unit = Some("feet".to_owned())), ["check_spatial_series_unit"]);
        assert_eq!(
            with(&|options| options.session.session_start_time = "2999-01-01T00:00:00Z".parse().ok()),
            ["check_session_start_time_future_date"]
        );
    }
}

//! What individuals and their points are called in a file.

use hdf5_file::FileWriter;

use super::{Form, MODULE};
use crate::names::Names;
use crate::plan::Plan;

/// The names of all individuals.
pub(super) struct Bodies {
    pub(super) all: Vec<BodyNames>,
    /// The group of the training frames, where there is one.
    pub(super) training: String,
}

/// The names of an individual.
pub(super) struct BodyNames {
    /// The group of its estimates, or its instance in each training frame.
    pub(super) container: String,
    /// Its skeleton.
    pub(super) skeleton: String,
    /// Its points, which are the nodes of the skeleton.
    pub(super) points: Vec<String>,
}

/// Names that a file that is added to has already.
pub(super) struct TakenNames<'a> {
    writer: &'a FileWriter,
}

impl<'a> TakenNames<'a> {
    pub(super) fn of(writer: &'a FileWriter) -> Self {
        Self { writer }
    }

    /// A name that is free in a group of the file too.
    fn free(&self, group: &str, names: &mut Names, called: &str) -> String {
        loop {
            let name = names.take(called);
            // What cannot be looked at is told when it is written to.
            if !matches!(self.writer.existing(&format!("{group}/{name}")), Ok(Some(_))) {
                return name;
            }
        }
    }
}

/// What ndx-pose keeps in a `PoseEstimation` under names of its own.
const RESERVED: [&str; 10] = [
    "description",
    "original_videos",
    "labeled_videos",
    "dimensions",
    "scorer",
    "source_software",
    "nodes",
    "edges",
    "source_video",
    "labeled_video",
];

/// More of them, since 0.4.
const DEVICE: &str = "device";

impl Bodies {
    pub(super) fn name(plan: &Plan, form: Form, taken: &TakenNames<'_>) -> Self {
        const ONLY: &str = "PoseEstimation";
        let skeletons = format!("{MODULE}/Skeletons");
        let mut in_module = Names::without(&["Skeletons"]);
        let mut in_frame = Names::default();
        let mut in_skeletons = Names::default();
        let training = match form {
            Form::Training => taken.free(MODULE, &mut in_module, "PoseTraining"),
            Form::Estimation => String::new(),
        };
        let only = plan.bodies.len() == 1;
        let mut all = Vec::with_capacity(plan.bodies.len());
        for body in &plan.bodies {
            let called = body.individual.as_ref().map(ToString::to_string);
            let called = called.or_else(|| body.scorer.clone()).unwrap_or_else(|| "individual".to_owned());
            let container = match form {
                Form::Training => in_frame.take(&called),
                Form::Estimation if only => taken.free(MODULE, &mut in_module, ONLY),
                Form::Estimation => taken.free(MODULE, &mut in_module, &called),
            };
            let skeleton = if only { "Skeleton".to_owned() } else { format!("Skeleton_{called}") };
            let skeleton = taken.free(&skeletons, &mut in_skeletons, &skeleton);
            // The link to the skeleton has its name.
            let mut names = Names::without(&RESERVED);
            names.take(DEVICE);
            names.take(&skeleton);
            let bodypart = |point: &crate::plan::Point| point.bodypart.as_ref().map(ToString::to_string);
            let points =
                body.points.iter().map(|point| bodypart(point).unwrap_or_else(|| "point".to_owned()));
            let points = points.map(|called| names.take(&called)).collect();
            all.push(BodyNames { container, skeleton, points });
        }
        Self { all, training }
    }
}

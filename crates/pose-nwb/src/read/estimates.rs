//! A `PoseEstimation`: the points of an individual in time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hdf5_file::read::{Dataset, Element, Group, LeadsTo, Member};

use super::clock::Times;
use super::objects;
use crate::{NwbError, NwbErrorKind};

/// A `PoseEstimation` of a file.
pub(crate) struct Estimates {
    /// Its path, from the root on.
    pub(crate) path: String,
    /// What it is called in its module.
    pub(crate) name: String,
    pub(crate) scorer: Option<String>,
    /// The series, in the order of the skeleton's nodes where they have one.
    pub(crate) series: Vec<Series>,
    /// Pairs of bodyparts.
    pub(crate) edges: Vec<(String, String)>,
    /// The video, by name or path.
    pub(crate) video: Option<String>,
    /// Width and height of its frames.
    pub(crate) frame_size: Option<(u32, u32)>,
    pub(crate) notes: Vec<String>,
}

/// A point in time.
pub(crate) struct Series {
    /// Its path, from the root on.
    pub(crate) path: String,
    pub(crate) bodypart: String,
    /// The individual that DLC2NWB names in the description; its own files have one group for all.
    pub(crate) individual: Option<String>,
    /// Rows of two or three numbers.
    pub(crate) data: Arc<Dataset>,
    pub(crate) axes: usize,
    /// A number for each row.
    pub(crate) confidence: Option<Arc<Dataset>>,
    pub(crate) times: Times,
}

/// The types that hold series of points.
pub(crate) const TYPES: [&str; 2] = ["PoseEstimation", "MultiCameraPoseEstimation"];

impl Estimates {
    /// Reads what describes the values.
    pub(crate) fn read(group: &Group) -> Result<Self, NwbError> {
        let mut estimates = Self {
            path: format!("/{}", group.name()),
            name: group.last_name().to_owned(),
            scorer: objects::text(group, "scorer").filter(|scorer| !scorer.is_empty()),
            series: Vec::new(),
            edges: Vec::new(),
            video: None,
            frame_size: None,
            notes: Vec::new(),
        };
        let mut skeleton = Skeleton::within(group)?;
        for (name, member) in group.list()? {
            match member {
                Member::Group(member)
                    if objects::type_of(&member.attributes()?) == "PoseEstimationSeries" =>
                {
                    let series = Series::read(&member, &mut estimates.notes)?;
                    estimates.series.push(series);
                }
                Member::SoftLink { leads_to: LeadsTo::Group(target), .. } => {
                    match objects::type_of(&target.attributes()?).as_str() {
                        "Skeleton" => skeleton = Some(Skeleton::read(&target)?),
                        "PoseEstimationSeries" => {
                            let mut series = Series::read(&target, &mut estimates.notes)?;
                            series.bodypart = name;
                            estimates.series.push(series);
                        }
                        "ImageSeries" if name == "source_video" => {
                            estimates.video = objects::texts(&target, "external_file")
                                .and_then(|all| all.into_iter().next());
                            estimates.frame_size = size_of(&target, "dimension");
                        }
                        _ => {}
                    }
                }
                Member::SoftLink { leads_to: LeadsTo::Nowhere { why }, .. } => {
                    estimates.notes.push(format!("{}: leads nowhere: {why}", objects::path_of(group, &name)));
                }
                _ => {}
            }
        }
        if estimates.video.is_none() {
            estimates.video = objects::texts(group, "original_videos").and_then(|all| all.into_iter().next());
        }
        if estimates.frame_size.is_none() {
            estimates.frame_size = size_of(group, "dimensions");
        }
        if let Some(skeleton) = skeleton {
            estimates.take_skeleton(&skeleton);
        }
        estimates.of_dlc2nwb();
        Ok(estimates)
    }

    /// Brings the series into the order of the nodes, and takes the edges.
    fn take_skeleton(&mut self, skeleton: &Skeleton) {
        let places = skeleton.places(&self.series);
        if !self.series.is_empty() && places.iter().all(Option::is_none) {
            self.notes.push(format!(
                "{}: no node of its skeleton is called as a series is: {}",
                self.path,
                skeleton.nodes.join(", ")
            ));
            return;
        }
        self.tell_unmatched(skeleton, &places);
        let mut series: Vec<(Option<usize>, Series)> =
            places.into_iter().zip(self.series.drain(..)).collect();
        series.sort_by_key(|(place, _)| place.unwrap_or(usize::MAX));
        for (place, series) in &mut series {
            if let Some(node) = place.and_then(|place| skeleton.nodes.get(place)) {
                series.bodypart.clone_from(node);
            }
        }
        self.series = series.into_iter().map(|(_, series)| series).collect();
        let node = |edge: u64| usize::try_from(edge).ok().and_then(|edge| skeleton.nodes.get(edge)).cloned();
        for [from, to] in &skeleton.edges {
            match (node(*from), node(*to)) {
                (Some(from), Some(to)) => self.edges.push((from, to)),
                _ => self
                    .notes
                    .push(format!("{}: an edge of its skeleton joins nodes that are not there", self.path)),
            }
        }
    }

    /// Says which series are no node, and which nodes have no series, where others are each other's.
    fn tell_unmatched(&mut self, skeleton: &Skeleton, places: &[Option<usize>]) {
        let without = self.series.iter().zip(places).filter(|(_, place)| place.is_none());
        let series: Vec<&str> = without.map(|(series, _)| series.bodypart.as_str()).collect();
        let matched: HashSet<usize> = places.iter().copied().flatten().collect();
        let nodes = skeleton.nodes.iter().enumerate().filter(|(place, _)| !matched.contains(place));
        let nodes: Vec<&str> = nodes.map(|(_, node)| node.as_str()).collect();
        if !series.is_empty() {
            self.notes.push(format!(
                "{}: series that are no node of its skeleton: {}",
                self.path,
                series.join(", ")
            ));
        }
        if !nodes.is_empty() {
            self.notes.push(format!(
                "{}: nodes of its skeleton that have no series: {}",
                self.path,
                nodes.join(", ")
            ));
        }
    }

    /// DLC2NWB puts all individuals into one group, under names of both individual and bodypart. Where one animal was
    /// tracked it makes up the individual `ind1`.
    fn of_dlc2nwb(&mut self) {
        const MADE_UP: &str = "ind1";
        let full = |series: &Series| {
            series.individual.as_ref().is_some_and(|individual| {
                let rest = series.bodypart.strip_prefix(individual.as_str());
                rest.and_then(|rest| rest.strip_prefix('_')).is_some()
            })
        };
        let all = self.series.iter().all(full);
        let only = self.series.iter().all(|series| series.individual.as_deref() == Some(MADE_UP));
        let mut names = HashMap::new();
        for series in &mut self.series {
            let individual = series.individual.take().filter(|_| all);
            let Some(individual) = individual else { continue };
            let bodypart = series.bodypart[individual.len() + 1..].to_owned();
            names.insert(std::mem::replace(&mut series.bodypart, bodypart.clone()), bodypart);
            series.individual = Some(individual).filter(|_| !only);
        }
        for (from, to) in &mut self.edges {
            for end in [from, to] {
                if let Some(bodypart) = names.get(end) {
                    end.clone_from(bodypart);
                }
            }
        }
    }
}

impl Series {
    fn read(group: &Group, notes: &mut Vec<String>) -> Result<Self, NwbError> {
        let layout = |name: &str, expected, found: String| {
            let (path, object) = (group.file().path().to_owned(), objects::path_of(group, name));
            NwbErrorKind::Layout { path, object, expected, found }
        };
        let path = format!("/{}", group.name());
        let Some(data) = objects::dataset(group, "data")? else {
            return Err(layout("data", "positions", "nothing".to_owned()).into());
        };
        let axes = match data.shape() {
            [_, axes @ 2..=3] => usize::try_from(*axes).unwrap_or(0),
            shape => {
                let found = format!("the shape {shape:?}");
                return Err(layout("data", "rows of two or three numbers", found).into());
            }
        };
        if !matches!(data.element(), Element::Number(_)) {
            return Err(layout("data", "numbers", data.element().to_string()).into());
        }
        let attributes = data.attributes()?;
        for (name, usual) in [("conversion", 1.0f64), ("offset", 0.0)] {
            match attributes.number::<f64>(name).ok().flatten() {
                Some(number) if number.to_bits() != usual.to_bits() => {
                    notes.push(format!("{path}: its {name} {number} is not applied"));
                }
                _ => {}
            }
        }
        let confidence = objects::dataset(group, "confidence")?;
        match &confidence {
            None => notes.push(format!("{path}: has no confidence")),
            Some(confidence) if !matches!(confidence.element(), Element::Number(_)) => {
                return Err(layout("confidence", "numbers", confidence.element().to_string()).into());
            }
            Some(confidence) if confidence.shape().len() != 1 => {
                let found = format!("the shape {:?}", confidence.shape());
                return Err(layout("confidence", "a number for each frame", found).into());
            }
            Some(confidence) if confidence.num_rows() != data.num_rows() => {
                return Err(NwbErrorKind::Lengths {
                    path: group.file().path().to_owned(),
                    first: objects::path_of(group, "data"),
                    first_rows: data.num_rows(),
                    other: objects::path_of(group, "confidence"),
                    other_rows: confidence.num_rows(),
                }
                .into());
            }
            Some(_) => {}
        }
        let times = Times::of(group)?;
        if let Some(moments) = times.num_moments().filter(|moments| *moments != data.num_rows()) {
            return Err(NwbErrorKind::Lengths {
                path: group.file().path().to_owned(),
                first: objects::path_of(group, "data"),
                first_rows: data.num_rows(),
                other: objects::path_of(group, "timestamps"),
                other_rows: moments,
            }
            .into());
        }
        let individual = objects::attribute_text(group, "description")?.and_then(|text| individual_of(&text));
        Ok(Self {
            path,
            bodypart: group.last_name().to_owned(),
            individual,
            data: Arc::new(data),
            axes,
            confidence: confidence.map(Arc::new),
            times,
        })
    }
}

/// The individual in the description that DLC2NWB gives a series: `Keypoint snout from individual ind1.`
fn individual_of(description: &str) -> Option<String> {
    let rest = description.strip_prefix("Keypoint ")?.strip_suffix('.')?;
    let (_, individual) = rest.rsplit_once(" from individual ")?;
    Some(individual.to_owned())
}

/// `left_ear` as neuroconv has it in names: `LeftEar`.
fn in_pascal_case(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    words.map(word).collect()
}

/// Two numbers, width and height.
fn size_of(group: &Group, name: &str) -> Option<(u32, u32)> {
    let dataset = group.dataset(name).ok()??;
    let numbers: Vec<u32> = dataset.read(0..dataset.num_rows().min(2)).ok()?;
    match numbers.as_slice() {
        [width, height, ..] if *width > 0 && *height > 0 => Some((*width, *height)),
        _ => None,
    }
}

/// Nodes and edges.
pub(crate) struct Skeleton {
    pub(crate) nodes: Vec<String>,
    edges: Vec<[u64; 2]>,
}

impl Skeleton {
    pub(crate) fn read(group: &Group) -> Result<Self, NwbError> {
        let layout = |name: &str, expected, found: String| {
            let (path, object) = (group.file().path().to_owned(), objects::path_of(group, name));
            NwbErrorKind::Layout { path, object, expected, found }
        };
        let nodes = match objects::dataset(group, "nodes")? {
            None => return Err(layout("nodes", "names", "nothing".to_owned()).into()),
            Some(nodes) => nodes
                .texts(0..nodes.num_rows())
                .map_err(|_| layout("nodes", "names", nodes.element().to_string()))?,
        };
        let mut edges = Vec::new();
        if let Some(dataset) = objects::dataset(group, "edges")?
            && dataset.shape().get(1) == Some(&2)
        {
            let numbers: Vec<u64> = dataset
                .read(0..dataset.num_rows())
                .map_err(|_| layout("edges", "pairs of nodes", dataset.element().to_string()))?;
            edges = numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
        }
        Ok(Self { nodes, edges })
    }

    /// Which node each series is of, by its name. What is called as a node is that node, whatever else could be.
    fn places(&self, series: &[Series]) -> Vec<Option<usize>> {
        let nodes = self.nodes.iter().enumerate();
        let by_name: HashMap<&str, usize> = nodes.map(|(place, node)| (node.as_str(), place)).collect();
        let named = |series: &Series| by_name.get(series.bodypart.as_str()).copied();
        let places: Vec<Option<usize>> = series.iter().map(named).collect();
        if places.iter().all(Option::is_some) {
            return places;
        }
        // So neuroconv calls the series of a node.
        let taken: HashSet<usize> = places.iter().copied().flatten().collect();
        let left = self.nodes.iter().enumerate().rev().filter(|(place, _)| !taken.contains(place));
        let by_neuroconv: HashMap<String, usize> =
            left.map(|(place, node)| (in_pascal_case(node), place)).collect();
        let of_neuroconv = |series: &Series| {
            by_neuroconv.get(series.bodypart.strip_prefix("PoseEstimationSeries")?).copied()
        };
        places.into_iter().zip(series).map(|(place, series)| place.or_else(|| of_neuroconv(series))).collect()
    }

    /// What stands in the group itself, as in ndx-pose 0.1.
    fn within(group: &Group) -> Result<Option<Self>, NwbError> {
        let is_there = group.dataset("nodes")?.is_some();
        if is_there { Self::read(group).map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn individuals_are_told_from_the_descriptions_of_dlc2nwb() {
        let found = individual_of("Keypoint left_ear from individual mouse_2.");
        assert_eq!(found.as_deref(), Some("mouse_2"));
        for description in ["", "Keypoint snout", "Positions of snout of m.", "Keypoint a from individual b"]
        {
            assert_eq!(individual_of(description), None, "{description}");
        }
    }

    #[test]
    fn names_of_neuroconv_are_in_pascal_case() {
        for (name, expected) in
            [("left_ear", "LeftEar"), ("snout", "Snout"), ("tail base 2", "TailBase2"), ("", "")]
        {
            assert_eq!(in_pascal_case(name), expected);
        }
    }
}

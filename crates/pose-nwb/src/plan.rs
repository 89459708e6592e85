//! Which columns of a table are a point, and which points are of one individual.

use std::collections::{HashMap, HashSet};

use arrow_schema::DataType;
use pose_frame::{Column, Label, PoseSchema, Role, TableKind};

/// What of a table goes where.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The points of an individual, in the order of their first columns.
    pub(crate) bodies: Vec<Body>,
    /// The columns whose bits are not all in points.
    pub(crate) beside: Vec<usize>,
}

/// The points of an individual, as one scorer found them.
#[derive(Debug)]
pub(crate) struct Body {
    /// The labels of its columns but for bodypart and coord.
    labels: Vec<Label>,
    pub(crate) scorer: Option<String>,
    pub(crate) individual: Option<Label>,
    pub(crate) points: Vec<Point>,
}

/// A bodypart.
#[derive(Debug)]
pub(crate) struct Point {
    /// What it is called; nothing where the table has but one point, without a name.
    pub(crate) bodypart: Option<Label>,
    /// The columns of x and y, and of z where there is one.
    pub(crate) axes: Vec<usize>,
    /// What the values of the axes are stored as.
    pub(crate) element: Float,
    /// The column of the likelihood, and what it is stored as.
    pub(crate) confidence: Option<(usize, Float)>,
}

/// A type of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Float {
    F32,
    F64,
}

/// What is stored as one array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grain {
    /// A bodypart in all frames.
    Point,
    /// All bodyparts of an individual in a frame, without likelihoods.
    Body,
}

/// Why a table has no plan.
#[derive(Debug)]
pub(crate) enum NoPlan {
    /// It is of a kind that holds no poses.
    Kind(TableKind),
    /// No columns x and y of numbers stand together.
    NoPoints,
}

impl Float {
    /// What columns of these types are stored as.
    fn of<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Self {
        let narrow = types.into_iter().all(|data_type| *data_type == DataType::Float32);
        if narrow { Self::F32 } else { Self::F64 }
    }

    /// Whether it holds every value of a column of this type, and the type with it.
    fn is(self, data_type: &DataType) -> bool {
        matches!((self, data_type), (Self::F32, DataType::Float32) | (Self::F64, DataType::Float64))
    }

    /// Bytes of a value.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

impl Body {
    /// Gives all points one type, and keeps no likelihoods.
    fn level(&mut self) {
        let narrow = self.points.iter().all(|point| point.element == Float::F32);
        for point in &mut self.points {
            point.element = if narrow { Float::F32 } else { Float::F64 };
            point.confidence = None;
        }
    }

    /// Whether it has points in space.
    pub(crate) fn is_3d(&self) -> bool {
        self.points.iter().any(|point| point.axes.len() == 3)
    }
}

impl Plan {
    pub(crate) fn of(schema: &PoseSchema, grain: Grain) -> Result<Self, NoPlan> {
        let kind = schema.kind();
        if !matches!(kind, TableKind::Predictions | TableKind::Labels | TableKind::ThreeD) {
            return Err(NoPlan::Kind(kind));
        }
        let levels = Levels::of(schema);
        let mut groups: Vec<(Vec<Label>, Option<Label>, Vec<usize>)> = Vec::new();
        let mut seen = HashMap::new();
        for (position, column) in schema.columns().iter().enumerate() {
            let (labels, bodypart) = levels.split(column);
            let group = *seen.entry((labels, bodypart)).or_insert_with_key(|(labels, bodypart)| {
                groups.push((labels.clone(), bodypart.clone(), Vec::new()));
                groups.len() - 1
            });
            groups[group].2.push(position);
        }
        let mut plan = Self { bodies: Vec::new(), beside: Vec::new() };
        for (labels, bodypart, columns) in groups {
            let Some(point) = levels.point(schema, bodypart, &columns) else { continue };
            if let Some(body) = plan.bodies.iter_mut().find(|body| body.labels == labels) {
                body.points.push(point);
            } else {
                let label = |level: Option<usize>| level.map(|level| point.label(schema, level));
                let scorer = label(schema.level_of(Role::Scorer)).map(|scorer| scorer.to_string());
                let individual = label(schema.level_of(Role::Individual));
                plan.bodies.push(Body { labels, scorer, individual, points: vec![point] });
            }
        }
        if grain == Grain::Body {
            plan.bodies.iter_mut().for_each(Body::level);
        }
        let held = plan.held(schema);
        plan.beside = (0..schema.columns().len()).filter(|column| !held.contains(column)).collect();
        if plan.bodies.is_empty() { Err(NoPlan::NoPoints) } else { Ok(plan) }
    }
}

impl Plan {
    /// The columns of which points hold all bits.
    fn held(&self, schema: &PoseSchema) -> HashSet<usize> {
        let points = self.bodies.iter().flat_map(|body| &body.points);
        points.flat_map(|point| point.columns().filter(|&column| point.holds(schema, column))).collect()
    }
}

impl Point {
    /// The label of its columns in a level.
    fn label(&self, schema: &PoseSchema, level: usize) -> Label {
        schema.columns()[self.axes[0]].key.labels()[level].clone()
    }

    fn columns(&self) -> impl Iterator<Item = usize> {
        self.axes.iter().copied().chain(self.confidence.map(|(column, _)| column))
    }

    /// Whether it holds all bits of a column.
    fn holds(&self, schema: &PoseSchema, column: usize) -> bool {
        let data_type = &schema.columns()[column].data_type;
        let is_axis = self.axes.contains(&column) && self.element.is(data_type);
        is_axis || self.confidence.is_some_and(|(of, element)| of == column && element.is(data_type))
    }
}

/// Where in a key what stands.
struct Levels {
    coord: usize,
    bodypart: Option<usize>,
}

impl Levels {
    fn of(schema: &PoseSchema) -> Self {
        // A table of poses has its coords in the innermost level, whatever that is called.
        let coord = schema.level_of(Role::Coord).unwrap_or(schema.levels().len().saturating_sub(1));
        let others = [Role::Scorer, Role::Individual].map(|role| schema.level_of(role));
        let free = |level: &usize| *level != coord && !others.contains(&Some(*level));
        let bodypart =
            schema.level_of(Role::Bodypart).or_else(|| (0..schema.levels().len()).rev().find(free));
        Self { coord, bodypart }
    }

    fn split(&self, column: &Column) -> (Vec<Label>, Option<Label>) {
        let labels = column.key.labels();
        let is_other = |level: &usize| *level != self.coord && Some(*level) != self.bodypart;
        let others = (0..labels.len()).filter(is_other).map(|level| labels[level].clone()).collect();
        (others, self.bodypart.map(|level| labels[level].clone()))
    }

    /// The point that columns of one bodypart are, if they are one.
    fn point(&self, schema: &PoseSchema, bodypart: Option<Label>, columns: &[usize]) -> Option<Point> {
        let data_type = |column: usize| &schema.columns()[column].data_type;
        let coord = |names: &[&str]| {
            columns.iter().copied().find(|&column| {
                let label = schema.columns()[column].key.labels()[self.coord].as_text();
                let is_number = data_type(column).is_floating() || data_type(column).is_integer();
                is_number && label.is_some_and(|label| names.contains(&label))
            })
        };
        let axes: Vec<usize> = [coord(&["x"])?, coord(&["y"])?].into_iter().chain(coord(&["z"])).collect();
        let element = Float::of(axes.iter().map(|&axis| data_type(axis)));
        let confidence =
            coord(&["likelihood", "conf"]).map(|column| (column, Float::of([data_type(column)])));
        Some(Point { bodypart, axes, element, confidence })
    }
}

#[cfg(test)]
mod tests {
    use pose_frame::{ColumnKey, IndexSchema};

    use super::*;

    fn schema(levels: &[Option<&str>], columns: &[(&[&str], DataType)]) -> PoseSchema {
        let column = |(key, data_type): &(&[&str], DataType)| {
            Column::new(ColumnKey::new(key.iter().copied()), data_type.clone())
        };
        let levels = levels.iter().map(|name| name.map(Into::into)).collect();
        let index = IndexSchema::Range { name: None };
        PoseSchema::new(levels, columns.iter().map(column).collect(), index).expect("it is well formed")
    }

    const F64: DataType = DataType::Float64;
    const F32: DataType = DataType::Float32;

    #[test]
    fn points_are_grouped_by_individual_whatever_the_order() {
        let levels = [Some("individuals"), Some("bodyparts"), Some("coords")];
        let schema = schema(
            &levels,
            &[
                (&["a", "tail", "y"], F64),
                (&["b", "tail", "x"], F32),
                (&["b", "tail", "y"], F32),
                (&["b", "tail", "likelihood"], F64),
                (&["a", "tail", "x"], F64),
                (&["single", "corner", "x"], F64),
                (&["single", "corner", "y"], F64),
            ],
        );
        let plan = Plan::of(&schema, Grain::Point).expect("there are points");
        let found: Vec<_> = plan
            .bodies
            .iter()
            .map(|body| (body.individual.clone().unwrap().to_string(), body.points[0].axes.clone()))
            .collect();
        assert_eq!(
            found,
            [("a".into(), vec![4, 0]), ("b".into(), vec![1, 2]), ("single".into(), vec![5, 6])]
        );
        assert_eq!(plan.bodies[1].points[0].element, Float::F32);
        assert_eq!(plan.bodies[1].points[0].confidence, Some((3, Float::F64)));
        assert_eq!(plan.beside, [0; 0]);
    }

    #[test]
    fn what_points_cannot_hold_is_kept_beside() {
        let levels = [Some("bodyparts"), Some("coords")];
        let schema = schema(
            &levels,
            &[
                (&["a", "x"], DataType::Int64),
                (&["a", "y"], F64),
                (&["a", "x2"], F64),
                (&["b", "x"], F32),
                (&["b", "y"], F64),
                (&["c", "x"], F64),
                (&["d", "x"], DataType::Utf8),
                (&["d", "y"], F64),
            ],
        );
        let plan = Plan::of(&schema, Grain::Point).expect("there are points");
        assert_eq!(plan.bodies.len(), 1);
        assert_eq!(plan.bodies[0].points.len(), 2, "a and b");
        assert_eq!(plan.beside, [0, 2, 3, 5, 6, 7]);
        let plan = Plan::of(&schema, Grain::Body).expect("there are points");
        assert_eq!(plan.bodies[0].points[1].element, Float::F64);
    }

    #[test]
    fn unnamed_levels_and_flat_tables_have_points_too() {
        let flat = schema(&[None], &[(&["x"], F64), (&["y"], F64), (&["likelihood"], F64)]);
        let plan = Plan::of(&flat, Grain::Point).expect("there is a point");
        assert_eq!((plan.bodies.len(), plan.bodies[0].points[0].bodypart.clone()), (1, None));
        let unnamed = schema(&[None, None], &[(&["snout", "x"], F64), (&["snout", "y"], F64)]);
        let plan = Plan::of(&unnamed, Grain::Point).expect("there is a point");
        assert_eq!(plan.bodies[0].points[0].bodypart, Some("snout".into()));
    }

    #[test]
    fn tables_without_poses_have_no_plan() {
        let skeleton = schema(&[None, None], &[(&["a_b", "length"], F64), (&["a_b", "orientation"], F64)]);
        assert!(matches!(Plan::of(&skeleton, Grain::Point), Err(NoPlan::Kind(TableKind::Skeleton))));
        let levels = [Some("bodyparts"), Some("coords")];
        let apart = schema(&levels, &[(&["a", "x"], F64), (&["b", "y"], F64)]);
        assert!(matches!(Plan::of(&apart, Grain::Point), Err(NoPlan::NoPoints)));
    }
}

//! Which columns are taken together.

use std::collections::HashMap;

use pose_frame::{Label, LevelName, PoseSchema, Role, TableError, TableErrorKind};

use crate::ordered::Domain;
use crate::{GroupBy, StatsError, StatsErrorKind};

/// Columns that are taken together.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) key: Vec<Label>,
    pub(crate) members: Vec<Member>,
    pub(crate) domain: Domain,
}

/// A column of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) column: usize,
    /// The column whose values decide which of its values count.
    pub(crate) likelihood: Option<usize>,
}

/// The groups of a table, and the names of the levels of their keys.
pub(crate) struct Groups {
    pub(crate) groups: Vec<Group>,
    pub(crate) levels: Vec<LevelName>,
}

impl Groups {
    pub(crate) fn of(schema: &PoseSchema, by: GroupBy, judged: bool) -> Result<Self, StatsError> {
        let levels = key_levels(schema, by)?;
        let likelihoods = if judged { likelihoods(schema)? } else { vec![None; schema.columns().len()] };
        let mut groups: Vec<Group> = Vec::new();
        let mut found: HashMap<Vec<&Label>, usize> = HashMap::new();
        for (column, likelihood) in likelihoods.into_iter().enumerate() {
            let of = &schema.columns()[column];
            let key: Vec<&Label> = levels.iter().map(|&level| &of.key.labels()[level]).collect();
            let (domain, member) = (Domain::of(&of.data_type), Member { column, likelihood });
            if let Some(&at) = found.get(&key) {
                let group = &mut groups[at];
                group.members.push(member);
                group.domain = group.domain.and(domain);
            } else {
                let labels = key.iter().copied().cloned().collect();
                found.insert(key, groups.len());
                groups.push(Group { key: labels, members: vec![member], domain });
            }
        }
        Ok(Self { groups, levels: levels.iter().map(|&level| schema.levels()[level].clone()).collect() })
    }
}

/// Positions of the levels that say what is taken together.
fn key_levels(schema: &PoseSchema, by: GroupBy) -> Result<Vec<usize>, StatsError> {
    let role = match by {
        GroupBy::Column => return Ok((0..schema.levels().len()).collect()),
        GroupBy::Bodypart => Role::Bodypart,
        GroupBy::Individual => Role::Individual,
    };
    let Some(level) = schema.level_of(role) else {
        let names = schema.levels().iter().map(|name| name.as_deref().unwrap_or("(unnamed)"));
        let available = names.collect::<Vec<_>>().join(", ");
        return Err(StatsErrorKind::NoLevel { level: role.name(), available }.into());
    };
    // A mean of places along both axes would be one of nothing.
    Ok([Some(level), schema.coord_level().filter(|coords| *coords != level)].into_iter().flatten().collect())
}

/// For each column the one that says how likely its values are.
fn likelihoods(schema: &PoseSchema) -> Result<Vec<Option<usize>>, TableError> {
    let mut of_column = vec![None; schema.columns().len()];
    for point in schema.points() {
        for (coord, column) in point.coords() {
            of_column[*column] = point.likelihood_of(coord);
        }
    }
    let Some(_) = of_column.iter().flatten().next() else { return Err(TableErrorKind::NoLikelihood.into()) };
    for likelihood in of_column.iter().flatten() {
        let column = &schema.columns()[*likelihood];
        if !column.data_type.is_floating() {
            let (key, data_type) = (column.key.clone(), column.data_type.clone());
            return Err(TableErrorKind::LikelihoodType { key, data_type }.into());
        }
    }
    Ok(of_column)
}

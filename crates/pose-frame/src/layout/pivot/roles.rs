//! What the columns of a long table are for, as far as their names and types say.

use arrow_schema::DataType;

use super::numbers_frames;
use crate::layout::plan::misfit;
use crate::layout::{LayoutErrorKind, LongNames};
use crate::{Label, PoseSchema, Role, TableError};

/// What the columns of a long table are for.
pub(super) struct Roles {
    pub(super) frame: usize,
    pub(super) frame_name: String,
    pub(super) frame_type: DataType,
    /// The time, where it is not what tells frames.
    pub(super) time: Option<usize>,
    /// What says of which point a row is: those of a role first.
    pub(super) labels: Vec<LabelColumn>,
    pub(super) coords: Vec<CoordColumn>,
}

/// A column of labels.
pub(super) struct LabelColumn {
    pub(super) column: usize,
    pub(super) name: String,
    /// What the level is called in a wide table: for roles as DeepLabCut calls it.
    pub(super) level_name: String,
    pub(super) role: Option<Role>,
}

/// A column of values.
pub(super) struct CoordColumn {
    pub(super) column: usize,
    pub(super) label: Label,
    pub(super) data_type: DataType,
}

impl Roles {
    pub(super) fn of(schema: &PoseSchema, names: &LongNames) -> Result<Self, TableError> {
        if schema.levels().len() != 1 {
            return Err(misfit(format!(
                "its columns have {} levels, those of a long one have one",
                schema.levels().len()
            )));
        }
        let of_rows = schema.index().fields().into_iter().filter_map(|level| level.name).collect::<Vec<_>>();
        if !of_rows.is_empty() {
            let reason = format!(
                "its rows have labels of their own, {}, which a long one has in columns",
                of_rows.join(", ")
            );
            return Err(misfit(reason));
        }
        let called: Vec<String> = schema.columns().iter().map(|column| column.key.to_string()).collect();
        let find = |name: &str| called.iter().position(|other| other == name);
        let available = || called.join(", ");
        let frame =
            [&names.frame, &names.frame_without_time, &names.time].into_iter().find_map(|name| find(name));
        let frame = frame.ok_or_else(|| LayoutErrorKind::NoFrame {
            frame: names.frame.clone(),
            time: names.time.clone(),
            available: available(),
        })?;
        let frame_type = schema.columns()[frame].data_type.clone();
        if !numbers_frames(&frame_type) {
            let (column, found) = (called[frame].clone(), frame_type);
            return Err(LayoutErrorKind::FrameType { column, found }.into());
        }
        let mut roles = Self {
            frame,
            frame_name: called[frame].clone(),
            frame_type,
            time: find(&names.time).filter(|time| *time != frame),
            labels: Vec::new(),
            coords: Vec::new(),
        };
        let known = [
            (Role::Scorer, &names.scorer, "scorer"),
            (Role::Individual, &names.individual, "individuals"),
            (Role::Bodypart, &names.bodypart, "bodyparts"),
        ];
        for (role, name, level_name) in known {
            let Some(column) = find(name) else { continue };
            let found = &schema.columns()[column].data_type;
            if !found.is_integer() && *found != DataType::Utf8 {
                return Err(misfit(format!("column {name:?} holds labels, and is of type {found}")));
            }
            let (name, level_name, role) = (name.clone(), level_name.to_owned(), Some(role));
            roles.labels.push(LabelColumn { column, name, level_name, role });
        }
        for (column, name) in called.iter().enumerate() {
            let taken = roles.labels.iter().any(|label| label.column == column);
            if taken || column == frame || roles.time == Some(column) {
                continue;
            }
            if schema.columns()[column].data_type == DataType::Utf8 {
                let (name, level_name) = (name.clone(), name.clone());
                roles.labels.push(LabelColumn { column, name, level_name, role: None });
            } else {
                roles.add_coord(schema, column, names);
            }
        }
        if roles.coords.is_empty() {
            return Err(LayoutErrorKind::NoValues { available: available() }.into());
        }
        Ok(roles)
    }

    /// Takes a column for one of values.
    pub(super) fn add_coord(&mut self, schema: &PoseSchema, column: usize, names: &LongNames) {
        let name = schema.columns()[column].key.to_string();
        let label = Label::from(names.coord_called(&name));
        self.coords.push(CoordColumn {
            column,
            label,
            data_type: schema.columns()[column].data_type.clone(),
        });
    }
}

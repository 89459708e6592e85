//! How the columns of an array stand in it.

use pose_frame::{Label, PoseSchema};

use crate::NumberType;
use crate::recipe::{Facts, grid, sides};

/// How the columns of an array stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Row,
    Grid,
    Picture([usize; 2]),
}

/// The forms that make a difference for some type.
pub(super) fn forms(schema: &PoseSchema, facts: &Facts) -> Vec<Form> {
    let types = of_types(schema, facts);
    let mut forms = vec![Form::Row];
    let on_grid = |columns: &Vec<usize>| grid(schema, columns).is_ok_and(|grid| grid.axes.len() > 1);
    let has_grid = types.iter().any(on_grid);
    if has_grid {
        forms.push(Form::Grid);
    }
    // A row of numbered columns may be a picture; one whose names say how it stands is what they say.
    let is_numbered = schema.levels().len() == 1
        && schema.columns().iter().all(|column| matches!(column.key.labels()[0], Label::Integer(_)));
    if is_numbered && !has_grid {
        for columns in &types {
            forms.extend(sides(columns.len()).into_iter().map(Form::Picture));
        }
        forms.dedup();
    }
    forms
}

/// Whether floats in this form have channels that can be analysed.
pub(super) fn has_components(schema: &PoseSchema, facts: &Facts, form: Form) -> bool {
    let is_float = |columns: &Vec<usize>| {
        NumberType::of(&schema.columns()[columns[0]].data_type).is_some_and(NumberType::is_float)
    };
    let types = of_types(schema, facts);
    types
        .iter()
        .filter(|columns| is_float(columns))
        .any(|columns| can_have_components(channels(schema, columns, form)))
}

pub(super) fn can_have_components(channels: usize) -> bool {
    (2..=vidpack::Components::MAX_CHANNELS).contains(&channels)
}

/// How many channels columns have in a form.
pub(super) fn channels(schema: &PoseSchema, columns: &[usize], form: Form) -> usize {
    match form {
        Form::Row => columns.len(),
        Form::Picture(_) => 1,
        Form::Grid => match grid(schema, columns).map(|grid| grid.axes) {
            Ok(axes) if axes.len() == 2 => 1,
            Ok(axes) => axes.last().copied().unwrap_or(1),
            Err(_) => columns.len(),
        },
    }
}

/// The columns of each type.
fn of_types(schema: &PoseSchema, facts: &Facts) -> Vec<Vec<usize>> {
    let of = |number: NumberType| {
        let is_one = |column: &usize| {
            schema.columns()[*column].data_type == number.data_type() && !facts.has_nulls[*column]
        };
        (0..schema.columns().len()).filter(is_one).collect::<Vec<_>>()
    };
    NumberType::ALL.into_iter().map(of).filter(|columns| !columns.is_empty()).collect()
}

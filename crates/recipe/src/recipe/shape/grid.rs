//! Columns that stand on a grid, by their keys.

use std::collections::{BTreeMap, HashMap};

use pose_frame::{Label, PoseSchema};

/// Columns on a grid: how long its axes are, and the positions of the columns in its order, the last axis fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) axes: Vec<usize>,
    pub(crate) columns: Vec<usize>,
}

/// The grid that some columns of a table fill, each place once; or why there is none.
pub(crate) fn grid(schema: &PoseSchema, columns: &[usize]) -> Result<Grid, String> {
    let coord_level = schema.coord_level().filter(|_| schema.levels().len() > 1);
    let keys: Vec<&[Label]> = columns.iter().map(|column| schema.columns()[*column].key.labels()).collect();
    // Each axis: where every column stands on it.
    let mut axes: Vec<Axis> = Vec::new();
    let mut coords = None;
    for level in 0..schema.levels().len() {
        let labels: Vec<&Label> = keys.iter().map(|labels| &labels[level]).collect();
        let found = axes_of(&labels);
        if coord_level == Some(level) {
            coords = found.into_iter().next();
        } else {
            axes.extend(found);
        }
    }
    let has_coords = coords.is_some();
    axes.extend(coords);
    let lengths: Vec<usize> = axes.iter().map(|axis| axis.length).collect();
    let places = lengths.iter().try_fold(1_usize, |places, length| places.checked_mul(*length));
    if places != Some(columns.len()) {
        let lengths: Vec<String> = lengths.iter().map(ToString::to_string).collect();
        return Err(format!(
            "the {} columns are no full grid: their levels have {} labels",
            columns.len(),
            lengths.join(" by ")
        ));
    }
    let mut order: Vec<Option<usize>> = vec![None; columns.len()];
    for (number, column) in columns.iter().enumerate() {
        let place = axes.iter().fold(0, |place, axis| place * axis.length + axis.places[number]);
        if order[place].replace(*column).is_some() {
            let key = &schema.columns()[*column].key;
            return Err(format!("the columns are no full grid: {key} has the place of another one"));
        }
    }
    // Points that have coords and no further axis: a channel for each coord.
    let axes = match lengths.as_slice() {
        [] => vec![1],
        [points, coords] if has_coords => vec![1, *points, *coords],
        lengths => lengths.to_vec(),
    };
    Ok(Grid { axes, columns: order.into_iter().flatten().collect() })
}

/// Heights and widths that a row of columns may have as a picture, those nearest to a square first; none for short rows.
pub(crate) fn sides(columns: usize) -> Vec<[usize; 2]> {
    /// The least side of a picture, and how many times as long the other may be.
    const LEAST: usize = vidpack::MIN_SIDE;
    const LONGEST: usize = 4;
    const MOST: usize = 2;
    let mut sides: Vec<[usize; 2]> = Vec::new();
    let mut height = columns.isqrt();
    while height >= LEAST && columns / height <= height * LONGEST && sides.len() < MOST {
        if columns.is_multiple_of(height) {
            sides.push([height, columns / height]);
        }
        height -= 1;
    }
    sides
}

/// An axis: how many places it has, and which of them each column has.
struct Axis {
    length: usize,
    places: Vec<usize>,
}

/// The axes that a level makes: none where all columns have one label.
fn axes_of(labels: &[&Label]) -> Vec<Axis> {
    let texts: Option<Vec<&str>> = labels.iter().map(|label| label.as_text()).collect();
    if let Some(texts) = texts
        && let Some(numbers) = numbers_of(&texts)
    {
        return numbers.iter().map(|numbers| by_number(numbers)).filter(|axis| axis.length > 1).collect();
    }
    let numbers: Option<Vec<i64>> = labels
        .iter()
        .map(|label| if let Label::Integer(number) = label { Some(*number) } else { None })
        .collect();
    let axis = match numbers {
        Some(numbers) => by_number(&numbers),
        None => by_appearance(labels),
    };
    if axis.length > 1 { vec![axis] } else { Vec::new() }
}

/// The whole numbers in texts that differ in nothing else: a list for each place, where there are two or more.
fn numbers_of(texts: &[&str]) -> Option<Vec<Vec<i64>>> {
    let split = |text: &str| -> Option<(Vec<String>, Vec<i64>)> {
        let (mut between, mut numbers) = (vec![String::new()], Vec::new());
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
            if digits > 0 {
                numbers.push(rest[..digits].parse().ok()?);
                between.push(String::new());
                rest = &rest[digits..];
            } else {
                between.last_mut()?.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
        Some((between, numbers))
    };
    let (between, first) = split(texts.first()?)?;
    if first.len() < 2 {
        return None;
    }
    let mut lists = vec![Vec::with_capacity(texts.len()); first.len()];
    for text in texts {
        let (other, numbers) = split(text)?;
        if other != between {
            return None;
        }
        lists.iter_mut().zip(numbers).for_each(|(list, number)| list.push(number));
    }
    Some(lists)
}

fn by_number(numbers: &[i64]) -> Axis {
    let mut place_of: BTreeMap<i64, usize> = numbers.iter().map(|number| (*number, 0)).collect();
    place_of.values_mut().enumerate().for_each(|(place, value)| *value = place);
    Axis { length: place_of.len(), places: numbers.iter().map(|number| place_of[number]).collect() }
}

fn by_appearance(labels: &[&Label]) -> Axis {
    let mut place_of: HashMap<&Label, usize> = HashMap::new();
    let places = labels
        .iter()
        .map(|label| {
            let next = place_of.len();
            *place_of.entry(label).or_insert(next)
        })
        .collect();
    Axis { length: place_of.len(), places }
}

#[cfg(test)]
mod tests {
    use arrow_schema::DataType;
    use pose_frame::{Column, ColumnKey, RowIndex};

    use super::*;

    fn schema(levels: &[&str], keys: Vec<Vec<Label>>) -> PoseSchema {
        let columns = keys.into_iter().map(|key| Column::new(ColumnKey::new(key), DataType::Float64));
        let levels = levels.iter().map(|name| Some((*name).into())).collect();
        PoseSchema::new(levels, columns.collect(), RowIndex::range(0).schema()).expect("it is a schema")
    }

    fn axes(schema: &PoseSchema) -> Result<Vec<usize>, String> {
        grid(schema, &(0..schema.columns().len()).collect::<Vec<_>>()).map(|grid| grid.axes)
    }

    #[test]
    fn levels_of_numbers_are_axes_in_the_order_of_numbers() {
        let keys = (0..6_i64).rev().map(|place| vec![Label::Integer(place / 3), Label::Integer(place % 3)]);
        let schema = schema(&["y", "x"], keys.collect());
        let found = grid(&schema, &[0, 1, 2, 3, 4, 5]).expect("it is full");
        assert_eq!(found, Grid { axes: vec![2, 3], columns: vec![5, 4, 3, 2, 1, 0] });
    }

    #[test]
    fn numbers_in_texts_are_axes() {
        for name in [|y, x| format!("y{y}_x{x}"), |y: u32, x: u32| format!("{y},{x}")] {
            let keys = (0..12).map(|place| vec![Label::from(name(place / 4, place % 4).as_str())]);
            assert_eq!(axes(&schema(&["sensor"], keys.collect())), Ok(vec![3, 4]));
        }
    }

    #[test]
    fn coords_are_channels_wherever_their_level_is() {
        for (levels, coord) in [(["bodyparts", "coords"], 1), (["coords", "bodyparts"], 0)] {
            let mut keys = Vec::new();
            for part in ["snout", "ear", "tail", "paw"] {
                for name in ["x", "y", "likelihood"] {
                    let mut key = vec![Label::from(part); 2];
                    key[coord] = Label::from(name);
                    keys.push(key);
                }
            }
            assert_eq!(axes(&schema(&levels, keys)), Ok(vec![1, 4, 3]));
        }
    }

    #[test]
    fn what_has_gaps_or_takes_a_place_twice_is_no_grid() {
        let key = |y: i64, x: i64| vec![Label::Integer(y), Label::Integer(x)];
        axes(&schema(&["y", "x"], vec![key(0, 0), key(0, 1), key(1, 0)])).expect_err("a corner is missing");
        let key = |text: &str| vec![Label::from(text)];
        let same = schema(&["sensor"], vec![key("0,1"), key("0,01"), key("1,0"), key("1,1")]);
        axes(&same).expect_err("01 is 1");
    }

    #[test]
    fn rows_of_many_columns_may_be_pictures() {
        assert_eq!(sides(1024), [[32, 32], [16, 64]]);
        assert_eq!(sides(64 * 48), [[48, 64], [32, 96]]);
        assert!(sides(255).is_empty() && sides(1009).is_empty() && sides(0).is_empty());
    }
}

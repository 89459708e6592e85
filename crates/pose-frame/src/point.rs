//! Points: columns that belong together.

use std::collections::HashMap;

use crate::{Label, PoseSchema};

/// A point of a table: columns whose keys differ in their coord alone, such as `x`, `y` and `likelihood` of one bodypart
/// of one animal.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use pose_frame::{PoseTable, testing};
///
/// let table = testing::predictions(10);
/// let points = table.schema().points();
/// assert_eq!((points.len(), points[1].name().as_str()), (2, "DLC_net/tail base"));
/// assert_eq!((points[1].column("x"), points[1].likelihood()), (Some(3), Some(5)));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    labels: Vec<Label>,
    coords: Vec<(Label, usize)>,
}

impl Point {
    /// Its labels in the levels but that of the coords, outermost first.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Its labels with `/` between them: for people, not for parsing.
    #[must_use]
    pub fn name(&self) -> String {
        self.labels.iter().map(ToString::to_string).collect::<Vec<_>>().join("/")
    }

    /// Its coords with the positions of their columns, in the order of the table.
    #[must_use]
    pub fn coords(&self) -> &[(Label, usize)] {
        &self.coords
    }

    /// The position of the column with this coord.
    #[must_use]
    pub fn column(&self, coord: &str) -> Option<usize> {
        let mut coords = self.coords.iter();
        coords.find(|(label, _)| label.as_text() == Some(coord)).map(|(_, column)| *column)
    }

    /// The position of the column that says how likely the point is: `likelihood`, or `conf` where there is none.
    #[must_use]
    pub fn likelihood(&self) -> Option<usize> {
        LIKELIHOODS.into_iter().find_map(|name| self.column(name))
    }

    /// The position of the column that says how likely the value in another of the point's columns is; a likelihood says
    /// it of itself.
    ///
    /// DeepLabCut writes further guesses of a point as `x2`, `y2` and `likelihood2`: where there is a likelihood of the
    /// same number, that is it.
    #[must_use]
    pub fn likelihood_of(&self, coord: &Label) -> Option<usize> {
        let number = coord.as_text().map_or("", digits_at_end);
        let numbered = LIKELIHOODS.into_iter().find_map(|name| self.column(&format!("{name}{number}")));
        numbered.or_else(|| self.likelihood())
    }

    /// Whether this coord is a likelihood, and no place.
    #[must_use]
    pub fn is_likelihood(coord: &Label) -> bool {
        let Some(text) = coord.as_text() else { return false };
        LIKELIHOODS.contains(&&text[..text.len() - digits_at_end(text).len()])
    }
}

const LIKELIHOODS: [&str; 2] = ["likelihood", "conf"];

fn digits_at_end(text: &str) -> &str {
    &text[text.trim_end_matches(|c: char| c.is_ascii_digit()).len()..]
}

impl PoseSchema {
    /// The points, in the order of their first column; none where no level holds coords.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let Some(level) = self.coord_level() else { return Vec::new() };
        let mut points: Vec<Point> = Vec::new();
        let mut found: HashMap<Vec<Label>, usize> = HashMap::new();
        for (column, key) in self.columns().iter().map(|column| column.key.labels()).enumerate() {
            let mut labels = key.to_vec();
            let coord = labels.remove(level);
            let at = *found.entry(labels).or_insert_with_key(|labels| {
                points.push(Point { labels: labels.clone(), coords: Vec::new() });
                points.len() - 1
            });
            points[at].coords.push((coord, column));
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::DataType;

    use super::*;
    use crate::{Column, ColumnKey, IndexSchema};

    fn schema(levels: &[Option<&str>], keys: &[&[&str]]) -> PoseSchema {
        let column = |key: &&[&str]| Column::new(ColumnKey::new(key.iter().copied()), DataType::Float64);
        let levels = levels.iter().map(|name| name.map(Into::into)).collect();
        let index = IndexSchema::Range { name: None };
        PoseSchema::new(levels, keys.iter().map(column).collect(), index).expect("it is well formed")
    }

    #[test]
    fn points_are_told_whatever_the_order_of_columns() {
        let keys: [&[&str]; 5] =
            [&["tail", "y"], &["snout", "x"], &["tail", "likelihood"], &["snout", "y"], &["tail", "x"]];
        let points = schema(&[Some("bodyparts"), Some("coords")], &keys).points();
        assert_eq!(points.iter().map(Point::name).collect::<Vec<_>>(), ["tail", "snout"]);
        assert_eq!((points[0].column("x"), points[0].likelihood()), (Some(4), Some(2)));
        assert_eq!((points[1].column("y"), points[1].likelihood()), (Some(3), None));
    }

    #[test]
    fn bones_and_flat_tables_have_points() {
        let bone = schema(&[None, None], &[&["b", "length"], &["b", "orientation"], &["b", "likelihood"]]);
        assert_eq!((bone.points().len(), bone.points()[0].likelihood()), (1, Some(2)));
        let flat = schema(&[None], &[&["x"], &["y"], &["conf"]]).points();
        assert_eq!((flat.len(), flat[0].labels().len(), flat[0].likelihood()), (1, 0, Some(2)));
        assert_eq!(schema(&[None], &[&["speed"]]).points(), []);
    }

    #[test]
    fn a_further_guess_has_a_likelihood_of_its_own() {
        let keys: [&[&str]; 6] = [
            &["b", "x"],
            &["b", "y"],
            &["b", "likelihood"],
            &["b", "x2"],
            &["b", "likelihood2"],
            &["b", "x3"],
        ];
        let points = schema(&[Some("bodyparts"), Some("coords")], &keys).points();
        let of = |coord: &str| points[0].likelihood_of(&coord.into());
        assert_eq!([of("x"), of("x2"), of("likelihood2"), of("x3")], [Some(2), Some(4), Some(4), Some(2)]);
        assert!(Point::is_likelihood(&"likelihood2".into()) && !Point::is_likelihood(&"x2".into()));
    }
}

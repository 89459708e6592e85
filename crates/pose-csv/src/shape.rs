//! Which rows of a file are its header, and which of its columns label the rows.

use pose_frame::Role;

use crate::cell::Cell;

/// Which rows of a file are its header, and which of its columns label the rows.
///
/// A file does not say so itself; pandas has to be told (`header=[0, 1, 2], index_col=0`). Files of DeepLabCut are told by
/// the names of their levels: see [`Shape`'s use in `OpenOptions`](crate::OpenOptions::shape) and the
/// [format page](crate::format).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows that name the columns, one for each level; at least 1.
    pub header_rows: usize,
    /// Columns that label the rows, which come first; 0 where rows are only counted.
    pub index_columns: usize,
    /// Whether a row below the header names the columns that label the rows.
    pub names_row: NamesRow,
}

/// Whether a row below the header names the columns that label the rows. Below a header of one row there is none: the names
/// stand in the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NamesRow {
    /// There is none.
    #[default]
    Absent,
    /// There is one.
    Present,
}

/// A header is never taken to have more rows than this.
const MAX_LEVELS: usize = 8;

/// How many rows of a file say what its shape is: a header, a row of names, and two below.
pub(crate) const ROWS_TO_TELL: usize = MAX_LEVELS + 3;

impl Shape {
    /// Rows before the first one with values.
    pub(crate) fn rows_above(self) -> usize {
        self.header_rows.saturating_add(usize::from(self.names_row == NamesRow::Present))
    }

    /// Tells the shape of a file from its first rows, of which there is at least one.
    pub(crate) fn tell<R: AsRef<[String]>>(rows: &[R]) -> Self {
        let row = |number: usize| rows.get(number).map(AsRef::as_ref);
        let first = rows[0].as_ref();
        let header_rows = 1
            + (1..MAX_LEVELS)
                .take_while(|&number| row(number).is_some_and(|below| is_level(below, first)))
                .count();
        if header_rows == 1 {
            // A name in the first cell is one of a column, as it is for pandas.
            let index_columns = first.iter().take_while(|cell| cell.is_empty()).count();
            return Self { header_rows, index_columns, names_row: NamesRow::Absent };
        }
        let header = rows[..header_rows].iter().map(AsRef::as_ref);
        let index_columns = header.map(leading_labels).min().unwrap_or(1);
        let names =
            row(header_rows).is_some_and(|names| are_names(names, row(header_rows + 1), index_columns));
        let names_row = if names { NamesRow::Present } else { NamesRow::Absent };
        Self { header_rows, index_columns, names_row }
    }
}

/// Columns of row labels, by a header of several rows: the one with the names of levels, and the empty ones after it.
fn leading_labels(row: &[String]) -> usize {
    1 + row.iter().skip(1).take_while(|cell| cell.is_empty()).count()
}

/// Whether a row below the first one is one more level of the header: its first cell names a level that DeepLabCut has, or is
/// empty, as where levels have no names, and what follows could be the labels of columns.
fn is_level(row: &[String], first: &[String]) -> bool {
    let (Some(name), Some(name_above)) = (row.first(), first.first()) else { return false };
    if row.len() != first.len() {
        return false;
    }
    let labels = &row[leading_labels(first).min(row.len())..];
    if is_level_name(name) {
        return labels.is_empty() || labels.iter().any(|label| !label.is_empty());
    }
    let unnamed = name.is_empty() && (name_above.is_empty() || is_level_name(name_above));
    unnamed && !labels.is_empty() && labels.iter().all(|label| !Cell::of(label.as_bytes()).is_value())
}

fn is_level_name(cell: &str) -> bool {
    cell == "stats" || Role::of_level_name(cell).is_some()
}

/// Whether a row below the header names the columns of row labels: nothing else is in it.
///
/// For pandas any such row does, and it loses the first frame or image of a table when nothing was found or labelled
/// there. Here it does not when what would be names are numbers or files, or only differ in a number from the labels of the
/// next row.
fn are_names(row: &[String], next: Option<&[String]>, index_columns: usize) -> bool {
    let (names, values) = row.split_at(index_columns.min(row.len()));
    if values.is_empty() || values.iter().any(|value| !value.is_empty()) {
        return false;
    }
    let labels_a_row = |name: &String| Cell::of(name.as_bytes()).is_value() || is_file(name);
    let mut given = names.iter().filter(|name| !name.is_empty()).peekable();
    if given.peek().is_none() || given.any(labels_a_row) {
        return false;
    }
    next.is_none_or(|next| names.iter().zip(next).any(|(name, label)| !differ_in_numbers(name, label)))
}

/// Whether a text is the folder that DeepLabCut keeps images in, or a file.
fn is_file(text: &str) -> bool {
    let extension = text.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let image =
        |extension: String| ["png", "jpg", "jpeg", "bmp", "tif", "tiff"].contains(&extension.as_str());
    text == "labeled-data" || text.contains(['/', '\\']) || extension.is_some_and(image)
}

/// Whether two texts are the same but for the digits in them.
fn differ_in_numbers(left: &str, right: &str) -> bool {
    let without = |text: &str| {
        text.split(|c: char| c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    without(left) == without(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(text: &str) -> (usize, usize, bool) {
        let rows: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        let shape = Shape::tell(&rows);
        (shape.header_rows, shape.index_columns, shape.names_row == NamesRow::Present)
    }

    #[test]
    fn files_of_deeplabcut_are_told_by_their_levels() {
        assert_eq!(tell("scorer,s,s\nbodyparts,a,a\ncoords,x,y\n0,1.5,2"), (3, 1, false));
        assert_eq!(tell("scorer,s,s\nindividuals,0,0\nbodyparts,1,1\ncoords,x,y\n0,1.5,2"), (4, 1, false));
        assert_eq!(tell("scorer,,,s,s\nbodyparts,,,a,a\ncoords,,,x,y\nlabeled-data,v,i,1,2"), (3, 3, false));
        assert_eq!(tell("scorer,s\nbodyparts,a\nstats,sig\n0,1"), (3, 1, false));
        assert_eq!(tell(",b,b\n,length,orientation\n0,1.5,2"), (2, 1, false));
        assert_eq!(tell("scorer,s,s\n,a,a\ncoords,x,y\n0,1,2"), (3, 1, false));
        assert_eq!(tell("scorer,s,s\nbodyparts,a,a\ncoords,x,y"), (3, 1, false), "no rows");
        assert_eq!(tell("scorer\nbodyparts\ncoords\n0\n1"), (3, 1, false), "no columns");
    }

    #[test]
    fn flat_files_have_labels_below_an_empty_cell() {
        assert_eq!(tell(",x,y,likelihood\nframe_0,1,2,0.5"), (1, 1, false));
        assert_eq!(tell(",x,y\n,1,2"), (1, 1, false), "a missing label");
        assert_eq!(tell("x,y\n1,2"), (1, 0, false));
        assert_eq!(tell(",,,x\na,b,c,1"), (1, 3, false));
        assert_eq!(tell("scorer,bodypart,x\nDLC,snout,1"), (1, 0, false), "a long table");
        assert_eq!(tell("name,species\nMarie,mouse"), (1, 0, false), "any text");
    }

    #[test]
    fn a_row_of_nothing_but_names_is_no_frame() {
        let with =
            |row: &str, next: &str| tell(&format!("scorer,s,s\nbodyparts,a,a\ncoords,x,y\n{row}\n{next}")).2;
        assert!(with("frame,,", "0,1,2"));
        assert!(with("image name,,", "img1.png,1,2"));
        assert!(tell("scorer,s,s\ncoords,x,y\nframe,,").2, "no rows");
        assert!(tell("scorer,,s\ncoords,,x\nvideo,,\nv,i,1").2, "one of two");
        for (row, next) in [
            ("0,,", "1,1,2"),
            ("labeled-data/v/i.png,,", "x,1,2"),
            ("img1.PNG,,", "x,1,2"),
            ("frame_0,,", "frame_1,1,2"),
            (",,", "0,1,2"),
            ("frame,,3", "0,1,2"),
            ("7,,", "8,,"),
        ] {
            assert!(!with(row, next), "{row}");
        }
        assert!(!tell("scorer,,,s\ncoords,,,x\nlabeled-data,v,i.png,\nlabeled-data,v,j.png,1").2);
    }
}

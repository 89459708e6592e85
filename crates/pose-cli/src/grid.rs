//! Rows of text with their columns in line.

use unicode_width::UnicodeWidthStr as _;

/// Rows of cells, the first of which is a heading.
pub(crate) struct Grid {
    rows: Vec<Vec<String>>,
    /// How many columns, from the left, hold names: they begin in line, numbers end in line.
    names: usize,
}

impl Grid {
    pub(crate) fn new(names: usize, heading: Vec<String>) -> Self {
        Self { rows: vec![heading], names }
    }

    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// The lines, the heading first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let gap = if column == 0 { "" } else { "  " };
                // Formatting would count letters, and a Chinese one is as wide as two.
                let blank = " ".repeat(width - cell.width());
                let (left, right) = if column < self.names { (cell, &blank) } else { (&blank, cell) };
                line.extend([gap, left, right]);
            }
            line.trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Grid;

    #[test]
    fn names_begin_and_numbers_end_in_line() {
        let cells = |row: [&str; 2]| row.map(str::to_owned).to_vec();
        let mut grid = Grid::new(1, cells(["bodypart", "count"]));
        grid.push(cells(["尾", "7"]));
        grid.push(cells(["left ear", "1,000,000"]));
        assert_eq!(grid.lines(), ["bodypart      count", "尾                7", "left ear  1,000,000"]);
    }
}

//! What colours stand for.

use crate::palette::look;
use crate::svg::{Svg, Type, cut};

/// Height of a line of a legend.
pub(crate) const LINE: f64 = 17.0;

/// A line and a name for each colour, below each other; in columns where they are many.
pub(crate) fn legend(svg: &mut Svg, (left, top): (f64, f64), (width, height): (f64, f64), names: &[String]) {
    let rows = whole(height / LINE).max(1);
    let columns = names.len().div_ceil(rows).max(1);
    let column_width = (width / float(columns)).min(190.0);
    let characters = whole((column_width - 34.0) / 6.2).max(3);
    for (number, name) in names.iter().enumerate() {
        let (column, row) = (number / rows, number % rows);
        let x = left + float(column) * column_width;
        let y = top + float(row) * LINE + LINE / 2.0;
        let look = look(number);
        svg.add(format_args!(
            "<path d=\"M{x:.1} {y:.1}h22\" stroke=\"{}\" stroke-width=\"3\" stroke-dasharray=\"{}\" fill=\"none\"/>",
            look.colour, look.dash
        ));
        svg.text(x + 28.0, y + 4.0, Type::LABEL, &cut(name, characters));
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a picture")]
fn whole(value: f64) -> usize {
    value.max(0.0) as usize
}

#[allow(clippy::cast_precision_loss, reason = "pixels of a picture")]
fn float(value: usize) -> f64 {
    value as f64
}

//! SVG as text, in which nothing that comes from files can be more than text.

use std::fmt::{self, Write as _};

use crate::text::escaped;

/// A picture while it is drawn.
pub(crate) struct Svg(String);

/// How text is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Type {
    pub(crate) size: u32,
    pub(crate) anchor: Anchor,
    pub(crate) weight: Weight,
    pub(crate) colour: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Weight {
    Plain,
    Bold,
}

pub(crate) const INK: &str = "#1b1f24";
pub(crate) const FAINT: &str = "#59636e";

impl Type {
    pub(crate) const LABEL: Self =
        Self { size: 11, anchor: Anchor::Start, weight: Weight::Plain, colour: INK };
    pub(crate) const TICK: Self =
        Self { size: 10, anchor: Anchor::Middle, weight: Weight::Plain, colour: FAINT };
    pub(crate) const HEADING: Self =
        Self { size: 12, anchor: Anchor::Start, weight: Weight::Bold, colour: INK };
    pub(crate) const TITLE: Self =
        Self { size: 16, anchor: Anchor::Start, weight: Weight::Bold, colour: INK };

    pub(crate) fn end(self) -> Self {
        Self { anchor: Anchor::End, ..self }
    }

    pub(crate) fn faint(self) -> Self {
        Self { colour: FAINT, ..self }
    }
}

impl Svg {
    pub(crate) fn new() -> Self {
        Self(String::new())
    }

    /// Adds an element that is nothing but what we make ourselves.
    pub(crate) fn add(&mut self, element: fmt::Arguments<'_>) {
        let written = self.0.write_fmt(element);
        debug_assert!(written.is_ok(), "a string takes what is written to it");
        self.0.push('\n');
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, set: Type, text: &str) {
        let Type { size, anchor, weight, colour } = set;
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let weight = match weight {
            Weight::Plain => "",
            Weight::Bold => " font-weight=\"600\"",
        };
        let text = escaped(text);
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{weight} fill=\"{colour}\">{text}</text>"
        ));
    }

    pub(crate) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str) {
        self.add(format_args!(
            "<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"{colour}\" stroke-width=\"1\" fill=\"none\"/>"
        ));
    }

    pub(crate) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), paint: &str) {
        self.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {paint}/>"
        ));
    }

    /// The picture, of this size, with a name for those who do not see it.
    pub(crate) fn finish(self, (width, height): (f64, f64), label: &str) -> String {
        let label = escaped(label);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"{label}\" font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', 'Ubuntu', sans-serif\">\n<title>{label}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            self.0
        )
    }

    /// What was drawn, without a frame.
    pub(crate) fn into_content(self) -> String {
        self.0
    }
}

/// Text of at most so many characters; what is cut is told by dots.
pub(crate) fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
}

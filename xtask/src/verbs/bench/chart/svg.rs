//! What is drawn, as text.

use std::fmt::{Arguments, Write as _};

/// Our side.
pub(super) const OURS: &str = "#0b6fa4";
/// Where another is ahead.
pub(super) const BEHIND: &str = "#c8501e";
/// The others.
pub(super) const OTHERS: &str = "#9aa3ab";
pub(super) const TEXT: &str = "#1c2329";
pub(super) const QUIET: &str = "#66707a";
pub(super) const GRID: &str = "#e3e7ea";

/// A picture that is being drawn.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
}

/// At which side of its place a text stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// A white ground: pages are dark for some.
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        let mut svg = Self { body: String::new(), width, height };
        svg.put(format_args!("<title>{}</title>", escaped(title)));
        svg.put(format_args!("<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#ffffff\"/>"));
        svg
    }

    pub(super) fn text(&mut self, x: f64, y: f64, text: &str, color: &str, anchor: Anchor) {
        self.text_of(x, y, text, color, anchor, "400");
    }

    pub(super) fn bold(&mut self, x: f64, y: f64, text: &str, color: &str, anchor: Anchor) {
        self.text_of(x, y, text, color, anchor, "600");
    }

    pub(super) fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], color: &str, width: f64) {
        self.put(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{color}\" stroke-width=\"{width}\"/>"
        ));
    }

    pub(super) fn dot(&mut self, x: f64, y: f64, radius: f64, color: &str) {
        self.put(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{color}\"/>"));
    }

    pub(super) fn ring(&mut self, x: f64, y: f64, radius: f64, color: &str) {
        self.put(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"#ffffff\" stroke=\"{color}\" stroke-width=\"1.5\"/>"
        ));
    }

    pub(super) fn path(&mut self, points: &[[f64; 2]], color: &str) {
        let points: Vec<String> = points.iter().map(|[x, y]| format!("{x:.1},{y:.1}")).collect();
        self.put(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
            points.join(" ")
        ));
    }

    pub(super) fn finish(self) -> String {
        let Self { body, width, height } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\" font-size=\"12\" role=\"img\">\n{body}</svg>\n"
        )
    }

    fn text_of(&mut self, x: f64, y: f64, text: &str, color: &str, anchor: Anchor, weight: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{color}\" text-anchor=\"{anchor}\" font-weight=\"{weight}\">{text}</text>"
        ));
    }

    fn put(&mut self, element: Arguments<'_>) {
        let _ = writeln!(self.body, "{element}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

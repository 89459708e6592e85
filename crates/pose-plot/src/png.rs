//! Pictures as PNG.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be made: {reason}")]
pub struct PngError {
    reason: String,
}

/// A picture of [`plot`](crate::plot()) as PNG, with so many pixels for each of its own.
///
/// # Errors
///
/// When it is no SVG, or would be larger than memory.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, PngError> {
    let failed = |reason: String| PngError { reason };
    let mut options = Options { font_family: "Ubuntu".to_owned(), ..Options::default() };
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.set_sans_serif_family("Ubuntu");
    options.fontdb = Arc::new(fonts);
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size =
        tree.size().to_int_size().scale_by(scale).ok_or_else(|| failed("it has no size".to_owned()))?;
    let mut pixels =
        Pixmap::new(size.width(), size.height()).ok_or_else(|| failed("it is too large".to_owned()))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(error.to_string()))
}

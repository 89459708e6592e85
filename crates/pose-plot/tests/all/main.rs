//! What is drawn is SVG, of a bounded size, and says what the table says.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, testing};
use pose_plot::{PlotOptions, plot, thumbnail};
use roxmltree::Document;

/// A table of points of these names, with places and likelihoods by a rule.
fn table(names: &[&str], frames: usize, value: impl Fn(usize, usize) -> f64) -> PoseFrame {
    let keys = names.iter().flat_map(|name| ["x", "y", "likelihood"].map(|coord| ["net", *name, coord]));
    let columns: Vec<Column> = keys.map(|key| Column::new(ColumnKey::new(key), DataType::Float64)).collect();
    let arrays = (0..columns.len()).map(|column| {
        Arc::new(Float64Array::from_iter_values((0..frames).map(|frame| value(column, frame)))) as ArrayRef
    });
    let arrays = arrays.collect();
    let index = RowIndex::range(frames);
    let levels = ["scorer", "bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
    let schema = PoseSchema::new(levels, columns, index.schema()).expect("it is well formed");
    PoseFrame::new(Arc::new(schema), index, arrays).expect("it fits")
}

fn float(value: usize) -> f64 {
    f64::from(u32::try_from(value).expect("a small number"))
}

fn draw(table: &dyn PoseTable, options: &PlotOptions) -> String {
    plot(table, options, &|_| {}).expect("it can be drawn")
}

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).expect("it is XML");
    document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text().map(str::to_owned))
        .collect()
}

#[test]
fn names_are_text_whatever_stands_in_them() {
    let hostile = "</text><script>alert(1)</script>&\u{7}\u{ffff}\"'";
    let frame = table(&[hostile, "tail"], 20, |column, frame| float(column + frame) / 60.0);
    let svg = draw(&frame, &PlotOptions::default().title(hostile));
    let document = Document::parse(&svg).expect("it is XML");
    assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    let says = texts(&svg);
    assert!(says.iter().any(|text| text.contains("<script>alert(1)</script>&\u{fffd}\u{fffd}")), "{says:?}");
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("svg")).count(), 1);
}

#[test]
fn every_kind_of_table_can_be_drawn() {
    for frames in [0, 1, 2, 1000] {
        for options in [PlotOptions::default(), PlotOptions::default().min_likelihood(0.0)] {
            for svg in
                [draw(&testing::predictions(frames), &options), draw(&testing::labels(frames), &options)]
            {
                Document::parse(&svg).expect("it is XML");
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            }
        }
    }
}

#[test]
fn y_grows_downwards_and_scales_are_equal() {
    // From the upper left to the lower right, twice as wide as high.
    let frame = table(&["snout"], 100, |column, frame| match column {
        0 => 2.0 * float(frame),
        1 => float(frame),
        _ => 1.0,
    });
    let svg = draw(&frame, &PlotOptions::default());
    let document = Document::parse(&svg).expect("it is XML");
    let line = document.descendants().find(|node| node.attribute("stroke-linecap") == Some("round"));
    let path = line.and_then(|node| node.attribute("d")).expect("there is a trajectory");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let place = |step: &str| step.split_once(' ').map(|(x, y)| (number(x), number(y))).expect("a place");
    let steps: Vec<(f64, f64)> = path.split(['M', 'L']).filter(|step| !step.is_empty()).map(place).collect();
    let ((x0, y0), (x1, y1)) = (steps[0], steps[steps.len() - 1]);
    assert!(x1 > x0 && y1 > y0);
    assert!(((x1 - x0) / (y1 - y0) - 2.0).abs() < 0.01);
}

#[test]
fn unlikely_and_missing_points_break_the_line() {
    let frame = table(&["snout"], 30, |column, frame| match (column, frame) {
        (2, 10) => 0.1,
        (2, _) => 0.9,
        (0, 20) => f64::NAN,
        _ => float(frame),
    });
    let pieces = |svg: &str| {
        let document = Document::parse(svg).expect("it is XML");
        let line = document.descendants().find(|node| node.attribute("stroke-linecap") == Some("round"));
        line.and_then(|node| node.attribute("d")).map_or(0, |path| path.matches('M').count())
    };
    assert_eq!(pieces(&draw(&frame, &PlotOptions::default())), 3);
    assert_eq!(pieces(&draw(&frame, &PlotOptions::default().min_likelihood(0.0))), 2);
    let says = texts(&draw(&frame, &PlotOptions::default()));
    assert!(
        says.contains(&"missing: 3.33 %".to_owned()) && says.contains(&"unlikely: 3.33 %".to_owned()),
        "{says:?}"
    );
}

#[test]
fn a_picture_of_many_frames_is_no_larger_than_it_looks() {
    let wander = |column: usize, frame: usize| match column {
        2 => 0.5 + 0.5 * (float(frame) * 0.37).sin(),
        0 => 300.0 + 200.0 * (float(frame) * 0.7).sin() * (float(frame) * 0.001).cos(),
        _ => 200.0 + 150.0 * (float(frame) * 0.9).cos(),
    };
    let size = |frames| draw(&table(&["snout"], frames, wander), &PlotOptions::default()).len();
    let (many, more) = (size(100_000), size(400_000));
    assert!(more < 3_000_000 && more < many * 2, "{many} bytes of 100,000 frames, {more} of 400,000");
}

#[test]
fn long_recordings_have_a_plane_for_each_point() {
    let planes = |frames| {
        let svg = draw(
            &table(&["snout", "tail"], frames, |column, frame| float(column + frame % 1000) / 9.0),
            &PlotOptions::default().min_likelihood(0.0),
        );
        texts(&svg).iter().filter(|text| *text == "x, pixels").count()
    };
    assert_eq!((planes(1_000), planes(100_000)), (1, 2));
}

#[test]
fn time_is_in_seconds_where_the_frame_rate_is_known() {
    let frame = table(&["snout"], 100, |_, frame| float(frame) / 100.0);
    assert!(texts(&draw(&frame, &PlotOptions::default())).contains(&"frame".to_owned()));
    let says = texts(&draw(&frame, &PlotOptions::default().frame_rate_hz(Some(25.0))));
    assert!(
        says.contains(&"seconds".to_owned()) && says.iter().any(|text| text.contains("4.0 s at 25 Hz")),
        "{says:?}"
    );
}

#[test]
fn a_thumbnail_counts_what_it_does_not_draw() {
    let table = testing::predictions(200);
    let selection = Selection::all().bodypart("snout");
    let small = thumbnail(&table, &PlotOptions::default().selection(selection)).expect("it can be drawn");
    assert_eq!(small.points, 200);
    assert!(small.missing > 0 && small.unlikely > 0);
    Document::parse(&small.svg.expect("it has places")).expect("it is XML");
    let none = Selection::all().coord("likelihood");
    let bare =
        thumbnail(&table.read(&none).expect("it reads"), &PlotOptions::default()).expect("it can be drawn");
    assert_eq!(bare.svg, None);
}

#[cfg(feature = "png")]
#[test]
fn a_png_is_the_picture_in_pixels() {
    let svg = draw(&testing::predictions(50), &PlotOptions::default().title("mouse1.h5"));
    let size = |name: &str| {
        let document = Document::parse(&svg).expect("it is XML");
        document
            .root_element()
            .attribute(name)
            .and_then(|size| size.parse::<u32>().ok())
            .expect("it has a size")
    };
    let png = pose_plot::png(&svg, 2.0).expect("it can be made");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let pixels = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
    assert_eq!((pixels(16), pixels(20)), (size("width") * 2, size("height") * 2));
    // Text is drawn with the font that is built in, whatever the machine has.
    let without = svg.replace("mouse1.h5", "");
    assert_ne!(png, pose_plot::png(&without, 2.0).expect("it can be made"));
    pose_plot::png("no picture", 1.0).expect_err("it is none");
}

//! Plans from anywhere.

use ndarray::{ArrayD, IxDyn};
use serde_json::{Value, json};
use vidpack::{Contract, Options, Restorer, Segment, SegmentPlan};

use crate::trip::Dice;

fn segment() -> Segment {
    let mut dice = Dice(1);
    let array = ArrayD::from_shape_simple_fn(IxDyn(&[5, 20, 18, 2]), || {
        if dice.bits().is_multiple_of(30) { f64::NAN } else { dice.unit() }
    });
    Segment::new(&array.view().into(), &Contract::Lossless, &Options::default()).unwrap()
}

/// Feeds a plan with the frames of the segment where they fit. Whatever comes of it, it is no panic.
fn feed(segment: &Segment, plan: SegmentPlan) -> bool {
    let Ok(mut restorer) = Restorer::new(plan.clone()) else { return false };
    let mut frame = Vec::new();
    for (index, stream) in plan.streams.iter().enumerate() {
        for number in 0..stream.frames.min(100) {
            if segment.frame(index, number, &mut frame).is_err() || restorer.push(index, &frame).is_err() {
                return false;
            }
        }
    }
    restorer.finish(segment.side()).is_ok()
}

#[test]
fn every_number_of_a_plan_may_be_any_other() {
    let segment = segment();
    let whole = serde_json::to_value(segment.plan()).unwrap();
    assert!(feed(&segment, segment.plan().clone()));
    let mut paths = Vec::new();
    collect(&whole, String::new(), &mut paths);
    assert!(paths.len() > 50);
    let mut refused = 0;
    for path in &paths {
        for other in [
            json!(0),
            json!(1),
            json!(7),
            json!(255),
            json!(-1),
            json!(u64::MAX),
            json!(1_u64 << 40),
            json!("0xffffffffffffffff"),
            json!([]),
        ] {
            let mut changed = whole.clone();
            *changed.pointer_mut(path).unwrap() = other;
            match serde_json::from_value::<SegmentPlan>(changed) {
                Ok(plan) => refused += usize::from(!feed(&segment, plan)),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > paths.len() * 4);
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(value, format!("{path}/{name}"), paths));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| collect(item, format!("{path}/{index}"), paths));
        }
        _ => paths.push(path),
    }
}

#[test]
fn any_frames_and_side_data_are_an_error_or_an_array() {
    let segment = segment();
    let mut dice = Dice(2);
    let mut restorer = Restorer::new(segment.plan().clone()).unwrap();
    for (index, stream) in segment.plan().streams.iter().enumerate() {
        assert!(restorer.push(index, &[0; 3]).is_err());
        for _ in 0..stream.frames {
            let frame: Vec<u8> = (0..stream.frame_bytes()).map(|_| dice.bits() as u8).collect();
            restorer.push(index, &frame).unwrap();
        }
        assert!(restorer.push(index, &vec![0; stream.frame_bytes()]).is_err());
    }
    assert!(restorer.finish(segment.side()).is_ok());
    for length in 0..segment.side().len() {
        let mut restorer = Restorer::new(segment.plan().clone()).unwrap();
        for (index, stream) in segment.plan().streams.iter().enumerate() {
            for _ in 0..stream.frames {
                restorer.push(index, &vec![0; stream.frame_bytes()]).unwrap();
            }
        }
        assert!(restorer.finish(&segment.side()[..length]).is_err());
    }
}

#[test]
fn a_missing_frame_is_named() {
    let segment = segment();
    let error = Restorer::new(segment.plan().clone()).unwrap().finish(segment.side()).unwrap_err();
    assert!(error.to_string().starts_with("frame 0 of stream 0"), "{error}");
}

//! A long table gives back the wide one that it was made of, bit for bit.

use pose_frame::{
    Holds, LayoutErrorKind, LongColumn, LongLayout, LongNames, LongTable, PoseTable, RowIndex, Selection,
    TableErrorKind, Tolerance, WideTable, first_difference, testing,
};

use crate::samples;

#[test]
fn every_table_comes_back_bit_for_bit() {
    for rows in [0, 1, 2, 23] {
        for (name, wide) in samples::all(rows) {
            for names in [LongNames::default(), LongNames::aniframe()] {
                println!("{name}, {rows} rows");
                let long = LongTable::new(&wide, &names).unwrap();
                let back = WideTable::restore(&long, long.layout().clone()).unwrap();
                assert_eq!(back.schema(), wide.schema(), "kind and metadata included");
                testing::conformance(&back, &wide);
            }
        }
    }
}

#[test]
fn a_long_table_in_memory_comes_back_too() {
    let wide = samples::several_animals(23);
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    let back = WideTable::restore(long.load().unwrap(), long.layout().clone()).unwrap();
    testing::conformance(&back, &wide);
    let RowIndex::Range(range) = back.read(&Selection::all().frames(7..8)).unwrap().index().clone() else {
        panic!()
    };
    assert_eq!((range.start, range.step), (40 - 21, -3), "one row says what the steps are");
}

#[test]
fn more_frames_than_are_read_at_once_come_back() {
    let wide = samples::flat(700_000);
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    let back = WideTable::restore(&long, long.layout().clone()).unwrap();
    let whole = back.load().expect("it is read");
    assert_eq!(first_difference(&whole, &wide, Tolerance::BitForBit).unwrap(), None);
}

#[test]
fn long_tables_that_are_not_laid_out_so_are_refused() {
    let wide = samples::several_animals(5);
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    let cut = long.read(&Selection::all().frames(0..18)).unwrap();
    let error = WideTable::restore(cut, long.layout().clone()).err().expect("half a frame is left");
    assert!(error.to_string().contains("18 rows are not frames of 4 points"), "{error}");
    let other = samples::flat(20);
    let error = WideTable::restore(&other, long.layout().clone()).err().expect("it is another table");
    assert!(error.to_string().contains("of other columns"), "{error}");
    let error = LongTable::with_layout(&other, long.layout().clone()).err().expect("it is another table");
    assert!(error.to_string().contains("of other columns"), "{error}");
}

#[test]
fn layouts_that_contradict_themselves_are_refused() {
    type Change = dyn Fn(&mut Vec<LongColumn>);

    let wide = samples::several_animals(5);
    let good = LongLayout::of(wide.schema(), &LongNames::default()).unwrap();
    let schema = || wide.schema().clone();
    let with = |change: &Change| {
        let mut columns = good.columns().to_vec();
        change(&mut columns);
        LongLayout::new(schema(), columns)
    };
    assert!(with(&|_| {}).is_ok());
    let changes: [(&Change, &str); 9] = [
        (&|columns| drop(columns.remove(0)), "0 columns hold the frame"),
        (&|columns| columns[1].holds = Holds::Frame, "2 columns hold the frame"),
        (&|columns| columns[1].holds = Holds::Time, "there is no frame rate"),
        (&|columns| columns[1].holds = Holds::RowLabel(0), "0 levels of row labels"),
        (&|columns| columns[1].holds = Holds::Level(1), "each of 4 levels"),
        (&|columns| columns[1].holds = Holds::Level(usize::MAX), "each of 4 levels"),
        (&|columns| drop(columns.remove(5)), "no column holds the coord x"),
        (&|columns| columns[5].holds = columns[4].holds.clone(), "two columns hold the coord likelihood"),
        (&|columns| columns[5].name = "y".to_owned(), "would be called \"y\""),
    ];
    for (change, says) in changes {
        let error = with(change).err().unwrap_or_else(|| panic!("{says}: it is taken"));
        assert!(error.to_string().contains(says), "{error}, not {says}");
    }
    let unheard_of = with(&|columns| {
        columns.push(LongColumn { name: "u".to_owned(), holds: Holds::Coord("u".into()) });
    });
    let error = unheard_of.expect_err("no column of the table is of it");
    assert!(
        matches!(error.kind(), TableErrorKind::Layout { source: LayoutErrorKind::Misfit { .. } }),
        "{error}"
    );
}

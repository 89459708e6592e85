//! CSV files of anyone: read to their end; and what can be written comes back as it was read.
#![no_main]

use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use pose_csv::{CsvForm, CsvTable, OpenOptions, write_table};
use pose_frame::{PoseTable, Selection, Tolerance, first_difference, testing};
use pose_fuzz::seeds;

fuzz_target!(init: seeds::write(tables), |data: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder is made");
    let path = folder.path().join("fuzzed.csv");
    fs::write(&path, data).expect("a file is written");
    match CsvTable::open(&path, &OpenOptions::default()) {
        Ok(table) => read(&table, folder.path()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

fn read(table: &CsvTable, folder: &Path) {
    let frames = table.num_frames();
    // All was read when the file was opened, so that it cannot fail now.
    let whole = table.load().expect("what was opened is read");
    assert_eq!(whole.num_frames(), frames);
    let last = table.read(&Selection::all().frames(frames.saturating_sub(1)..frames)).expect("a part is read");
    assert_eq!(last.num_frames(), frames.min(1));
    let Ok(form) = CsvForm::of(&whole) else { return };
    let written = write_table(&form, Vec::new()).expect("memory takes it");
    let path = folder.join("written.csv");
    fs::write(&path, written).expect("a file is written");
    let options = OpenOptions::default().with_shape(form.shape());
    let again = CsvTable::open(&path, &options).expect("what was written is read");
    if !form.losses().is_empty() {
        return;
    }
    let difference = first_difference(&whole, &again, Tolerance::BitForBit).expect("both are read");
    assert!(difference.is_none(), "{difference:?}");
}

fn tables() -> Vec<Vec<u8>> {
    let short = [testing::predictions(3), testing::labels(3)];
    let written = short.iter().filter_map(|table| {
        let form = CsvForm::of(table).ok()?;
        write_table(&form, Vec::new()).ok()
    });
    let by_hand: [&[u8]; 5] = [
        b"scorer,lab,lab\nbodyparts,snout,snout\ncoords,x,y\nimg1.png,10.5,\nimg2.png,11.25,8\n",
        b"scorer,,,lab,lab\nindividuals,,,a,a\nbodyparts,,,snout,snout\ncoords,,,x,y\nlabeled-data,v,img1.png,1e-300,nan\n",
        b",a,b,c\n0,1,True,\"x,\"\"y\"\n1,2,False,\n",
        b"t,a\r\n2020-01-01 00:00:00,-0.0\r\n2020-01-01 00:00:01,inf\r\n",
        b"\xef\xbb\xbfa,b\n18446744073709551615,9007199254740993\n",
    ];
    written.chain(by_hand.iter().map(|text| text.to_vec())).collect()
}

//! What stands before values: levels, headers of pages and footers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pose_fuzz::seeds;
use pose_parquet::fuzzing;

fuzz_target!(init: seeds::write(some), |data: &[u8]| {
    let [choice, rows, bytes @ ..] = data else { return };
    match choice % 3 {
        0 => {
            // Up to 16,000 rows, and any number of the first few.
            let rows = usize::from(*rows);
            for rows in [rows, rows * 63] {
                if let Ok((present, one_by_one)) = fuzzing::levels(bytes, rows) {
                    assert_eq!(present, one_by_one, "of {rows} rows");
                }
            }
        }
        1 => drop(fuzzing::footer(bytes)),
        _ => {
            if let Ok(length) = fuzzing::page_header(bytes) {
                assert!(length <= bytes.len());
            }
        }
    }
});

fn some() -> Vec<Vec<u8>> {
    vec![
        vec![0, 9, 18, 1],
        vec![0, 79, 6, 0, 0x82, 1, 1, 5, 0xa5, 0xfa],
        vec![1, 0, 0x15, 2, 0x29, 0x1c, 0x48, 1, b'a', 0x15, 0, 0, 0x16, 2, 0x19, 0x0c, 0],
        vec![2, 0, 0x15, 0, 0x15, 8, 0x15, 8, 0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0],
    ]
}

//! Which values of a page are there: definition levels of one bit, as Parquet's hybrid of runs and packed bits.

/// Appends the levels of a page whose values are all there.
pub(super) fn write_all_present(values: usize, page: &mut Vec<u8>) {
    with_length(page, |page| {
        // A run: its length, one bit to the left, and the level.
        write_varint((values as u64) << 1, page);
        page.push(1);
    });
}

/// Appends the levels of a page.
pub(super) fn write(present: impl Iterator<Item = bool>, values: usize, page: &mut Vec<u8>) {
    with_length(page, |page| {
        // Packed bits: the number of eights, one bit to the left with the lowest set, and the bits.
        let bytes = values.div_ceil(8);
        write_varint((bytes as u64) << 1 | 1, page);
        let start = page.len();
        page.resize(start + bytes, 0);
        for (position, _) in present.enumerate().filter(|(_, present)| *present) {
            page[start + position / 8] |= 1 << (position % 8);
        }
    });
}

/// Puts the length of what is written before it, in four bytes.
fn with_length(page: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = page.len();
    page.extend_from_slice(&[0; 4]);
    write(page);
    let length = u32::try_from(page.len() - start - 4).expect("a page is far smaller than 4 GiB");
    page[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

fn write_varint(mut value: u64, page: &mut Vec<u8>) {
    while value >= 0x80 {
        page.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    page.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::{write, write_all_present};

    #[test]
    fn a_page_without_nulls_is_one_run() {
        let mut page = vec![9];
        write_all_present(300, &mut page);
        // 300 << 1 is 0b100_1011000: seven bits at a time, the lowest first.
        assert_eq!(page, [9, 3, 0, 0, 0, 0xd8, 0x04, 1]);
    }

    #[test]
    fn nulls_are_bits_that_are_not_set() {
        let mut page = Vec::new();
        let present = [true, false, true, true, true, true, true, true, false, true];
        write(present.into_iter(), present.len(), &mut page);
        assert_eq!(page, [3, 0, 0, 0, 2 << 1 | 1, 0b1111_1101, 0b10]);
    }
}

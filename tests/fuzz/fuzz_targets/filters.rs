//! Chunks of anyone, through each filter.
#![no_main]

use hdf5_reader::btree_v1::{BTreeV1Key, collect_btree_v1_leaves_storage};
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::layout::DataLayout;
use libfuzzer_sys::fuzz_target;
use pose_fuzz::seeds;
use pose_hdf5::fuzzing;

/// The numbers of the filters that are undone.
const FILTERS: [u16; 10] = [1, 2, 3, 305, 307, 32000, 32001, 32004, 32015, 32026];

/// Bytes before the chunk: how many filters, which, a value of each, bytes of an element, bytes of the chunk, the mask,
/// and the wanted range in 256ths.
const HEAD: usize = 16;

/// The largest chunk that is asked for: a few bytes may stand for as many.
const MAX_CHUNK: usize = 1 << 20;

fuzz_target!(init: seeds::write(chunks), |data: &[u8]| {
    let Some((head, stored)) = data.split_at_checked(HEAD) else { return };
    let count = usize::from(head[0] % 4);
    let filters: Vec<_> = (0..count)
        .map(|filter| {
            let id = FILTERS[usize::from(head[1 + filter]) % FILTERS.len()];
            (id, vec![u32::from(head[4 + filter])])
        })
        .collect();
    let element = usize::from(u16::from_le_bytes([head[7], head[8]]));
    let chunk = u32::from_le_bytes([head[9], head[10], head[11], 0]) as usize % (MAX_CHUNK + 1);
    let mask = u32::from(head[12] & 0b111);
    let part = |byte: u8| chunk * usize::from(byte) / 255;
    let (one, other) = (part(head[13]), part(head[14]));
    let range = one.min(other)..one.max(other);
    if let Ok(found) = fuzzing::undo_filters(&filters, element, (chunk, mask), range.clone(), stored) {
        assert_eq!(found, range.len());
    }
});

/// The chunks in the fixtures, with their filters; and each alone behind every filter.
fn chunks() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for bytes in seeds::fixtures("h5") {
        let Ok(file) = hdf5_reader::Hdf5File::from_vec(bytes) else { continue };
        let Ok(root) = file.root_group() else { continue };
        let mut groups = vec![root];
        for _ in 0..20 {
            let Some(group) = groups.pop() else { break };
            let Ok((inner, datasets)) = group.members() else { continue };
            groups.extend(inner);
            for dataset in &datasets {
                of_dataset(&file, dataset, &mut found);
            }
        }
    }
    for filter in 0..FILTERS.len() {
        let mut head = [0; HEAD];
        head[0] = 1;
        head[1] = u8::try_from(filter).expect("few filters");
        (head[4], head[7], head[10], head[14]) = (8, 8, 1, 255);
        found.push([head.as_slice(), &[0; 64]].concat());
    }
    found.sort();
    found.dedup();
    found
}

fn of_dataset(file: &hdf5_reader::Hdf5File, dataset: &hdf5_reader::Dataset, found: &mut Vec<Vec<u8>>) {
    let Ok(header) = file.get_or_parse_header(dataset.address()) else { return };
    let (mut pipeline, mut index) = (None, None);
    for message in &header.messages {
        match message {
            HdfMessage::FilterPipeline(message) => pipeline = Some(message),
            HdfMessage::DataLayout(message) => {
                if let DataLayout::Chunked { address, chunk_indexing: None, .. } = &message.layout {
                    index = Some(*address);
                }
            }
            _ => {}
        }
    }
    let (Some(pipeline), Some(index), Some(dims)) = (pipeline, index, dataset.chunks()) else { return };
    let axes = u32::try_from(dims.len()).ok();
    let leaves = collect_btree_v1_leaves_storage(file.storage(), index, 8, 8, axes, &dims, None);
    let Ok(element) = dataset.raw_element_size() else { return };
    let chunk = dims.iter().fold(element, |bytes, &dim| bytes.saturating_mul(dim as usize));
    let mut head = [0; HEAD];
    head[0] = u8::try_from(pipeline.filters.len().min(3)).expect("few filters");
    for (position, filter) in pipeline.filters.iter().take(3).enumerate() {
        let Some(known) = FILTERS.iter().position(|&id| id == filter.id) else { return };
        head[1 + position] = u8::try_from(known).expect("few filters");
        let value = filter.client_data.first().copied().unwrap_or(0);
        head[4 + position] = u8::try_from(value).unwrap_or(0);
    }
    head[7..9].copy_from_slice(&u16::try_from(element).unwrap_or(0).to_le_bytes());
    head[9..12].copy_from_slice(&u32::try_from(chunk).unwrap_or(0).to_le_bytes()[..3]);
    head[14] = 255;
    for (key, address) in leaves.into_iter().flatten().take(2) {
        let BTreeV1Key::RawData { chunk_size, .. } = key else { continue };
        if let Ok(stored) = file.storage().read_range(address, chunk_size as usize) {
            found.push([head.as_slice(), stored.as_ref()].concat());
        }
    }
}

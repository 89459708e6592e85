//! Why a candidate was chosen, in words.

use pose_frame::PoseTable;

use super::{Candidate, Goal, Outcome};

/// Why this candidate is the best of those that were tried.
pub(super) fn of(tried: &[Candidate], chosen: usize, goal: &Goal, table: &dyn PoseTable) -> String {
    let Some(Ok(best)) = tried.get(chosen).map(|candidate| &candidate.outcome) else { return String::new() };
    let least = tried.iter().filter_map(super::size).min();
    let is_least = least.is_none_or(|bytes| bytes >= best.estimated_bytes);
    let mut sentences = vec![what(&tried[chosen].name, best, is_least, goal)];
    sentences.push(how_near(best, goal));
    let mut others: Vec<(&Candidate, &Outcome)> = tried
        .iter()
        .enumerate()
        .filter(|(number, _)| *number != chosen)
        .filter_map(|(_, other)| Some((other, other.outcome.as_ref().ok().filter(|outcome| outcome.fits)?)))
        .collect();
    others.sort_by_key(|(_, outcome)| outcome.estimated_bytes);
    if matches!(goal, Goal::Bytes(_)) {
        others.clear();
    }
    // Only the highest level of blocks may be smaller than what was chosen.
    let (smaller, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|(_, outcome)| outcome.estimated_bytes < best.estimated_bytes);
    sentences.extend(smaller.iter().map(|(other, outcome)| {
        let saved = per_mille(best.estimated_bytes, outcome.estimated_bytes);
        let (name, percent, tenths) = (&other.name, saved / 10, saved % 10);
        format!("{name} would save {percent}.{tenths} %, and packs slowly: it is chosen where it saves 2 %")
    }));
    if let Some((next, outcome)) = others.first() {
        let (own, other) = (best.estimated_bytes, outcome.estimated_bytes);
        sentences.push(format!("The next smallest, {}, would take {}", next.name, more(own, other)));
    }
    sentences.extend(why(tried, chosen, best));
    if best.sampled_frames < table.num_frames() {
        sentences.push(format!(
            "This was measured on stretches from all of the table, {} of its {} frames",
            grouped(best.sampled_frames),
            grouped(table.num_frames())
        ));
    }
    sentences.iter().map(|sentence| format!("{sentence}.")).collect::<Vec<_>>().join(" ")
}

fn what(name: &str, best: &Outcome, is_least: bool, goal: &Goal) -> String {
    let size = bytes(best.estimated_bytes);
    match goal {
        Goal::Bytes(most) => format!(
            "Of what fits into {}, {name} changes the values least; the whole table takes about {size}",
            bytes(*most)
        ),
        _ if is_least => format!("{name} was the smallest: the whole table takes about {size}"),
        _ => format!("{name} was nearly the smallest: the whole table takes about {size}"),
    }
}

/// How far what comes back is from what was given.
fn how_near(best: &Outcome, goal: &Goal) -> String {
    let noise = best.psnr.map_or_else(String::new, |psnr| format!(" (signal-to-noise ratio {psnr:.1} dB)"));
    match goal {
        _ if best.max_error.to_bits() == 0 => "Every value comes back exactly as it was".to_owned(),
        Goal::MaxError { .. } => format!(
            "No value comes back further from what it was than was allowed; the largest difference found was {}",
            short(best.max_error)
        ),
        _ => format!("Values come back changed by at most {}{noise}", short(best.max_error)),
    }
}

/// What the data are like, as far as the candidates tell.
fn why(tried: &[Candidate], chosen: usize, best: &Outcome) -> Option<String> {
    let is_video = |candidate: &Candidate| candidate.recipe.arrays.iter().any(|array| array.codec.is_video());
    let least = |wanted: bool| {
        let of = tried.iter().filter(|candidate| is_video(candidate) == wanted);
        let sizes = of.filter_map(|candidate| candidate.outcome.as_ref().ok().filter(|outcome| outcome.fits));
        sizes.map(|outcome| outcome.estimated_bytes).min()
    };
    if is_video(&tried[chosen]) {
        let other = least(false)?;
        return Some(format!(
            "A video predicts each number from those beside it and before it, which pays here: without video it would be {}",
            more(best.estimated_bytes, other)
        ));
    }
    let other = least(true)?;
    Some(format!(
        "Columns that do not look like pictures gain nothing from a video, whose smallest was {}; here each column can also be read \
         without the others",
        more(best.estimated_bytes, other)
    ))
}

/// How much less one size is than another.
fn per_mille(own: u64, other: u64) -> u64 {
    u64::try_from(u128::from(own.saturating_sub(other)) * 1000 / u128::from(own.max(1))).unwrap_or(1000)
}

/// A size, and how much more it is than another one.
fn more(own: u64, other: u64) -> String {
    let percent = u128::from(other.saturating_sub(own)) * 100 / u128::from(own.max(1));
    match percent {
        0 => format!("{}, nearly the same", bytes(other)),
        percent => format!("{}, {percent} % more", bytes(other)),
    }
}

fn bytes(bytes: u64) -> String {
    let (unit, name): (u64, _) = match bytes {
        0..0x400 => return format!("{bytes} bytes"),
        0x400..0x10_0000 => (1 << 10, "KiB"),
        0x10_0000..0x4000_0000 => (1 << 20, "MiB"),
        _ => (1 << 30, "GiB"),
    };
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

fn short(number: f64) -> String {
    if (1e-3..1e6).contains(&number) { format!("{number:.4}") } else { format!("{number:.2e}") }
}

/// A count with its thousands apart.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (!head.is_empty()).then(|| head.to_owned());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_are_written_for_people() {
        assert_eq!([bytes(999), bytes(1_234), bytes(56_789_012)], ["999 bytes", "1.2 KiB", "54.1 MiB"]);
        assert_eq!(
            [grouped(1), grouped(1234), grouped(123_456), grouped(1_234_567)].join(" "),
            "1 1,234 123,456 1,234,567"
        );
        assert_eq!([short(0.05), short(1e-9)], ["0.0500", "1.00e-9"]);
    }
}

//! Numbers of policies as people write them, all of which mean the same.

use fastrand::Rng;

/// The same number, written in another way.
pub(super) fn another(number: &str, chance: &mut Rng) -> String {
    let ways: [fn(&str) -> String; 6] = [
        |number| number.to_lowercase(),
        |number| number.replace('-', " "),
        |number| number.replace('-', "–"),
        |number| number.replace('-', ""),
        // In letters that look the same and are Cyrillic.
        |number| number.replace('P', "Р").replace('C', "С").replace('A', "А"),
        |number| format!("№ {number}"),
    ];
    let first = chance.usize(..ways.len());
    let mut written = (0..ways.len()).map(|way| ways[(first + way) % ways.len()](number));
    // One of them adds a sign to whatever number.
    written.find(|written| written != number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_another_way_whatever_it_is() {
        for number in ["PL-0000000018", "18", "x"] {
            for seed in 0..50 {
                assert_ne!(another(number, &mut Rng::with_seed(seed)), number);
            }
        }
    }
}

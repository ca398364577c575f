//! What reasons of the same kind have in common: the text without numbers, ids and what is quoted.

/// Longest fingerprint; what differs behind that makes no group of its own.
const LONGEST: usize = 300;

/// The fingerprint of a reason. A word with a digit in it is a number or an id; so is what stands in quotes.
pub(crate) fn fingerprint(reason: &str) -> String {
    let mut found = String::new();
    let mut rest = reason;
    while let Some(first) = rest.chars().next() {
        let (text, length) = if let Some(length) = quoted(rest) {
            ("\"…\"", length)
        } else {
            let length = rest.find(|c| !in_word(c)).unwrap_or(rest.len()).max(first.len_utf8());
            let word = &rest[..length];
            (if word.contains(|c: char| c.is_ascii_digit()) { "#" } else { word }, length)
        };
        found.push_str(text);
        rest = &rest[length..];
    }
    found.chars().take(LONGEST).collect()
}

/// Letters, digits and what joins them in ids, times and paths.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '+')
}

/// The length of what is quoted at the beginning, quotes included. Quotes within are escaped, as in Rust's debug output.
fn quoted(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return Some(at + 2),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_record_to_record_is_left_out() {
        let cases = [
            ("policy PL-0000000018 has no tariff", "policy # has no tariff"),
            ("tariff base of ural-polis/ural-travel-1, version 2", "tariff base of #, version #"),
            ("at 2026-11-25T12:03:00Z: 12.50 is negative", "at # # is negative"),
            ("type \"polis.v1.Other\" is not text", "type \"…\" is not text"),
            ("header ce_id has the unusable value \"a \\\" b\"", "header ce_id has the unusable value \"…\""),
            ("an open \" quote", "an open \" quote"),
            ("премия 3650 отрицательна", "премия # отрицательна"),
            ("", ""),
        ];
        for (reason, expected) in cases {
            assert_eq!(fingerprint(reason), expected);
        }
    }

    #[test]
    fn it_is_the_same_for_the_same_kind_and_another_for_another() {
        let of = |id: &str| fingerprint(&format!("{id} is rejected"));
        assert_eq!(of("PL-1"), of("1f0c-77"));
        assert_ne!(fingerprint("PL-1 is rejected"), fingerprint("PL-1 is not text"));
        assert_eq!(fingerprint(&"я ".repeat(500)).chars().count(), LONGEST);
    }
}

//! Policy numbers as people write them: one form for all that mean the same.

use polis_proto::check_digit;

/// The form that all writings of a number share. The same text always gives the same form, whatever the insurer, so
/// that a database may keep it in a column; the merge needs it in byte order (`COLLATE "C"`).
///
/// Spaces, hyphens and quotes of every kind go, and so do a leading `№` or `N`, and zeros after the leading letters.
/// Letters become capitals, Cyrillic ones that look like Latin ones become these. Other signs stay, so `A/1` is not
/// `A1`.
pub fn normalise(text: &str) -> String {
    folded(text, false)
}

/// The same with the zeros kept, for insurers to whom `PL-018` and `PL-18` are two policies.
pub fn normalise_keeping_zeros(text: &str) -> String {
    folded(text, true)
}

fn folded(text: &str, keep_zeros: bool) -> String {
    let mut form = String::with_capacity(text.len());
    // Nothing but letters has come yet, or zeros after them, of which this many are held back.
    let (mut in_prefix, mut zeros) = (true, 0_usize);
    for c in after_sign(text).chars().filter_map(fold) {
        if in_prefix && !keep_zeros {
            if c == '0' {
                zeros += 1;
                continue;
            }
            if zeros > 0 || !c.is_alphabetic() {
                in_prefix = false;
                // A zero that no digit follows is all there is of the number.
                if zeros > 0 && !c.is_ascii_digit() {
                    form.push('0');
                }
            }
        }
        form.push(c);
    }
    if in_prefix && zeros > 0 {
        form.push('0');
    }
    form
}

/// What follows a leading `№`, `N`, `No` or `N°`. A letter after `N` makes it a part of the number.
fn after_sign(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| fold(c).is_none());
    if let Some(rest) = text.strip_prefix('№') {
        return rest.trim_start_matches('.');
    }
    for sign in ["N°", "Nº", "No", "NO", "no", "N", "n"] {
        let Some(rest) = text.strip_prefix(sign) else { continue };
        if rest.starts_with(|c: char| !c.is_alphabetic()) {
            return rest.trim_start_matches(|c: char| c == '.' || fold(c).is_none());
        }
    }
    text
}

/// One character in the shared form; none when it says nothing.
fn fold(c: char) -> Option<char> {
    if c.is_ascii() {
        return match c {
            '-' | '\'' | '"' => None,
            _ if c.is_ascii_whitespace() || c.is_ascii_control() => None,
            _ => Some(c.to_ascii_uppercase()),
        };
    }
    match c {
        // Full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).and_then(fold),
        // Hyphens, dashes and the minus; soft ones; zero-width marks; quotes.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{2d7}' | '\u{fe58}' | '\u{fe63}' | '\u{ad}' => None,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => None,
        '«' | '»' | '\u{2018}'..='\u{201f}' => None,
        _ if c.is_whitespace() || c.is_control() => None,
        _ => Some(latin(capital(c))),
    }
}

fn capital(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The Latin letter that a Cyrillic one looks like.
fn latin(c: char) -> char {
    match c {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'К' => 'K',
        'М' => 'M',
        'Н' => 'H',
        'О' => 'O',
        'Р' => 'P',
        'С' => 'C',
        'Т' => 'T',
        'У' => 'Y',
        'Х' => 'X',
        'І' => 'I',
        'Ѕ' => 'S',
        'Ј' => 'J',
        other => other,
    }
}

/// Whether the last digit is the check digit of the others, and there are at least two.
pub(super) fn has_check_digit(digits: &str) -> bool {
    digits
        .split_at_checked(digits.len().saturating_sub(1))
        .is_some_and(|(others, last)| check_digit(others).is_some_and(|check| last.as_bytes() == [b'0' + check]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_writings_of_a_number_have_one_form() {
        for text in [
            "PL-0000000018",
            "pl-0000000018",
            " PL 0000000018 ",
            "PL\u{a0}0000\u{202f}000018",
            "PL–0000000018",
            "PL—0000000018",
            "PL−0000000018",
            "PL\u{2011}00000\u{ad}00018",
            "№ PL-0000000018",
            "№PL-18",
            "N PL-18",
            "No. PL-18",
            "N° PL-18",
            "«PL-0000000018»",
            "'PL-0000000018",
            "ＰＬ－００００００００１８",
            "\u{feff}PL-18",
            "РL-18",
        ] {
            assert_eq!(normalise(text), "PL18", "{text:?}");
        }
        assert_eq!(normalise("авекмнорстух-07"), "ABEKMHOPCTYX7");
        assert_eq!(normalise("ЖФ 12"), "ЖФ12");
    }

    #[test]
    fn what_may_mean_something_else_stays_apart() {
        for (text, form) in [
            ("", ""),
            (" - ", ""),
            ("0", "0"),
            ("000", "0"),
            ("PL-000", "PL0"),
            ("00/7", "0/7"),
            ("PL-0/7", "PL0/7"),
            ("0018", "18"),
            ("NS-018", "NS18"),
            ("N018", "18"),
            ("N", "N"),
            ("№", ""),
            ("A-1-002", "A1002"),
            ("A/001", "A/001"),
            ("PL-1, PL-2", "PL1,PL2"),
        ] {
            assert_eq!(normalise(text), form, "{text:?}");
        }
        assert_eq!(normalise_keeping_zeros("pl-0018"), "PL0018");
        assert_eq!(normalise_keeping_zeros("000"), "000");
    }

    #[test]
    fn a_form_is_its_own_form() {
        for text in ["PL-0018", "00/7", "№ 0 0 5", "ав-000", "PL-1;PL-02", "18.50"] {
            let form = normalise(text);
            assert_eq!(normalise(&form), form, "{text:?}");
        }
    }

    #[test]
    fn a_mistyped_digit_is_noticed() {
        assert!(has_check_digit("79927398713") && has_check_digit("0000000018"));
        assert!(!has_check_digit("79927398731") && !has_check_digit("0000000019"));
        assert!(!has_check_digit("8") && !has_check_digit("") && !has_check_digit("1a8"));
    }
}

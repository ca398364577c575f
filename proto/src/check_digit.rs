//! The check digit of numbers of policies (ISO/IEC 7812-1, Luhn): one mistyped digit, or two neighbours exchanged, are noticed.

/// The digit that belongs behind these; none when there are others than digits, or nothing.
pub fn check_digit(digits: &str) -> Option<u8> {
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let doubled = |(place, digit): (usize, u8)| {
        let digit = u32::from(digit - b'0');
        let doubled = if place % 2 == 0 { digit * 2 } else { digit };
        if doubled > 9 { doubled - 9 } else { doubled }
    };
    let sum: u32 = digits.bytes().rev().enumerate().map(doubled).sum();
    u8::try_from((10 - sum % 10) % 10).ok()
}

#[cfg(test)]
mod tests {
    use super::check_digit;

    #[test]
    fn as_the_usual_explanation_of_the_standard_says() {
        assert_eq!(check_digit("7992739871"), Some(3));
        assert_eq!([check_digit(""), check_digit("1a8"), check_digit("-1")], [None; 3]);
    }
}

//! The days that the name of a file says its register is of.

use std::path::Path;

use jiff::civil::Date;

use crate::register::Period;

/// `2026-11-01`
const DAY: usize = 10;

/// The days at the end of a name, as in `register_2026-11-01_2026-11-30.csv`.
pub(super) fn named(name: &str) -> Option<Period> {
    let stem = Path::new(name).file_stem()?.to_str()?;
    let (rest, to) = last_day(stem)?;
    let (_, from) = last_day(rest.strip_suffix(['_', '-', ' '])?)?;
    (from <= to).then_some(Period { from, to })
}

fn last_day(text: &str) -> Option<(&str, Date)> {
    let (rest, day) = text.split_at_checked(text.len().checked_sub(DAY)?)?;
    let plain = day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    Some((rest, day.parse().ok().filter(|_| plain)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_stand_at_the_end_of_a_name() {
        for name in [
            "register_2026-11-01_2026-11-30.csv",
            "reestr-ural-polis-2026-11-01-2026-11-30.xlsx",
            "2026-11-01 2026-11-30",
            "реестр2026-11-01_2026-11-30.json",
        ] {
            assert_eq!(
                named(name).map(|period| period.to_string()).as_deref(),
                Some("2026-11-01 to 2026-11-30"),
                "{name}"
            );
        }
        for name in [
            "",
            "register.csv",
            "2026-11-30.csv",
            "register_2026-11-30_2026-11-01.csv",
            "register_2026-11-31_2026-12-01.csv",
            "register_2026-11-01_2026-11-30_2.csv",
            "2026-11-01я2026-11-30.csv",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
    }
}

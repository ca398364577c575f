//! What has no match, or too many.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::explanation::Explanation;
use super::figures::Figures;
use crate::matching::policy::Policy;
use crate::register::{Line, Unreadable};

fn places(lines: &[Line]) -> Vec<u64> {
    lines.iter().map(|line| line.number).collect()
}

/// `PL-18 от 25.11.2026 на 3 650,00 ₽, расторгнутый с 01.12.2026`.
fn policy_of(f: &Figures<'_>, policy: &Policy) -> String {
    let (number, day, amount) = (&policy.number, f.day(policy.issued_on), f.amount(policy.premium));
    f.choose(format!("{number} от {day} на {amount}"), format!("{number} of {day} for {amount}"))
}

/// We have it, it should be in the register, and it is not.
pub(in crate::matching) fn missing_at_insurer(currency: &str, policy: &Policy, cut_off: Date) -> Explanation {
    Explanation::say(currency, |f| {
        let (which, until) = (policy_of(f, policy), f.day(cut_off));
        let cancelled = policy.cancelled_from.map_or_else(String::new, |from| {
            let from = f.day(from);
            f.choose(format!(" (у нас расторгнут с {from})"), format!(" (cancelled with us from {from})"))
        });
        f.choose(
            format!(
                "Полиса {which}{cancelled} нет в реестре страховщика, хотя в него входят полисы, выданные по {until}"
            ),
            format!(
                "Policy {which}{cancelled} is not in the insurer's register, though it holds policies issued until {until}"
            ),
        )
    })
}

/// They have it, and we do not.
pub(in crate::matching) fn missing_at_us(currency: &str, lines: &[Line], premium: Decimal) -> Explanation {
    Explanation::say(currency, |f| {
        let number = lines.first().map_or("", |line| line.policy_number.trim());
        let (places, amount) = (f.lines(&places(lines)), f.amount(premium));
        if number.is_empty() {
            return f.choose(
                format!("В реестре ({places}) {amount} без номера полиса, и нашего полиса к этому нет"),
                format!("The register ({places}) has {amount} without a policy number, and no policy of ours fits"),
            );
        }
        f.choose(
            format!("Полис {number} на {amount} есть в реестре страховщика ({places}), а у нас его нет"),
            format!("Policy {number} for {amount} is in the insurer's register ({places}), and we do not have it"),
        )
    })
}

/// Lines say again what is there already.
pub(in crate::matching) fn duplicate(currency: &str, said: &[Line], again: &[Line], premium: Decimal) -> Explanation {
    Explanation::say(currency, |f| {
        let number = said.first().or(again.first()).map_or("", |line| line.policy_number.trim());
        let (once, more, amount) = (f.lines(&places(said)), f.places(&places(again)), f.amount(premium));
        f.choose(
            format!("Полис {number} повторён в реестре: {once}, и ещё раз {more}; лишних {amount}"),
            format!("Policy {number} is in the register repeatedly: {once}, and again {more}; {amount} too much"),
        )
    })
}

/// A line that cannot be read.
pub(in crate::matching) fn unreadable(currency: &str, line: &Unreadable) -> Explanation {
    Explanation::say(currency, |f| {
        // What is wrong names cells, and those move with the line.
        if !f.places {
            return line.text.clone();
        }
        let number = line.number;
        let sheet = line
            .sheet
            .as_ref()
            .map_or_else(String::new, |sheet| f.choose(format!(" листа «{sheet}»"), format!(" of sheet “{sheet}”")));
        let wrong = line.wrong.iter().map(|(column, what)| {
            f.choose(format!("столбец «{column}»: {}", what.russian()), format!("column “{column}”: {what}"))
        });
        let wrong = wrong.collect::<Vec<_>>().join("; ");
        let wrong = if wrong.is_empty() { line.text.clone() } else { wrong };
        f.choose(
            format!("Строку {number}{sheet} нельзя прочитать: {wrong}"),
            format!("Line {number}{sheet} cannot be read: {wrong}"),
        )
    })
}

/// Why it cannot be said what belongs together.
#[derive(Clone, Copy, Debug)]
pub(in crate::matching) enum Doubt<'d> {
    /// Policies with numbers that mean the same.
    Numbers,
    /// Everything but the number fits several.
    Attributes,
    /// A line names several policies, and these of them are not there or are spoken for.
    Named(&'d [String]),
}

/// Several could be meant.
pub(in crate::matching) fn ambiguous(
    currency: &str, policies: &[String], lines: &[Line], doubt: Doubt<'_>,
) -> Explanation {
    Explanation::say(currency, |f| {
        let (places, numbers) = (f.lines(&places(lines)), f.list(policies));
        let (one, one_line) = (policies.len() == 1, lines.len() == 1);
        let noun = f.choose(if one { "полису" } else { "полисам" }, if one { "policy" } else { "policies" });
        let belongs = if one_line { "относится" } else { "относятся" };
        match doubt {
            Doubt::Numbers => f.choose(
                format!("Номера полисов {numbers} пишутся почти одинаково, и неясно, к какому {belongs} {places}"),
                format!("The numbers of policies {numbers} are nearly the same, and {places} may mean any of them"),
            ),
            Doubt::Attributes => {
                let fits = if one_line { "подходит" } else { "подходят" };
                f.choose(
                    format!("По продукту, датам и премии к {noun} {numbers} {fits} {places}, и выбрать нельзя"),
                    format!("By product, days and premium, {places} may mean {noun} {numbers}, and nothing says which"),
                )
            }
            Doubt::Named([]) => f.choose(
                format!("Полисы {numbers} названы вместе ({places}), но некоторые не один раз"),
                format!("Policies {numbers} are named together ({places}), but some of them more than once"),
            ),
            Doubt::Named(others) => {
                let others = f.list(others);
                f.choose(
                    format!(
                        "К {noun} {numbers} {belongs} {places}, но там же названы {others}: таких у нас нет, или у них есть своя строка"
                    ),
                    format!(
                        "The register ({places}) names {noun} {numbers} and with them {others}: not ours, or with a line of their own"
                    ),
                )
            }
        }
    })
}

/// It was issued after the insurer had closed the period.
pub(in crate::matching) fn policy_not_due(currency: &str, policy: &Policy, cut_off: Date) -> Explanation {
    Explanation::say(currency, |f| {
        let (which, until) = (policy_of(f, policy), f.day(cut_off));
        f.choose(
            format!(
                "Полис {which} ещё не должен быть в реестре: в него входят полисы, выданные по {until}, этот ожидается в следующем"
            ),
            format!(
                "Policy {which} is not due in the register yet: it holds policies issued until {until}, this one is expected in the next"
            ),
        )
    })
}

/// It was cancelled after the insurer had closed the period.
pub(in crate::matching) fn cancellation_not_due(currency: &str, policy: &Policy, cut_off: Date) -> Explanation {
    Explanation::say(currency, |f| {
        let (number, until) = (&policy.number, f.day(cut_off));
        let (from, refund) = (f.day_or_none(policy.cancelled_from), f.amount(policy.refund));
        f.choose(
            format!(
                "Полис {number} у нас расторгнут с {from} (возврат {refund}), но реестр составлен по {until}: расторжение ожидается в следующем"
            ),
            format!(
                "Policy {number} is cancelled with us from {from} (refund {refund}), but the register is as of {until}: the cancellation is expected in the next"
            ),
        )
    })
}

#[cfg(test)]
#[path = "../tests/wording_alone.rs"]
mod tests;

//! What differs between policies and the lines they were matched with.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::explanation::Explanation;
use super::figures::Figures;
use crate::matching::breaks::TariffSays;
use crate::matching::policy::Policy;
use crate::register::Line;

/// The match that is spoken of.
#[derive(Clone, Copy, Debug)]
pub(in crate::matching) struct About<'m> {
    pub(in crate::matching) policies: &'m [Policy],
    pub(in crate::matching) lines: &'m [Line],
    pub(in crate::matching) currency: &'m str,
}

impl About<'_> {
    fn numbers(&self, figures: &Figures<'_>) -> String {
        figures.list(self.policies.iter().map(|policy| &policy.number))
    }

    /// `полису A`, `полисам A и B`.
    fn dative(&self, figures: &Figures<'_>) -> String {
        let one = self.policies.len() == 1;
        let noun = figures.choose(if one { "полису" } else { "полисам" }, if one { "policy" } else { "policies" });
        let together = if one { "" } else { figures.choose(" вместе", " together") };
        format!("{noun} {}{together}", self.numbers(figures))
    }

    /// `полиса A`, `полисов A и B`.
    fn genitive(&self, figures: &Figures<'_>) -> String {
        let one = self.policies.len() == 1;
        let noun = figures.choose(if one { "полиса" } else { "полисов" }, if one { "policy" } else { "policies" });
        format!("{noun} {}", self.numbers(figures))
    }

    /// Which lines say this together, where there are several.
    fn together(&self, figures: &Figures<'_>) -> String {
        if self.lines.len() < 2 {
            return String::new();
        }
        let numbers: Vec<u64> = self.lines.iter().map(|line| line.number).collect();
        format!(" ({} {})", figures.lines(&numbers), figures.choose("вместе", "together"))
    }

    fn two_amounts(&self, figures: &Figures<'_>, ours: Decimal, theirs: Decimal) -> String {
        let (mine, other, apart) = (figures.amount(ours), figures.amount(theirs), figures.amount(ours - theirs));
        let together = self.together(figures);
        figures.choose(
            format!("у нас {mine}, у страховщика {other}{together}: разница {apart}"),
            format!("is {mine} with us and {other} with the insurer{together}: a difference of {apart}"),
        )
    }
}

/// Premiums differ; the tariff says who is right.
pub(in crate::matching) fn premium(
    about: About<'_>, ours: Decimal, theirs: Decimal, expected: Option<Decimal>, says: TariffSays,
) -> Explanation {
    Explanation::say(about.currency, |f| {
        let start = f.choose("Премия по", "The premium of");
        let amounts = about.two_amounts(f, ours, theirs);
        format!("{start} {} {amounts}; {}", about.dative(f), tariff(about, f, expected, says))
    })
}

fn tariff(about: About<'_>, f: &Figures<'_>, expected: Option<Decimal>, says: TariffSays) -> String {
    let Some(expected) = expected else {
        let mut tariffs: Vec<String> = about
            .policies
            .iter()
            .filter(|policy| policy.expected_premium.is_none())
            .map(|policy| name_of_tariff(policy, f))
            .collect();
        tariffs.dedup();
        let one = tariffs.len() == 1;
        let unknown = f.choose(if one { "нам не известен" } else { "нам не известны" }, "not known to us");
        let (noun, is) = (
            f.choose(if one { "тариф" } else { "тарифы" }, if one { "tariff" } else { "tariffs" }),
            f.choose("", if one { "is " } else { "are " }),
        );
        return format!("{noun} {} {is}{unknown}", f.list(tariffs));
    };
    let right = match says {
        TariffSays::Ours | TariffSays::Unknown => "",
        TariffSays::Theirs => f.choose(", как у страховщика", ", as with the insurer"),
        TariffSays::Neither => f.choose(", что не сходится ни с одной стороной", ", which agrees with neither side"),
    };
    let expected = f.amount(expected);
    match about.policies {
        [policy] => {
            let (name, day) = (name_of_tariff(policy, f), f.day(policy.issued_on));
            f.choose(
                format!("по тарифу {name}, действовавшему на {day}, верно {expected}{right}"),
                format!("by tariff {name}, valid on {day}, {expected} is right{right}"),
            )
        }
        _ => f.choose(
            format!("по тарифам, действовавшим на дни выдачи, верно {expected}{right}"),
            format!("by the tariffs valid on the days of issue, {expected} is right{right}"),
        ),
    }
}

fn name_of_tariff(policy: &Policy, f: &Figures<'_>) -> String {
    let (tariff, version) = &policy.tariff;
    format!("{tariff} {} {version}", f.choose("версии", "version"))
}

/// How a commission was reckoned.
#[derive(Clone, Copy, Debug)]
pub(in crate::matching) struct Reckoned {
    /// The rate, where all policies have the same.
    pub(in crate::matching) per_cent: Option<Decimal>,
    /// What it is of.
    pub(in crate::matching) base: Decimal,
    /// The insurer's premium, where the same rate of it gives the insurer's commission.
    pub(in crate::matching) follows_from: Option<Decimal>,
}

/// The commission is not what was agreed.
pub(in crate::matching) fn commission(
    about: About<'_>, ours: Decimal, theirs: Decimal, reckoned: Reckoned,
) -> Explanation {
    Explanation::say(about.currency, |f| {
        let (due, other, apart) = (f.amount(ours), f.amount(theirs), f.amount(ours - theirs));
        let base = f.amount(reckoned.base);
        let how = match reckoned.per_cent.map(|rate| f.per_cent(rate)) {
            Some(rate) => f.choose(format!("{rate} от {base}"), format!("{rate} of {base}")),
            None => f.choose(format!("по ставкам продуктов от {base}"), format!("by products, of {base}")),
        };
        let follows = reckoned.follows_from.map_or_else(String::new, |premium| {
            let premium = f.amount(premium);
            f.choose(
                format!("; страховщик посчитал его от своей премии {premium}"),
                format!("; the insurer reckons it from its premium of {premium}"),
            )
        });
        let (whose, together) = (about.dative(f), about.together(f));
        f.choose(
            format!(
                "Вознаграждение по {whose}: причитается {due} ({how}), у страховщика {other}{together}: разница {apart}{follows}"
            ),
            format!(
                "The commission of {whose}: {due} is due ({how}), the insurer has {other}{together}: a difference of {apart}{follows}"
            ),
        )
    })
}

/// What was paid back differs.
pub(in crate::matching) fn refund(about: About<'_>, ours: Decimal, theirs: Decimal) -> Explanation {
    Explanation::say(about.currency, |f| {
        let start = f.choose("Возврат по", "The refund of");
        format!("{start} {} {}", about.dative(f), about.two_amounts(f, ours, theirs))
    })
}

/// What the register says of a cancellation.
#[derive(Clone, Copy, Debug)]
pub(in crate::matching) struct TheirStatus {
    pub(in crate::matching) cancelled: bool,
    pub(in crate::matching) from: Option<Date>,
    pub(in crate::matching) refund: Option<Decimal>,
}

/// It is cancelled on one side only.
pub(in crate::matching) fn status(about: About<'_>, theirs: TheirStatus) -> Explanation {
    Explanation::say(about.currency, |f| {
        let ours: Vec<String> = about
            .policies
            .iter()
            .map(|policy| {
                let refund = (!policy.refund.is_zero()).then_some(policy.refund);
                cancelled(f, policy.cancelled_from.is_some(), policy.cancelled_from, refund)
            })
            .collect();
        let other = cancelled(f, theirs.cancelled, theirs.from, theirs.refund);
        match (about.policies, ours.as_slice()) {
            ([policy], [ours]) => f.choose(
                format!("Полис {} у нас {ours}, у страховщика {other}", policy.number),
                format!("Policy {} {ours} with us and {other} with the insurer", policy.number),
            ),
            (policies, ours) => {
                let each = policies.iter().zip(ours).map(|(policy, ours)| format!("{} {ours}", policy.number));
                let each = f.list(each);
                f.choose(
                    format!("Полисы одной строки у нас: {each}; у страховщика строка {other}"),
                    format!("The policies of one line are with us: {each}; with the insurer the line {other}"),
                )
            }
        }
    })
}

fn cancelled(f: &Figures<'_>, cancelled: bool, from: Option<Date>, refund: Option<Decimal>) -> String {
    if !cancelled {
        return f.choose("действует", "is in force").to_owned();
    }
    let from = from.map_or_else(String::new, |day| format!(" {} {}", f.choose("с", "from"), f.day(day)));
    let refund = refund.map_or_else(String::new, |amount| {
        let amount = f.amount(amount);
        f.choose(format!(" (возврат {amount})"), format!(" (refund {amount})"))
    });
    format!("{}{from}{refund}", f.choose("расторгнут", "is cancelled"))
}

/// Which day differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::matching) enum Day {
    Issue,
    Start,
    End,
    Cancellation,
}

/// Cover, issue or cancellation is on other days.
pub(in crate::matching) fn dates(about: About<'_>, apart: &[(Day, Option<Date>, Date)]) -> Explanation {
    Explanation::say(about.currency, |f| {
        let each = apart.iter().map(|(which, ours, theirs)| {
            let which = match which {
                Day::Issue => f.choose("выдача", "issue"),
                Day::Start => f.choose("начало", "beginning"),
                Day::End => f.choose("окончание", "end"),
                Day::Cancellation => f.choose("расторжение", "cancellation"),
            };
            let (ours, theirs) = (f.day_or_none(*ours), f.day(*theirs));
            f.choose(
                format!("{which} у нас {ours}, у страховщика {theirs}"),
                format!("{which} {ours} with us, {theirs} with the insurer"),
            )
        });
        let each = each.collect::<Vec<_>>().join("; ");
        format!("{} {}: {each}", f.choose("Даты", "The dates of"), about.genitive(f))
    })
}

#[cfg(test)]
#[path = "../tests/wording_matched.rs"]
mod tests;

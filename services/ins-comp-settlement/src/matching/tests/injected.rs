//! Policies and a register of them in which something of every kind is put wrong, and the list of it.

use jiff::Span;
use rust_decimal::{Decimal, RoundingStrategy};

use super::breaks::Kind;
use super::policy::Policy;
use super::samples::{date, decimal, line_of, policy};
use super::scenario::Scenario;
use crate::register::{Line, LineStatus, Reason, Unreadable};

/// Both sides, and what is to be found.
#[derive(Clone, Debug)]
pub(super) struct Injected {
    pub(super) scenario: Scenario,
    pub(super) expected: Vec<(Kind, Vec<String>, Vec<u64>)>,
    /// The premiums that are missing at the insurer, and at us.
    pub(super) missing: Decimal,
    pub(super) surplus: Decimal,
    rng: fastrand::Rng,
    /// Where the next line stands.
    place: u64,
}

impl Injected {
    /// So many times a policy is sold, or a few that are alike, and something is done to its line.
    pub(super) fn new(seed: u64, policies: u64) -> Self {
        let mut injected = Self {
            scenario: Scenario { page: 100, ..Scenario::new(Vec::new(), Vec::new()) },
            expected: Vec::new(),
            missing: Decimal::ZERO,
            surplus: Decimal::ZERO,
            rng: fastrand::Rng::with_seed(seed),
            place: 1,
        };
        injected.scenario.rules.compare.premium.amount = decimal("0.05");
        for at in 0..policies {
            injected.inject(at);
        }
        injected
    }

    fn inject(&mut self, at: u64) {
        let mut sold = self.sold(at);
        let mut line = self.said(&sold);
        let kinds = match self.rng.u32(0..100) {
            0 => return self.alone(sold, None),
            1 => return self.alone(sold, Some(line)),
            2 => return self.parts(sold),
            3 => return self.together(at, sold),
            4 => return self.doubtful(at, sold),
            5 => return self.not_due(sold),
            6 => return self.unreadable(),
            7 => return self.again(sold, line),
            8 => self.premium(&mut sold, &mut line),
            9 => self.commission(&mut line),
            10 => self.status(&mut sold, &mut line),
            11 => self.dates(&mut line),
            12 => self.refund(&mut sold, &mut line),
            13 => {
                let kinds = [self.premium(&mut sold, &mut line), self.dates(&mut line)];
                kinds.concat()
            }
            14 => self.cancelled_late(&mut sold),
            15..40 => {
                self.rewrite(&mut line);
                Vec::new()
            }
            40..43 => {
                line.policy_number = format!("BSO {}", line.number);
                Vec::new()
            }
            43 => {
                line.premium += Decimal::new(self.rng.i64(-5..=5), 2);
                Vec::new()
            }
            _ => Vec::new(),
        };
        for kind in kinds {
            self.expected.push((kind, vec![sold.number.clone()], Vec::new()));
        }
        self.scenario.policies.push(sold);
        self.scenario.lines.push(line);
    }

    /// No two premiums are so near that one policy could be taken for another.
    fn sold(&mut self, at: u64) -> Policy {
        let kopecks = i64::try_from(at).unwrap() * 1_000 + 100_000 + self.rng.i64(0..100);
        let mut sold = policy(&format!("PL-{:010}", at * 10 + 10), &Decimal::new(kopecks, 2).to_string());
        sold.issued_on = date("2026-11-01").saturating_add(Span::new().days(self.rng.i64(0..25)));
        sold.starts_on = sold.issued_on.saturating_add(Span::new().days(self.rng.i64(1..20)));
        sold.ends_on = sold.starts_on.saturating_add(Span::new().days(364));
        sold
    }

    fn said(&mut self, sold: &Policy) -> Line {
        let commission =
            (sold.premium * decimal("0.15")).round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven);
        self.place += 1;
        Line { commission: Some(commission), ..line_of(self.place, sold) }
    }

    fn alone(&mut self, sold: Policy, line: Option<Line>) {
        if let Some(mut line) = line {
            line.policy_number = if self.rng.bool() { String::new() } else { format!("QR-{}", line.number) };
            line.premium += decimal("1000000");
            self.surplus += line.premium;
            self.expected.push((Kind::MissingAtUs, Vec::new(), vec![line.number]));
            return self.scenario.lines.push(line);
        }
        self.missing += sold.premium;
        self.expected.push((Kind::MissingAtInsurer, vec![sold.number.clone()], Vec::new()));
        self.scenario.policies.push(sold);
    }

    /// Instalments, of which one may be wrong.
    fn parts(&mut self, sold: Policy) {
        let count = self.rng.i64(2..=4);
        let wrong = self.rng.u8(0..3) == 0;
        let mut rest = sold.premium;
        for at in 0..count {
            let mut line = self.said(&sold);
            let share = (sold.premium / Decimal::from(count)).trunc() + Decimal::from(at);
            line.premium = if at + 1 == count { rest } else { share };
            rest -= share;
            line.commission = None;
            if wrong && at == 0 {
                line.premium -= decimal("7.77");
                self.expected.push((Kind::PremiumDiffers, vec![sold.number.clone()], Vec::new()));
            }
            self.rewrite(&mut line);
            self.scenario.lines.push(line);
        }
        self.scenario.policies.push(sold);
    }

    /// Several policies in one line.
    fn together(&mut self, at: u64, sold: Policy) {
        let mut line = self.said(&sold);
        line.commission = None;
        let separator = [",", "; ", " / "][self.rng.usize(0..3)];
        for more in 1..=self.rng.u64(1..=2) {
            let number = format!("PL-{:010}", at * 10 + 10 + more);
            line.policy_number = format!("{}{separator}{number}", line.policy_number);
            line.premium += sold.premium;
            self.scenario.policies.push(Policy { number, ..sold.clone() });
        }
        self.scenario.policies.push(sold);
        self.scenario.lines.push(line);
    }

    /// Two policies that nothing but their numbers tells apart, and lines without these.
    fn doubtful(&mut self, at: u64, sold: Policy) {
        let other = Policy { number: format!("PL-{:010}", at * 10 + 11), ..sold.clone() };
        for _ in 0..self.rng.u8(1..=3) {
            let mut line = self.said(&sold);
            line.policy_number = if self.rng.bool() { String::new() } else { format!("BSO {}", line.number) };
            self.scenario.lines.push(line);
        }
        self.expected.push((Kind::Ambiguous, vec![sold.number.clone(), other.number.clone()], Vec::new()));
        self.scenario.policies.extend([sold, other]);
    }

    fn not_due(&mut self, mut sold: Policy) {
        sold.issued_on = date("2026-11-26").saturating_add(Span::new().days(self.rng.i64(0..5)));
        self.expected.push((Kind::NotDueYet, vec![sold.number.clone()], Vec::new()));
        self.scenario.policies.push(sold);
    }

    fn unreadable(&mut self) {
        self.place += 1;
        let wrong = vec![("premium".to_owned(), Reason::NoNumber("x".to_owned()))];
        let text = format!("PL;{}", self.rng.u8(0..10));
        self.expected.push((Kind::Unreadable, Vec::new(), vec![self.place]));
        self.scenario.unreadable.push(Unreadable { number: self.place, sheet: None, wrong, text });
    }

    fn again(&mut self, sold: Policy, line: Line) {
        self.expected.push((Kind::Duplicate, vec![sold.number.clone()], Vec::new()));
        for _ in 0..self.rng.u8(1..=2) {
            self.place += 1;
            let mut again = Line { number: self.place, ..line.clone() };
            self.rewrite(&mut again);
            self.scenario.lines.push(again);
        }
        self.scenario.policies.push(sold);
        self.scenario.lines.push(line);
    }

    fn premium(&mut self, sold: &mut Policy, line: &mut Line) -> Vec<Kind> {
        line.premium += Decimal::new(self.rng.i64(6..90_000), 2);
        // The commission stays that of the tariff's premium; where the tariff is unknown, that of ours.
        if self.rng.bool() {
            sold.expected_premium = None;
        }
        vec![Kind::PremiumDiffers]
    }

    fn commission(&mut self, line: &mut Line) -> Vec<Kind> {
        line.commission = line.commission.map(|amount| amount + Decimal::new(self.rng.i64(1..100), 2));
        vec![Kind::CommissionDiffers]
    }

    fn status(&mut self, sold: &mut Policy, line: &mut Line) -> Vec<Kind> {
        if self.rng.bool() {
            line.status = LineStatus::Cancelled;
            line.refund = Some(line.premium);
        } else {
            // Given up before it began, or in time for the register.
            sold.cancelled_from = Some(sold.starts_on);
            sold.refund = sold.premium;
        }
        vec![Kind::StatusDiffers]
    }

    fn dates(&mut self, line: &mut Line) -> Vec<Kind> {
        let day = [&mut line.issued_on, &mut line.starts_on, &mut line.ends_on].into_iter().nth(self.rng.usize(0..3));
        let days = Span::new().days(self.rng.i64(1..40));
        if let Some(day) = day {
            *day = day.map(|day| day.saturating_add(days));
        }
        vec![Kind::DatesDiffer]
    }

    fn refund(&mut self, sold: &mut Policy, line: &mut Line) -> Vec<Kind> {
        let from = sold.starts_on.saturating_add(Span::new().days(20));
        (sold.cancelled_from, sold.refund) = (Some(from), decimal("500"));
        (line.cancelled_from, line.status) = (Some(from), LineStatus::Cancelled);
        line.refund = Some(sold.refund - Decimal::new(self.rng.i64(1..1_000), 2));
        vec![Kind::RefundDiffers]
    }

    fn cancelled_late(&mut self, sold: &mut Policy) -> Vec<Kind> {
        let after = sold.starts_on.max(date("2026-11-26"));
        sold.cancelled_from = Some(after.saturating_add(Span::new().days(self.rng.i64(1..5))));
        sold.refund = decimal("400");
        vec![Kind::NotDueYet]
    }

    /// Another writing of the number.
    fn rewrite(&mut self, line: &mut Line) {
        let number = &line.policy_number;
        line.policy_number = match self.rng.u8(0..6) {
            0 => number.to_lowercase(),
            1 => number.replace('-', " "),
            2 => number.replace('-', "–"),
            3 => format!("№ {number}"),
            4 => number.replace("PL-", "РL"),
            _ => number.replace("PL-", "").trim_start_matches('0').to_owned(),
        };
    }
}

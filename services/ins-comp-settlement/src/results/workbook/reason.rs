//! Why the sides differ: which places of the totals, and which breaks say so.

use rust_decimal::Decimal;

use crate::matching::{Kind, Place, Sums, Tolerated, Totals};

/// A difference and its reason.
pub(super) struct Reason {
    pub(super) name: &'static str,
    /// The column of the difference on the sheet.
    pub(super) amount: char,
    of: fn(&Sums) -> Decimal,
    /// Where the sides differ.
    pub(super) places: &'static [Place],
    /// Which breaks say so.
    pub(super) kinds: &'static [Kind],
    /// What no break says.
    pub(super) tolerated: Decimal,
}

impl Reason {
    /// Everything that adds up by itself.
    pub(super) fn all(totals: &Totals) -> [Self; 8] {
        let Tolerated { premium, commission, refund } = totals.tolerated;
        let matched = |name, (amount, of): (char, fn(&Sums) -> Decimal), kinds, tolerated| Self {
            name,
            amount,
            of,
            places: &[Place::Agreed, Place::Differing],
            kinds,
            tolerated,
        };
        let alone = |name, places, kinds| Self {
            name,
            amount: 'J',
            of: |sums| sums.premium,
            places,
            kinds,
            tolerated: Decimal::ZERO,
        };
        [
            matched("Премии сопоставленных", ('J', |sums| sums.premium), &[Kind::PremiumDiffers], premium),
            matched(
                "Вознаграждение по сопоставленным",
                ('K', |sums| sums.commission),
                &[Kind::CommissionDiffers],
                commission,
            ),
            matched(
                "Возвраты по сопоставленным",
                ('L', |sums| sums.refund),
                &[Kind::RefundDiffers, Kind::StatusDiffers],
                refund,
            ),
            alone("Премии полисов, которых нет у страховщика", &[Place::MissingAtInsurer], &[Kind::MissingAtInsurer]),
            alone("Премии строк, которых нет у агента", &[Place::MissingAtUs], &[Kind::MissingAtUs]),
            alone("Премии повторов", &[Place::Duplicate], &[Kind::Duplicate]),
            alone("Премии неоднозначных", &[Place::Ambiguous], &[Kind::Ambiguous]),
            alone("Премии полисов, срок которых не наступил", &[Place::NotDueYet], &[Kind::NotDueYet]),
        ]
    }

    /// By how much the sides differ there.
    pub(super) fn sides(&self, totals: &Totals) -> Decimal {
        self.places
            .iter()
            .map(|place| totals.place(*place))
            .map(|part| (self.of)(&part.ours) - (self.of)(&part.theirs))
            .sum()
    }

    /// What the breaks say.
    pub(super) fn breaks(&self, totals: &Totals) -> Decimal {
        self.kinds.iter().map(|kind| totals.tally(*kind).difference).sum()
    }
}

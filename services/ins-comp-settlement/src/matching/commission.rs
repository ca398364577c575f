//! What the marketplace is to get of a premium.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use super::rules::Rules;

const HUNDREDTH: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What rates are of.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The premium of the tariff that was valid when the policy was issued; what was paid, when that is not known.
    #[default]
    Tariff,
    /// What was paid, whatever the tariff says.
    Paid,
}

/// The rates of one insurer, in hundredths. The rate of a product goes before that of its line of business, and this
/// before the common one. Where there is none, commission is not compared.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// The common rate.
    pub per_cent: Option<Decimal>,
    /// By line of business.
    pub lines: BTreeMap<String, Decimal>,
    /// What they are of.
    pub of: Basis,
    /// The part of a premium that was paid back earns nothing.
    pub returned_with_refund: bool,
}

/// What is due for a policy, and how that was reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Hundredths.
    pub per_cent: Decimal,
    /// Of this.
    pub base: Decimal,
    /// To the kopeck, half to even.
    pub amount: Decimal,
}

/// What is due for this policy; none where no rate is agreed.
pub fn due(policy: &Policy, rules: &Rules) -> Option<Due> {
    let per_cent = rate(&policy.product_id, rules)?;
    let rates = &rules.commission;
    let premium = match rates.of {
        Basis::Tariff => policy.expected_premium.unwrap_or(policy.premium),
        Basis::Paid => policy.premium,
    };
    let base = if rates.returned_with_refund { premium - policy.refund } else { premium };
    Some(Due { per_cent, base, amount: share(base, per_cent) })
}

fn rate(product_id: &str, rules: &Rules) -> Option<Decimal> {
    let product = rules.products.get(product_id);
    let line = || product?.line.as_ref().and_then(|line| rules.commission.lines.get(line)).copied();
    product.and_then(|product| product.commission_per_cent).or_else(line).or(rules.commission.per_cent)
}

/// So many hundredths of an amount, rounded in favour of nobody.
pub(super) fn share(amount: Decimal, per_cent: Decimal) -> Decimal {
    (amount * per_cent * HUNDREDTH).round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{decimal, policy};
    use super::*;
    use crate::matching::rules::ProductRule;

    #[test]
    fn halves_of_a_kopeck_go_to_the_even_one() {
        for (amount, per_cent, expected) in [
            ("3650.00", "15", "547.50"),
            ("100.10", "15", "15.02"),
            ("100.30", "15", "15.04"),
            ("100.31", "15", "15.05"),
            ("-100.10", "15", "-15.02"),
            ("333.33", "33.3333", "111.11"),
        ] {
            assert_eq!(share(decimal(amount), decimal(per_cent)), decimal(expected), "{per_cent} % of {amount}");
        }
    }

    #[test]
    fn the_rate_that_is_closest_to_the_product_counts() {
        let mut rules = Rules::default();
        let sold = policy("PL-18", "1000.00");
        assert_eq!(due(&sold, &rules), None);
        rules.commission.per_cent = Some(decimal("10"));
        assert_eq!(due(&sold, &rules).unwrap().amount, decimal("100"));
        rules.commission.lines.insert("travel".to_owned(), decimal("12"));
        let product = ProductRule { line: Some("travel".to_owned()), ..ProductRule::default() };
        rules.products.insert(sold.product_id.clone(), product);
        assert_eq!(due(&sold, &rules).unwrap().amount, decimal("120"));
        let product = rules.products.get_mut(&sold.product_id).unwrap();
        product.commission_per_cent = Some(decimal("20"));
        assert_eq!(due(&sold, &rules).unwrap().amount, decimal("200"));
    }

    #[test]
    fn the_base_is_what_the_rules_say() {
        let mut rules = Rules::default();
        rules.commission.per_cent = Some(decimal("10"));
        let mut sold = policy("PL-18", "1000.00");
        sold.expected_premium = Some(decimal("900"));
        sold.refund = decimal("300");
        assert_eq!(due(&sold, &rules).unwrap().base, decimal("900"));
        rules.commission.of = Basis::Paid;
        assert_eq!(due(&sold, &rules).unwrap().base, decimal("1000"));
        rules.commission.returned_with_refund = true;
        assert_eq!(due(&sold, &rules).unwrap().base, decimal("700"));
    }
}

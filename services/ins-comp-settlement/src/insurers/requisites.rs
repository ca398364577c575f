//! What stands about an insurer on an act of reconciliation.

use serde::Deserialize;

/// What stands about an insurer on an act. What the file does not say is empty, and left blank on the act.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Requisites {
    /// Its full name; that of the insurer when the file says nothing else.
    pub legal_name: String,
    /// Taxpayer number: ten digits.
    pub inn: String,
    /// The contract by which policies are sold: `Агентский договор № 7 от 12.01.2026`.
    pub contract: String,
    /// Who signs, in the form for a signature: `Климов А. В.`
    pub signatory: String,
    /// As what.
    pub position: String,
}

impl Requisites {
    /// What is wrong with them, and under which key.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.inn.is_empty() || is_inn(&self.inn) {
            return Ok(());
        }
        let what =
            format!("{:?} is not the INN of a company: ten digits, the last of which checks the others", self.inn);
        Err(("requisites.inn", what))
    }
}

/// Whether the last digit is that which follows from the others.
pub(crate) fn is_inn(text: &str) -> bool {
    const WEIGHTS: [u32; 9] = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let digits: Option<Vec<u32>> = text.chars().map(|letter| letter.to_digit(10)).collect();
    digits.is_some_and(|digits| {
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        digits.len() == WEIGHTS.len() + 1 && digits[WEIGHTS.len()] == sum % 11 % 10
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_inn_does_not_get_onto_an_act() {
        for (inn, fits) in [("0000000113", true), ("0000000131", false), ("000000011", false), ("00000001x3", false)] {
            assert_eq!(is_inn(inn), fits, "{inn}");
        }
        assert!(Requisites::default().check().is_ok());
        let wrong = Requisites { inn: "1".to_owned(), ..Requisites::default() };
        assert_eq!(wrong.check().unwrap_err().0, "requisites.inn");
    }
}

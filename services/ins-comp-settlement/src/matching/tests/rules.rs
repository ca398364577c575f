use super::*;
use crate::matching::samples::decimal;

#[test]
fn rules_with_nothing_but_a_version_compare_to_the_kopeck() {
    let rules: Rules = toml::from_str(r#"version = "1""#).unwrap();
    assert_eq!(rules.validate(), Ok(()));
    assert_eq!(rules, Rules { version: "1".to_owned(), ..Rules::default() });
    assert_eq!(rules.compare.premium, Tolerance::default());
    assert!(rules.attributes.is_none());
}

#[test]
fn rules_are_read_as_they_are_written() {
    let rules: Rules = toml::from_str(
        r#"
        version = "2026-11"
        several_lines = "endorsements"

        [numbering]
        prefix = "PL"
        dropped_prefixes = ["VSK"]
        endorsement = { mark = "/", digits = 2 }

        [products.hull-full]
        codes = ["K-1", "K-2"]
        commission_per_cent = "20.5"

        [compare]
        premium = { amount = "0.01", per_cent = "0.1" }
        issued_on_days = 1

        [commission]
        per_cent = "10"
        of = "paid"
        returned_with_refund = true

        [cut_off]
        days_before_end = 5
        exceptions = { "2026-12-31" = "2026-12-28" }
        "#,
    )
    .unwrap();
    assert_eq!(rules.validate(), Ok(()));
    assert_eq!(rules.several_lines, SeveralLines::Endorsements);
    assert_eq!(rules.compare.premium.per_cent, decimal("0.1"));
    assert_eq!(rules.cut_off.exceptions.len(), 1);
    let again: Rules = toml::from_str(&toml::to_string(&rules).unwrap()).unwrap();
    assert_eq!(again, rules);
}

#[test]
fn a_word_that_is_not_known_is_refused() {
    for text in
        ["version = \"1\"\ntolerance = 1", "version = \"1\"\n[compare]\npremiums = 1", "several_lines = \"one\""]
    {
        assert!(toml::from_str::<Rules>(text).is_err(), "{text}");
    }
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    type Change = fn(&mut Rules);
    let cases: [(Change, RulesError); 9] = [
        (|rules| rules.version.clear(), RulesError::NoVersion),
        (|rules| rules.compare.refund.amount = decimal("-1"), RulesError::Tolerance("compare.refund")),
        (|rules| rules.compare.premium.per_cent = decimal("51"), RulesError::Tolerance("compare.premium")),
        (
            |rules| {
                let premium = Tolerance { amount: decimal("-0.01"), ..Tolerance::default() };
                rules.attributes = Some(Attributes { premium, ..Attributes::default() });
            },
            RulesError::Tolerance("attributes.premium"),
        ),
        (|rules| rules.commission.per_cent = Some(decimal("101")), RulesError::Rate("all products".to_owned())),
        (
            |rules| {
                rules.commission.lines.insert("hull".to_owned(), decimal("-1"));
            },
            RulesError::Rate("hull".to_owned()),
        ),
        (|rules| rules.cut_off.day = Some(0), RulesError::CutOff),
        (
            |rules| {
                rules.cut_off.day = Some(25);
                rules.cut_off.days_before_end = Some(1);
            },
            RulesError::CutOff,
        ),
        (|rules| rules.numbering.separators = ",и".to_owned(), RulesError::Sign('и')),
    ];
    for (change, expected) in cases {
        let mut rules = Rules { version: "1".to_owned(), ..Rules::default() };
        change(&mut rules);
        assert_eq!(rules.validate(), Err(expected));
    }
}

#[test]
fn a_product_goes_by_the_insurers_codes_and_by_our_name() {
    let mut rules = Rules::default();
    let product = ProductRule { codes: vec!["K-1".to_owned(), "K-2".to_owned()], ..ProductRule::default() };
    rules.products.insert("hull-full".to_owned(), product);
    for (code, is) in [("K-1", true), (" K-2 ", true), ("hull-full", true), ("K-3", false), ("", false)] {
        assert_eq!(rules.is_code_of(code, "hull-full"), is, "{code:?}");
    }
    assert!(rules.is_code_of("travel-eu", "travel-eu"));
}

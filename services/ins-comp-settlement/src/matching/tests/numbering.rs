use super::*;

fn ours() -> Numbering {
    Numbering {
        prefix: Some("PL".to_owned()),
        dropped_prefixes: vec!["ВСК".to_owned(), "X-".to_owned()],
        ..Numbering::default()
    }
}

#[test]
fn an_insurers_ways_lead_to_our_numbers() {
    let plain = Numbering::default();
    let marked = Numbering { endorsement: Some(EndorsementMark { mark: '/', digits: 2 }), ..ours() };
    for (numbering, text, key) in [
        (&plain, "PL-0000000018", "PL18"),
        (&plain, "0000000018", "18"),
        (&ours(), "0000000018", "PL18"),
        (&ours(), "18", "PL18"),
        (&ours(), "ВСК-PL-0018", "PL18"),
        (&ours(), "X-18", "PL18"),
        (&ours(), "ВСК", "BCK"),
        (&ours(), "", ""),
        (&ours(), "PL-18/1", "PL18/1"),
        (&marked, "PL-0000000018/1", "PL18"),
        (&marked, "PL-0000000018 / 01 ", "PL18"),
        (&marked, "18/2", "PL18"),
        (&marked, "PL-18/123", "PL18/123"),
        (&marked, "PL-18/A", "PL18/A"),
        (&marked, "AB/12", "AB/12"),
    ] {
        assert_eq!(numbering.key_of_line(text), key, "{text:?}");
    }
}

#[test]
fn a_line_may_name_several_policies() {
    let spaced = Numbering { separators: " +".to_owned(), ..ours() };
    for (numbering, text, names) in [
        (&ours(), "PL-18, PL-26; PL-34", &["PL18", "PL26", "PL34"][..]),
        (&ours(), "PL-0000000018/26", &["PL18", "PL26"]),
        (&ours(), "PL-18,PL-18", &[]),
        (&ours(), "PL-18,", &[]),
        (&ours(), "PL-18", &[]),
        (&ours(), "PL-18+PL-26", &[]),
        (&spaced, "PL-18+PL-26 PL-34", &["PL18", "PL26", "PL34"]),
    ] {
        assert_eq!(numbering.names(text), names, "{text:?}");
    }
}

#[test]
fn a_number_with_a_right_check_digit_means_that_policy() {
    let checked = Numbering { check_digit: true, ..ours() };
    for (numbering, text, certain) in [
        (&checked, "PL-0000000018", true),
        (&checked, "18", true),
        (&checked, "PL-0000000019", false),
        (&checked, "BSO-0000000018", false),
        (&checked, "", false),
        (&ours(), "PL-0000000018", false),
        (&Numbering { prefix: None, ..checked.clone() }, "PL-0000000018", false),
    ] {
        assert_eq!(numbering.is_certain(text), certain, "{text:?}");
    }
}

#[test]
fn zeros_tell_numbers_apart_only_where_they_matter() {
    assert_eq!((ours().strict_of_line("PL-018"), ours().strict_of_policy("PL-018")), (None, None));
    let strict = Numbering { zeros_matter: true, ..ours() };
    assert_eq!(strict.strict_of_policy("PL-018"), strict.strict_of_line("pl 018"));
    assert_ne!(strict.strict_of_policy("PL-018"), strict.strict_of_line("PL-18"));
    assert_eq!(strict.strict_of_policy("PL-018"), strict.strict_of_line("018"));
}

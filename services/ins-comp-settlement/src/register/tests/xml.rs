use super::*;

const CONFIG: &str = r#"
optional = ["commission"]
[columns]
policy_number = "@number"
premium = "premium.amount"
commission = "premium.@commission"
issued_on = "issued"
status = "state"
[status]
active = ["", "ACTIVE"]
cancelled = ["CANCELLED"]
[totals]
premium = "$.register.sum"
lines = "$.register.@count"
[expect]
insurer = { path = "$.register.insurer.@inn", pattern = "^7700000001$" }
[format.xml]
items = "$.register.policies.policy"
"#;

const POLICY: &str = "<p:policy number='П-1'><premium commission='5,5'><amount>1&#32;234,50</amount><note>x</note></premium>\
                      <issued> 2026-05-02 </issued><state><![CDATA[CANCELLED]]></state></p:policy>";

fn register(policies: &str) -> String {
    format!(
        "<?xml version='1.0'?>\n<register xmlns:p='urn:p' count='2'><insurer inn='7700000001'/>\n<policies>{policies}\
         </policies><sum>1244,50</sum><policy number='no'/></register>"
    )
}

#[test]
fn xml_is_read_element_by_element() {
    let reader = reader(CONFIG);
    let second =
        "<policy number='П&amp;2'><premium><amount>10</amount></premium><issued>03.05.2026</issued><state/></policy>";
    let text = register(&format!("{POLICY}\n{second}"));
    let expected = ["1 П-1 1234.50 5.5 2026-05-02 cancelled", "2 П&2 10 2026-05-03"];
    let (lines, summary) = read(&reader, text.as_bytes()).unwrap();
    assert_eq!(lines.iter().map(show).collect::<Vec<_>>(), expected);
    assert_eq!(summary.totals_found.unwrap().differences, Vec::new());
    let declared = text.replace("version='1.0'", "version='1.0' encoding='koi8-r'");
    let (lines, summary) = read(&reader, &encoding_rs::KOI8_R.encode(&declared).0).unwrap();
    assert_eq!(lines.iter().map(show).collect::<Vec<_>>(), expected);
    assert_eq!(summary.encoding, Some("KOI8-R"));
    assert_eq!(shown(&reader, &cp1251(&text)), expected);
}

#[test]
fn an_element_that_cannot_be_read_is_said_with_what_is_wrong() {
    let cases = [
        (POLICY.replace("number='П-1'", ""), "@number: is empty"),
        (POLICY.replace("234,50", "234.50"), "premium.amount: \"1 234.50\" is not an amount"),
        (POLICY.replace("<issued>", "<issued>2026-05-01</issued><issued>"), "issued: is there twice"),
        (POLICY.replace(" 2026-05-02 ", "<day>2</day>"), "issued: is a list or a table"),
        (POLICY.replace("CANCELLED", "GONE"), "state: \"GONE\" is not among"),
    ];
    let reader = reader(CONFIG);
    for (item, expected) in cases {
        let found = shown(&reader, register(&format!("{POLICY}{item}{POLICY}")).as_bytes());
        assert_eq!(found.len(), 3, "{item}: {found:?}");
        assert!(found[1].starts_with(&format!("2 !! {expected}")), "{item}: {}", found[1]);
        assert!(found[2].starts_with("3 П-1"), "{item}: {}", found[2]);
    }
}

#[test]
fn what_could_reach_outside_or_blow_up_is_refused() {
    let good = register(POLICY);
    let bomb = "<!DOCTYPE register [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>\n<register";
    let outside = "<!DOCTYPE register [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><register";
    let cases = [
        (good.replace("<register", bomb), "line 2: a document type declaration, which is refused"),
        (good.replace("<register", outside), "a document type declaration, which is refused"),
        (good.replace("CANCELLED", "]]>&x;<![CDATA["), "the entity &x;, which is refused"),
        (good.replace("<insurer", &format!("{}<insurer", "<a>".repeat(100_000))), "elements more than 64 deep"),
        (good.replace("CANCELLED", &"x".repeat(3 << 20)), "one line is larger than the 1048576 allowed"),
        (good.replace("<insurer", &format!("<!--{}--><insurer", "x".repeat(3 << 20))), "bounds.line_bytes"),
    ];
    let reader = reader(CONFIG);
    for (text, expected) in cases {
        let error = error(&reader, text.as_bytes());
        assert!(error.contains(expected), "{expected}: {error:.300}");
    }
    let many: String = (0..50_000).fold(String::new(), |all, at| format!("{all} a{at}=''").split_off(0));
    assert!(
        shown(&reader, register(&POLICY.replace(" number", &format!("{many} number"))).as_bytes())[0]
            .starts_with("1 П-1")
    );
}

#[test]
fn a_document_that_is_not_this_register_is_refused() {
    let good = register(&format!("{POLICY}\n"));
    let cases = [
        (good.replace("7700000001", "7700000002"), "line 2, column $.register.insurer.@inn"),
        (good.replace("<insurer inn='7700000001'/>", ""), "does not say whose it is"),
        (good.replace("policies", "contracts"), "there is no $.register.policies.policy"),
        (good.replace("issued", "date"), "no line has issued"),
        (good.replace("</issued>", "</issue>"), "this is not XML"),
        (good[..good.len() - "</register>".len()].to_owned(), "inside of an element"),
        ("plain text".to_owned(), "there is no"),
    ];
    let reader = reader(CONFIG);
    for (text, expected) in cases {
        let error = error(&reader, text.as_bytes());
        assert!(error.starts_with("register.bin") && error.contains(expected), "{expected}: {error}");
    }
    assert_eq!(shown(&reader, register("").as_bytes()), Vec::<String>::new());
}

use super::super::config::EncodingChoice;
use super::super::source::Source;
use super::*;

/// Records with their lines, fields between bars, unclosed ones with a bang.
fn records(text: &str, most: usize, width: Option<usize>) -> Vec<String> {
    let decoded = Decoded::new(Source::new(text.as_bytes(), 1 << 30), EncodingChoice::Utf8, most);
    let mut records = Records::new(decoded, most);
    let mut found = Vec::new();
    loop {
        match records.next(width) {
            Ok(None) => return found,
            Ok(Some(record)) => {
                let fields: Vec<&str> = (0..record.width()).filter_map(|at| record.field(at)).collect();
                let unclosed = record.unclosed().map_or_else(String::new, |at| format!(" !{at}"));
                found.push(format!("{} {}{unclosed}", record.line, fields.join("|")));
            }
            Err(error) => {
                found.push(error.to_string());
                return found;
            }
        }
    }
}

#[test]
fn records_are_split_as_people_write_them() {
    let cases: [(&str, &[&str]); 10] = [
        ("a;b\nc;d\n", &["1 a|b", "2 c|d"]),
        ("a;b\r\n\r\n\r\nc;d", &["1 a|b", "2 ", "3 ", "4 c|d"]),
        ("\"a;b\";\"c \"\"d\"\"\"\n;\n", &["1 a;b|c \"d\"", "2 |"]),
        ("\"two\nlines\";x\r\ny;z\r\n", &["1 two\nlines|x", "3 y|z"]),
        ("\"Ромашка\" ООО;1\n2;3\n", &["1 \"Ромашка\" ООО|1", "2 2|3"]),
        ("ООО \"Ромашка\";1\n", &["1 ООО \"Ромашка\"|1"]),
        ("\"\";x", &["1 |x"]),
        ("\"a\"", &["1 a"]),
        ("a;", &["1 a|"]),
        ("a\nb\"\nc", &["1 a", "2 b\"", "3 c"]),
    ];
    for (text, expected) in cases {
        assert_eq!(records(text, 1 << 20, None), expected, "{text:?}");
    }
}

#[test]
fn a_mark_that_is_never_closed_costs_its_own_line_only() {
    assert_eq!(records("1;\"a;x\n2;b;y\n", 1 << 20, Some(3)), ["1 1|\"a|x !1", "2 2|b|y"]);
    let closed_elsewhere = "1;\"a;x\n2;b\";y\n3;c;z\n";
    assert_eq!(records(closed_elsewhere, 1 << 20, Some(3)), ["1 1|\"a|x !1", "2 2|b\"|y", "3 3|c|z"]);
    let opened_twice = "1;\"a;x\n2;\"b;y\n3;c;z\n";
    assert_eq!(records(opened_twice, 1 << 20, Some(3)), ["1 1|\"a|x !1", "2 2|\"b|y !1", "3 3|c|z"]);
    let mut long = "1;\"a;x\n".to_owned();
    (2..20_000).for_each(|line| long.push_str(&format!("{line};b;y\n")));
    let found = records(&long, 4096, Some(3));
    assert_eq!((found.len(), found[0].as_str(), found[1].as_str()), (19_999, "1 1|\"a|x !1", "2 2|b|y"));
}

#[test]
fn a_record_is_bounded() {
    let found = records(&format!("a\n{}\nb\n", "x".repeat(300_000)), 1000, None);
    assert_eq!(found.len(), 2);
    assert!(found[1].contains("line 2") && found[1].contains("bounds.line_bytes"), "{}", found[1]);
}

#[test]
fn blocks_make_no_difference() {
    let mut text = String::new();
    (0..40_000).for_each(|line| text.push_str(&format!("{line};\"ключ\n{line}\";\"\"\"№\"\r\n")));
    let found = records(&text, 1 << 20, Some(9));
    assert_eq!(found.len(), 40_000);
    assert_eq!(found[39_999], "79999 39999|ключ\n39999|\"№");
}

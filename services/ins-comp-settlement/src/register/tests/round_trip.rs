use std::fmt::Write as _;

use jiff::ToSpan;
use rust_decimal::Decimal;

use super::*;

const CONFIG: &str = r#"
[columns]
policy_number = "Номер полиса"
product = "Продукт"
premium = "Премия"
commission = "КВ"
issued_on = "Выдан"
starts_on = "Начало"
ends_on = "Окончание"
status = "Статус"
cancelled_from = "Расторгнут с"
refund = "Возврат"
[status]
active = ["Действует"]
cancelled = ["Расторгнут"]
[totals]
word = "Итого"
"#;

const HEADER: [&str; 10] =
    ["Номер полиса", "Продукт", "Премия", "КВ", "Выдан", "Начало", "Окончание", "Статус", "Расторгнут с", "Возврат"];

fn line(random: &mut fastrand::Rng) -> Line {
    let letters: Vec<char> = "АБВЯабвёя№«»—0123456789 -/;,\"'".chars().collect();
    let mut text = |least: usize| {
        let length = random.usize(least..12);
        let text: String = (0..length).map(|_| letters[random.usize(..letters.len())]).collect();
        format!("x{text}x")
    };
    let (policy_number, product) = (text(1), text(0));
    let amount = |random: &mut fastrand::Rng| Decimal::new(random.i64(0..100_000_000), 2);
    let day = |random: &mut fastrand::Rng| Date::constant(2025, 1, 1).saturating_add(random.i32(0..700).days());
    let starts = day(random);
    let cancelled = random.bool();
    Line {
        number: 0,
        policy_number,
        product: random.bool().then_some(product),
        premium: amount(random),
        commission: random.bool().then(|| amount(random)),
        issued_on: random.bool().then(|| day(random)),
        starts_on: Some(starts),
        ends_on: Some(starts.saturating_add(364.days())),
        status: if cancelled { LineStatus::Cancelled } else { LineStatus::Active },
        cancelled_from: cancelled.then(|| day(random)),
        refund: cancelled.then(|| amount(random)),
    }
}

/// As an accountant's program writes it: thousands apart, quotation marks where they must be and sometimes elsewhere.
fn write(random: &mut fastrand::Rng, line: &Line, delimiter: char) -> String {
    let amount = |amount: Decimal| {
        let text = amount.to_string().replace('.', ",");
        match text.len() {
            7.. => format!("{}\u{a0}{}", &text[..text.len() - 6], &text[text.len() - 6..]),
            _ => text,
        }
    };
    let day = |date: Option<Date>| date.map(|date| date.strftime("%d.%m.%Y").to_string()).unwrap_or_default();
    let status = if line.status == LineStatus::Cancelled { "Расторгнут" } else { "действует" };
    let fields = [
        line.policy_number.clone(),
        line.product.clone().unwrap_or_default(),
        amount(line.premium),
        line.commission.map(amount).unwrap_or_default(),
        day(line.issued_on),
        day(line.starts_on),
        day(line.ends_on),
        status.to_owned(),
        day(line.cancelled_from),
        line.refund.map(amount).unwrap_or_default(),
    ];
    let quote = |field: String| {
        if field.contains([delimiter, '"', '\n']) || random.u8(..10) == 0 {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field
        }
    };
    fields.map(quote).join(&delimiter.to_string())
}

#[test]
fn lines_written_in_windows_1251_are_the_same_lines_when_they_are_read() {
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let delimiter = *random.choice(&[';', ',', '\t']).unwrap();
        let end = *random.choice(&["\n", "\r\n"]).unwrap();
        let mut text = format!("Реестр договоров{end}{end}{}{end}", HEADER.join(&delimiter.to_string()));
        let mut number = 4;
        let mut expected = Vec::new();
        for _ in 0..random.u32(1..3000) {
            if random.u8(..20) == 0 {
                text.push_str(end);
                number += 1;
            }
            let line = Line { number, ..line(&mut random) };
            write!(text, "{}{end}", write(&mut random, &line, delimiter)).unwrap();
            number += 1;
            expected.push(line);
        }
        let premium: Decimal = expected.iter().map(|line| line.premium).sum();
        let blanks = delimiter.to_string().repeat(7);
        let total = premium.to_string().replace('.', ",");
        write!(text, "Итого{delimiter}{delimiter}\"{total}\"{blanks}{end}").unwrap();
        let reader = reader(&format!("{CONFIG}\n[format.csv]"));
        let (lines, summary) = read(&reader, &cp1251(&text)).unwrap();
        let lines: Vec<Line> = lines.into_iter().map(|line| line.unwrap()).collect();
        assert!(lines == expected, "seed {seed}: {:?}", lines.iter().zip(&expected).find(|(a, b)| a != b));
        assert_eq!(summary.totals_found.unwrap().differences, Vec::new(), "seed {seed}");
        assert_eq!((summary.encoding, summary.sums.premium), (Some("windows-1251"), premium), "seed {seed}");
    }
}

//! Registers in the form of each insurer that comes with the service, from bytes to pages.

use std::path::Path;

use futures_util::stream;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use tokio::sync::mpsc::channel;

use super::error::IntakeError;
use super::read::{period, read};
use super::reading::Seen;
use super::spool::{Spool, Spooled};
use crate::insurers::Insurers;
use crate::register::{LineStatus, Period, Summary};

const HEADER: [&str; 11] = [
    "№ п/п",
    "Номер полиса",
    "Код продукта",
    "Дата выдачи",
    "Начало действия",
    "Окончание действия",
    "Страховая премия",
    "Комиссия",
    "Статус",
    "Дата расторжения",
    "Возврат",
];

fn november() -> Period {
    Period { from: Date::constant(2026, 11, 1), to: Date::constant(2026, 11, 30) }
}

fn insurers() -> Insurers {
    Insurers::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("insurers"))
}

fn csv(name: &str) -> String {
    let rows = [
        "1;PL-0000000018;p-1;12.11.2026;25.11.2026;24.11.2027;3 650,00;365,00;Действует;;",
        "2;№ pl 26;p-1;12.11.2026;25.11.2026;24.11.2027;1 234 567,50;123 456,75;Расторгнут;25.11.2026;1 000,00",
        "3;PL-0000000034;p-1;12.11.2026;25.11.2026;24.11.2027;н/д;10,00;Действует;;",
        "Итого;;;;;;1 238 217,50;123 821,75;;;1 000,00",
    ];
    let title = format!("Реестр договоров страхования;{name}\r\nза период с 01.11.2026 по 30.11.2026");
    format!("{title}\r\n{}\r\n{}\r\n", HEADER.join(";"), rows.join("\r\n"))
}

fn json() -> String {
    let rest = "\"product\": \"p-1\", \"issued\": \"2026-11-12\", \"start\": \"2026-11-25\", \"end\": \"2027-11-24\"";
    let item = |number, premium, commission, status, from, refund| {
        format!(
            "{{\"number\": \"{number}\", {rest}, \"premium\": \"{premium}\", \"commission\": \"{commission}\", \
             \"status\": \"{status}\", \"cancelled_from\": {from}, \"refund\": {refund}}}"
        )
    };
    let items = [
        item("PL-0000000018", "3650.00", "365.00", "active", "null", "null"),
        item("№ pl 26", "1234567.50", "123456.75", "cancelled", "\"2026-11-25\"", "\"1000.00\""),
        item("PL-0000000034", "н/д", "10.00", "active", "null", "null"),
    ];
    format!(
        "{{\"insurer\": \"neva-strakhovanie\", \"period\": {{\"from\": \"2026-11-01\", \"to\": \"2026-11-30\"}}, \
         \"totals\": {{\"premium\": \"1238217.50\", \"commission\": \"123821.75\", \"refund\": \"1000.00\", \"lines\": 3}}, \
         \"policies\": [{}]}}",
        items.join(", ")
    )
}

fn xml() -> String {
    let item = |number, premium, commission, status, from, refund| {
        format!(
            "<policy number=\"{number}\" product=\"p-1\" issued=\"2026-11-12\" start=\"2026-11-25\" end=\"2027-11-24\" \
             status=\"{status}\"><premium>{premium}</premium><commission>{commission}</commission>{from}{refund}</policy>"
        )
    };
    let none = ("<cancelled_from/>", "<refund/>");
    let items = [
        item("PL-0000000018", "3650.00", "365.00", "active", none.0, none.1),
        item(
            "№ pl 26",
            "1234567.50",
            "123456.75",
            "cancelled",
            "<cancelled_from>2026-11-25</cancelled_from>",
            "<refund>1000.00</refund>",
        ),
        item("PL-0000000034", "н/д", "10.00", "active", none.0, none.1),
    ];
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<register insurer=\"volga-garant\" from=\"2026-11-01\" to=\"2026-11-30\">\n{}\n\
         <totals premium=\"1238217.50\" commission=\"123821.75\" refund=\"1000.00\" lines=\"3\"/>\n</register>\n",
        items.join("\n")
    )
}

fn xlsx() -> Vec<u8> {
    let (mut book, day) = (Workbook::new(), Format::new().set_num_format("dd.mm.yyyy"));
    let sheet = book.add_worksheet().set_name("Реестр").unwrap();
    sheet.write(0, 0, "Реестр договоров ООО «Балтика Полис»").unwrap();
    sheet.write(1, 0, "за период с 01.11.2026 по 30.11.2026").unwrap();
    for (column, name) in (0..).zip(HEADER) {
        sheet.write(3, column, name).unwrap();
    }
    let numbers = ["PL-0000000018", "№ pl 26", "PL-0000000034"];
    for (row, number) in (4..).zip(numbers) {
        sheet.write(row, 0, row - 3).unwrap();
        sheet.write(row, 1, number).unwrap();
        sheet.write(row, 2, "p-1").unwrap();
        for (column, (year, month, date)) in (3..).zip([(2026, 11, 12), (2026, 11, 25), (2027, 11, 24)]) {
            let date = ExcelDateTime::from_ymd(year, month, date).unwrap();
            sheet.write_with_format(row, column, &date, &day).unwrap();
        }
        sheet.write(row, 8, if row == 5 { "Расторгнут" } else { "Действует" }).unwrap();
    }
    for (row, column, amount) in
        [(4, 6, 3650.0), (4, 7, 365.0), (5, 6, 1_234_567.5), (5, 7, 123_456.75), (5, 10, 1000.0), (6, 7, 10.0)]
    {
        sheet.write(row, column, amount).unwrap();
    }
    sheet.write_with_format(5, 9, ExcelDateTime::from_ymd(2026, 11, 25).unwrap(), &day).unwrap();
    sheet.write(6, 6, "н/д").unwrap();
    sheet.write(7, 0, "Итого").unwrap();
    for (column, sum) in [(6, 1_238_217.5), (7, 123_821.75), (10, 1000.0)] {
        sheet.write(7, column, sum).unwrap();
    }
    book.save_to_buffer().unwrap()
}

async fn spooled(bytes: &[u8]) -> Spooled {
    let directory = tempfile::tempdir().unwrap();
    let piece = stream::iter([Ok::<_, std::io::Error>(bytes)]);
    Spool::new(directory.path(), 1 << 20).take("r", piece).await.unwrap()
}

/// Lines as a person compares them, and what is known of the whole.
async fn lines(id: &str, bytes: &[u8], asked: Period) -> Result<(Vec<String>, Summary), IntakeError> {
    let insurer = insurers().get(id).await.unwrap();
    let (to, mut pages) = channel(10);
    let file = spooled(bytes).await;
    let summary = read(insurer, "r", asked, &file, to).await?;
    let mut shown = Vec::new();
    while let Some(page) = pages.recv().await {
        for keyed in page.lines {
            let line = keyed.line;
            let days =
                [line.issued_on, line.starts_on, line.ends_on, line.cancelled_from].map(|day| day.unwrap_or(Date::MIN));
            let amounts = [Some(line.premium), line.commission, line.refund].map(Option::unwrap_or_default);
            let amounts = amounts.map(|amount: Decimal| amount.normalize().to_string());
            let cancelled = line.status == LineStatus::Cancelled;
            let days = days.map(|day| day.to_string()).join(" ");
            shown.push(format!("{} {cancelled} {days} {}", keyed.key, amounts.join(" ")));
        }
        shown.extend(page.unreadable.into_iter().map(|line| format!("{:?}", line.wrong[0].0)));
    }
    Ok((shown, summary))
}

#[tokio::test]
async fn every_form_says_the_same() {
    let windows = encoding_rs::WINDOWS_1251.encode(&csv("АО «Урал-Полис»")).0.into_owned();
    let none = Date::MIN;
    for (id, bytes, column) in [
        ("ural-polis", windows, "Страховая премия"),
        ("severny-shchit", csv("АО «Северный щит»").into_bytes(), "Страховая премия"),
        ("baltika-polis", xlsx(), "Страховая премия"),
        ("neva-strakhovanie", json().into_bytes(), "premium"),
        ("volga-garant", xml().into_bytes(), "premium"),
    ] {
        let (lines, summary) = lines(id, &bytes, november()).await.unwrap();
        let expected = [
            format!("PL18 false 2026-11-12 2026-11-25 2027-11-24 {none} 3650 365 0"),
            "PL26 true 2026-11-12 2026-11-25 2027-11-24 2026-11-25 1234567.5 123456.75 1000".to_owned(),
            format!("{column:?}"),
        ];
        assert_eq!(lines, expected, "{id}");
        assert_eq!((summary.lines, summary.unreadable, summary.period), (2, 1, Some(november())), "{id}");
        let seen = serde_json::to_value(Seen::of(&summary)).unwrap();
        assert_eq!(seen["own_totals"]["agree"], true, "{id}: {seen}");
        assert_eq!(
            period(insurers().get(id).await.unwrap(), "r", &spooled(&bytes).await).await.unwrap(),
            Some(november())
        );
    }
}

#[tokio::test]
async fn a_register_of_others_is_refused() {
    let october = Period { from: Date::constant(2026, 10, 1), to: Date::constant(2026, 10, 31) };
    for (id, bytes) in [
        ("amur-garantiya", csv("АО «Амур Гарантия»").into_bytes()),
        ("baltika-polis", xlsx()),
        ("neva-strakhovanie", json().into_bytes()),
        ("volga-garant", xml().into_bytes()),
    ] {
        let error = lines(id, &bytes, october).await.unwrap_err();
        assert_eq!(error.kind(), "other-period", "{id}: {error}");
        assert!(error.to_string().starts_with("r"), "{error}");
    }
    for (id, bytes) in [
        ("kama-strakh", csv("АО «Амур Гарантия»").into_bytes()),
        ("neva-strakhovanie", json().replace("neva-strakhovanie", "kama-strakh").into_bytes()),
        ("volga-garant", xml().replace("volga-garant", "kama-strakh").into_bytes()),
    ] {
        assert_eq!(lines(id, &bytes, november()).await.unwrap_err().kind(), "other-insurer", "{id}");
    }
}

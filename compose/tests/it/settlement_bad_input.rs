//! Registers that cannot be used: each is refused with file, sheet, line and column as far as they are known, nothing of it is kept,
//! and nothing else suffers. A line that cannot be read is a break of its own. Then the good file comes.

use std::io::{Cursor, Write as _};

use bytes::Bytes;
use futures_util::stream;
use rust_decimal::Decimal;
use rust_xlsxwriter::{Formula, Workbook};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::desk::{Days, adds_up, amount, ask, found, reconciled, tell, told, upload};
use super::polis::{Polis, until};
use super::sold::{Book, Sold, offered};
use super::statement::{self, PRODUCT};

const CSV: &str = "proba-polis";
const XLSX: &str = "proba-garant";
const XML: &str = "proba-shchit";
const SMALL: &str = "proba-malaya";
/// Policies that were sold; the first of a month and some more.
const SOLD: usize = 40;

/// Registers must say whose they are and of which days.
const EXPECT: &str = "
[register.expect]
insurer = { pattern = \"Проба Полис\" }
period = { pattern = 'с (?<from>\\S+) по (?<to>\\S+)' }
";

const XML_FILE: &str = r#"name = "Проба Щит"
time_zone = "Europe/Moscow"
[register]
format = { xml = { items = "$.register.policy" } }
currency = "RUB"
decimal = "dot"
[register.columns]
policy_number = "number"
premium = "premium"
[rules]
version = "1"
"#;

/// A period without anything else in it.
fn days() -> Days {
    Days::last_month()
}

fn good(sold: &[Sold]) -> String {
    let (from, to) = (statement::day(days().from), statement::day(days().to));
    format!("АО «Проба Полис»\r\nза период с {from} по {to}\r\n{}", statement::csv(sold))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_refused_and_leaves_nothing_behind() {
    let mut polis = Polis::without_services().await;
    let csv = "{ csv = { encoding = \"utf-8\" } }";
    let insurers = [
        (CSV, statement::insurer("Проба Полис", csv, EXPECT)),
        (XLSX, statement::insurer("Проба Гарант", "{ xlsx = { sheet = \"Полисы\" } }", "")),
        (XML, XML_FILE.to_owned()),
        (SMALL, statement::insurer("Проба Малая", csv, "[register.bounds]\nbytes = 5000\n")),
    ];
    statement::directory(&mut polis, &insurers);
    polis.start_settlement().await;
    let premium = Decimal::from(3650);
    let known = "2026-01-01T00:00:00Z".parse().unwrap();
    super::sold::tell(&polis, [offered(CSV, PRODUCT, &[(known, premium)])]).await;
    let sold: Vec<Sold> = (0..SOLD).map(|nth| Sold::on(days().nth(nth), nth, CSV, PRODUCT, premium)).collect();
    let mut book = Book::default();
    book.sell(&polis, &sold).await;
    until("settlement knows what was sold", || async { book.differences(&polis).await.is_empty() }).await;

    texts_are_refused(&polis, &sold).await;
    workbooks_are_refused(&polis, &sold).await;
    documents_are_refused(&polis).await;
    an_upload_is_cut(&polis, &sold).await;
    assert_eq!(kept(&polis).await, [0; 4], "nothing of all that was refused");
    lines_that_cannot_be_read_are_breaks(&polis, &sold).await;
    the_good_file_works_and_closes_its_period(&polis, &sold).await;
    polis.stop().await;
}

/// Registers, lines that cannot be read, parts of tables, runs.
async fn kept(polis: &Polis) -> [i64; 4] {
    let count = async |sql: &str| polis.settlement_count(sql).await;
    [
        count("select count(*) from registers").await,
        count("select count(*) from register_unreadable").await,
        count("select count(*) from pg_class where relname ~ '^(register_lines|run_policies|run_matches)_[0-9]+$'")
            .await,
        count("select count(*) from runs").await,
    ]
}

/// Refused with all of that said, and nothing kept.
async fn refused(polis: &Polis, insurer: &str, name: &str, bytes: impl Into<Vec<u8>>, said: &[&str]) {
    let before = kept(polis).await;
    let (status, problem) = upload(polis, insurer, days(), name, bytes).await;
    assert_eq!(status, 422, "{name}: {problem}");
    let detail = problem["detail"].as_str().unwrap();
    for said in [name].iter().chain(said) {
        assert!(detail.contains(said), "{name}: {said:?} is not said in: {detail}");
    }
    assert_eq!(kept(polis).await, before, "{name}: something of it is kept");
}

async fn texts_are_refused(polis: &Polis, sold: &[Sold]) {
    let text = good(sold);
    // As it comes from another decade: letters of code page 866.
    let foreign: Vec<u8> = text.chars().map(in_866).collect();
    refused(polis, CSV, "866.csv", foreign, &["line 1", "column at byte", "is not UTF-8"]).await;
    let lacking = text.replace("Страховая премия", "Премия-брутто");
    refused(polis, CSV, "lacks.csv", lacking, &["line 3", "the header row lacks \"Страховая премия\""]).await;
    let shifted: Vec<String> = text
        .split("\r\n")
        .map(|line| if line.starts_with("PL-") { format!(";{}", &line[..line.len() - 1]) } else { line.to_owned() })
        .collect();
    refused(polis, CSV, "shifted.csv", shifted.join("\r\n"), &["line 4", "shifted against the header row"]).await;
    let other = text.replace("Проба Полис", "Другая Компания");
    refused(
        polis,
        CSV,
        "other.csv",
        other,
        &["does not say whose it is above the header row", "Другая Компания", "it is of another insurer"],
    )
    .await;
    let then = statement::day(days().from.yesterday().unwrap());
    let late = text.replacen(&statement::day(days().from), &then, 1);
    refused(polis, CSV, "late.csv", late, &["line 2", "and", "was asked for"]).await;
    refused(polis, CSV, "empty.csv", "", &["the file is empty"]).await;
    refused(polis, CSV, "portal.csv", "<html><body>Вход</body></html>", &["a web page"]).await;
    refused(polis, CSV, "book.csv", workbook(|_| {}), &["set format to xlsx"]).await;
    let many: Vec<Sold> = sold.iter().cycle().take(200).cloned().collect();
    let large = statement::csv(&many);
    refused(polis, SMALL, "large.csv", large, &["larger than the 5000 allowed by bounds.bytes"]).await;

    let (status, problem) = upload(polis, "nobody", days(), "good.csv", good(sold)).await;
    assert!(status == 404 || status == 422, "{status} {problem}");
    assert!(problem["detail"].as_str().unwrap().contains("nobody"), "{problem}");
    let backwards = Days { from: days().to, to: days().from };
    let (status, problem) = upload(polis, CSV, backwards, "good.csv", good(sold)).await;
    assert!((400..500).contains(&status), "{status} {problem}");
}

/// Russian letters of code page 866.
fn in_866(letter: char) -> u8 {
    match u32::from(letter) {
        code @ 0x410..=0x43F => u8::try_from(code - 0x410 + 0x80).unwrap(),
        code @ 0x440..=0x44F => u8::try_from(code - 0x440 + 0xE0).unwrap(),
        code if code < 0x80 => u8::try_from(code).unwrap(),
        _ => b'?',
    }
}

/// A workbook with the header row, and what is put below it.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Полисы").unwrap();
    for (column, name) in (0..).zip(statement::header()) {
        sheet.write(0, column, name).unwrap();
    }
    fill(sheet);
    book.save_to_buffer().unwrap()
}

async fn workbooks_are_refused(polis: &Polis, sold: &[Sold]) {
    // Eight megabytes of nothing in a few kilobytes.
    let mut bomb = ZipWriter::new(Cursor::new(Vec::new()));
    bomb.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
    bomb.write_all(&vec![b' '; 8 << 20]).unwrap();
    let bomb = bomb.finish().unwrap().into_inner();
    refused(polis, XLSX, "bomb.xlsx", bomb, &["times its size", "bounds.unpacked_ratio", "which is refused"]).await;
    let mut renamed = Workbook::new();
    renamed.add_worksheet().set_name("Лист1").unwrap().write(0, 0, "Номер полиса").unwrap();
    let renamed = renamed.save_to_buffer().unwrap();
    refused(polis, XLSX, "renamed.xlsx", renamed, &["there is no sheet", "Полисы", "Лист1"]).await;
    let mut cut = workbook(|sheet| rows(sheet, sold));
    cut.truncate(cut.len() / 2);
    refused(polis, XLSX, "cut.xlsx", cut, &["not a whole archive"]).await;
    refused(polis, XLSX, "text.xlsx", good(sold), &["no workbook"]).await;
}

fn rows(sheet: &mut rust_xlsxwriter::Worksheet, sold: &[Sold]) {
    for (row, policy) in (1..).zip(sold) {
        for (column, text) in (0..).zip(statement::row(policy)) {
            sheet.write(row, column, text).unwrap();
        }
    }
}

async fn documents_are_refused(polis: &Polis) {
    let line = "<policy><number>PL-1</number><premium>10.00</premium></policy>";
    let entities = "<!DOCTYPE register [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    let bomb = format!(
        "<?xml version=\"1.0\"?>\n{entities}\n<register>{line}<policy><number>&b;</number></policy></register>"
    );
    refused(polis, XML, "entities.xml", bomb, &["which is refused"]).await;
    let outside = "<!DOCTYPE register [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
    let outside = format!("{outside}<register><policy><number>&a;</number><premium>1.00</premium></policy></register>");
    refused(polis, XML, "outside.xml", outside, &["which is refused"]).await;
    let unclosed = format!("<register>{line}<policy><number>PL-2</number>");
    refused(polis, XML, "unclosed.xml", unclosed, &["ask the insurer for a whole file"]).await;
    let elsewhere = format!("<registry>{line}</registry>");
    refused(polis, XML, "elsewhere.xml", elsewhere, &["there is no $.register.policy", "mend format.items"]).await;
}

/// Whoever sends a file goes away in the middle of it.
async fn an_upload_is_cut(polis: &Polis, sold: &[Sold]) {
    let before = kept(polis).await;
    let whole = good(sold).into_bytes();
    let half = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
    let cut = stream::iter([Ok(half), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))]);
    let address = polis.settlement(&format!("/registers?insurer={CSV}&{}&name=cut.csv&by=olga", days().query()));
    let answer = polis.http.post(address).body(reqwest::Body::wrap_stream(cut)).send().await;
    assert!(answer.is_err(), "{answer:?}");
    // What it says of the file would be said to nobody: it is known to be over when the next one is answered.
    refused(polis, CSV, "after.csv", "", &["the file is empty"]).await;
    assert_eq!(kept(polis).await, before);
}

/// A formula without a value, amounts below zero and out of all proportion, a number that is there twice: each line has a break, and
/// the others are reconciled all the same.
async fn lines_that_cannot_be_read_are_breaks(polis: &Polis, sold: &[Sold]) {
    let bytes = workbook(|sheet| {
        rows(sheet, &sold[..6]);
        sheet.write(1, 5, Formula::new("=A1+#REF!").set_result("#REF!")).unwrap();
        sheet.write(2, 5, -3650).unwrap();
        sheet.write(3, 5, 3_650_000_000_000_i64).unwrap();
        sheet.write(4, 2, "31.02.2026").unwrap();
    });
    let (status, register) = upload(polis, XLSX, days(), "marks.xlsx", bytes).await;
    assert_eq!((status, &register["lines"], &register["unreadable"]), (201, &json!(2), &json!(4)), "{register}");
    let lines = ask(polis, &format!("/registers/{}/unreadable", register["id"])).await;
    for (line, (number, said)) in lines.as_array().unwrap().iter().zip([
        (2, "Страховая премия: the cell F2 holds the error #REF!"),
        (3, "Страховая премия: -3650"),
        (4, "Страховая премия: 3650000000000 is more than"),
        (5, "Дата выдачи: \"31.02.2026\""),
    ]) {
        let wrong: Vec<String> = line["wrong"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{}: {}", one["column"].as_str().unwrap(), one["explanation_en"].as_str().unwrap()))
            .collect();
        assert_eq!((&line["number"], &line["sheet"]), (&json!(number), &json!("Полисы")), "{line}");
        assert!(wrong.iter().any(|wrong| wrong.contains(said)), "{said}: {wrong:?}");
    }
    let run = reconciled(polis, &register).await;
    adds_up(&run["totals"]);
    let breaks = found(polis, &run).await;
    let unreadable: Vec<&Value> = breaks.iter().filter(|found| found["kind"] == "unreadable").collect();
    assert_eq!(unreadable.len(), 4, "{breaks:?}");
    assert!(unreadable.iter().all(|found| found["explanation_ru"].as_str().is_some_and(|text| !text.is_empty())));
}

async fn the_good_file_works_and_closes_its_period(polis: &Polis, sold: &[Sold]) {
    let mut twice = sold.to_vec();
    twice.push(sold[7].clone());
    let (status, register) = upload(polis, CSV, days(), "twice.csv", good(&twice)).await;
    assert_eq!(status, 201, "{register}");
    let run = reconciled(polis, &register).await;
    let breaks = found(polis, &run).await;
    let kinds: Vec<&Value> = breaks.iter().map(|found| &found["kind"]).collect();
    assert_eq!(kinds, ["duplicate"], "{breaks:?}");
    assert_eq!(breaks[0]["policies"], json!([sold[7].number]));
    let close = json!({ "by": "olga", "why": "agreed" });
    let (status, problem) = tell(polis, &format!("/runs/{}/close", run["id"]), close.clone()).await;
    assert_eq!(status, 409, "somebody has to decide first: {problem}");

    let (status, register) = upload(polis, CSV, days(), "good.csv", good(sold)).await;
    assert_eq!(status, 201, "{register}");
    let run = reconciled(polis, &register).await;
    adds_up(&run["totals"]);
    assert_eq!((&run["breaks"], found(polis, &run).await), (&json!(0), Vec::new()));
    let ours = &run["totals"]["went_in"]["ours"];
    let premiums: Decimal = sold.iter().map(|sold| sold.premium).sum();
    assert_eq!((&ours["count"], amount(&ours["premium"])), (&json!(SOLD), premiums));
    let (status, again) = upload(polis, CSV, days(), "copy.csv", good(sold)).await;
    assert_eq!((status, &again["id"], &again["known"]), (200, &register["id"], &json!(true)), "{again}");
    until("the duplicate is settled", || async {
        polis.settlement_count("select count(*) from breaks where insurer_id = 'proba-polis' and state = 'open'").await
            == 0
    })
    .await;

    let closed = told(polis, &format!("/runs/{}/close", run["id"]), close.clone()).await;
    assert_eq!(closed["closed"]["by"], "olga");
    // One day of it is enough.
    let overlapping = Days { from: days().to, to: days().to.tomorrow().unwrap() };
    let before = kept(polis).await;
    for days in [days(), overlapping] {
        let text = good(sold).replacen(&statement::day(self::days().to), &statement::day(days.to), 1);
        let text = text.replacen(&statement::day(self::days().from), &statement::day(days.from), 1);
        let (status, problem) = upload(polis, CSV, days, "late.csv", text).await;
        assert_eq!(status, 409, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("closed"), "{problem}");
    }
    let order = json!({ "register": register["id"], "by": "olga" });
    let (status, problem) = tell(polis, "/runs", order.clone()).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(kept(polis).await, before);
    told(polis, &format!("/runs/{}/reopen", run["id"]), close).await;
    let (status, problem) = tell(polis, "/runs", order).await;
    assert_eq!(status, 202, "{problem}");
}

//! An insurer that only tests know: its file, and the registers that it writes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::polis::Polis;
use super::sold::Sold;

pub const INSURER: &str = "proba-polis";
pub const PRODUCT: &str = "proba-travel-1";

const HEADER: &str = "Номер полиса;Код продукта;Дата выдачи;Начало действия;Окончание действия;Страховая премия;Комиссия;\
    Статус;Дата расторжения;Возврат";

/// How its registers are read, whatever they are.
const COLUMNS: &str = r#"
currency = "RUB"
[register.columns]
policy_number = "Номер полиса"
product = "Код продукта"
issued_on = "Дата выдачи"
starts_on = "Начало действия"
ends_on = "Окончание действия"
premium = "Страховая премия"
commission = "Комиссия"
status = "Статус"
cancelled_from = "Дата расторжения"
refund = "Возврат"
[register.status]
active = ["Действует"]
cancelled = ["Расторгнут"]
[register.totals]
word = "Итого"
"#;

/// The file of an insurer of that name and format, with that added to what is said of its registers.
pub fn insurer(name: &str, format: &str, more: &str) -> String {
    format!(
        "name = \"{name}\"\ntime_zone = \"Europe/Moscow\"\n\n[register]\nformat = {format}\n{COLUMNS}{more}\n\
         [rules]\nversion = \"1\"\n[rules.commission]\nper_cent = \"10\"\n"
    )
}

/// A directory of insurers for this stack alone.
pub fn directory(polis: &mut Polis, insurers: &[(&str, String)]) -> PathBuf {
    let directory = polis.stack.directory().join("insurers");
    std::fs::create_dir_all(&directory).unwrap();
    for (id, file) in insurers {
        put(&directory, id, file);
    }
    polis.services.settlement_insurers.clone_from(&directory);
    directory
}

pub fn put(directory: &Path, id: &str, file: &str) {
    std::fs::write(directory.join(format!("{id}.toml")), file).unwrap();
}

/// What the insurer says of these policies, with nothing wrong.
pub fn csv<'s>(sold: impl IntoIterator<Item = &'s Sold>) -> String {
    let mut text = format!("{HEADER}\r\n");
    let (mut premiums, mut commissions, mut refunds) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    for policy in sold {
        let row = row(policy);
        premiums += policy.premium;
        commissions += commission(policy.premium);
        refunds += policy.cancelled.map(|(_, refund)| refund).unwrap_or_default();
        writeln!(text, "{}\r", row.join(";")).unwrap();
    }
    let sums = [premiums, commissions, refunds].map(amount);
    writeln!(text, "Итого;;;;;{};{};;;{}\r", sums[0], sums[1], sums[2]).unwrap();
    text
}

/// The cells of a line.
pub fn row(policy: &Sold) -> [String; 10] {
    let (from, refund) = policy.cancelled.map_or(Default::default(), |(from, refund)| (day(from), amount(refund)));
    [
        policy.number.clone(),
        policy.product.clone(),
        day(policy.issued_on()),
        day(policy.starts_on),
        day(policy.ends_on),
        amount(policy.premium),
        amount(commission(policy.premium)),
        if policy.cancelled.is_some() { "Расторгнут" } else { "Действует" }.to_owned(),
        from,
        refund,
    ]
}

pub fn header() -> Vec<&'static str> {
    HEADER.split(';').collect()
}

/// A tenth; premiums of tests are whole roubles.
fn commission(premium: Decimal) -> Decimal {
    premium / Decimal::TEN
}

fn amount(amount: Decimal) -> String {
    format!("{amount:.2}").replace('.', ",")
}

pub fn day(day: Date) -> String {
    format!("{:02}.{:02}.{:04}", day.day(), day.month(), day.year())
}

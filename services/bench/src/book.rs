//! What was sold, and a register of it in which a share of the lines is wrong, so that it is known what a run has to find.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use bytes::Bytes;
use ins_comp_settlement::matching::{Kind, normalise};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use polis_actors::database::Database;
use polis_proto::check_digit;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

pub(crate) const INSURER: &str = "bench";
const PRODUCTS: u64 = 100;
/// One of so many is wrong.
const WRONG: u64 = 200;
/// Lines do not come in the order of the policies: this has no factor in common with any number of them.
const STRIDE: u64 = 7_919;
const CANCELLED: Date = date(2026, 10, 30);

/// The description of the insurer's registers.
pub(crate) const FILE: &str = r#"
name = "Bench"
time_zone = "Europe/Moscow"

[register]
currency = "RUB"
decimal = "comma"
format.csv = { encoding = "utf-8", delimiter = ";" }

[register.columns]
policy_number = "Номер полиса"
product = "Продукт"
premium = "Премия"
commission = "Комиссия"
issued_on = "Выдан"
starts_on = "Начало"
ends_on = "Окончание"
status = "Статус"
cancelled_from = "Расторгнут с"

[register.status]
active = ["Действует"]
cancelled = ["Расторгнут"]

[rules]
version = "1"
numbering = { prefix = "PL", check_digit = true }
commission = { per_cent = "12.5" }
"#;
const HEADER: &str = "Номер полиса;Продукт;Премия;Комиссия;Выдан;Начало;Окончание;Статус;Расторгнут с";

/// A policy, all of which follows from its place.
struct Sold {
    number: String,
    product: u64,
    issued_at: Timestamp,
    issued_on: Date,
    kopecks: u64,
}

impl Sold {
    fn at(place: u64) -> Self {
        let digits = format!("{place:09}");
        let number = format!("PL-{digits}{}", check_digit(&digits).unwrap_or_default());
        let product = place % PRODUCTS;
        let begin = date(2026, 10, 1).to_zoned(TimeZone::get("Europe/Moscow").unwrap_or(TimeZone::UTC));
        let begin = begin.map_or(Timestamp::UNIX_EPOCH, |begin| begin.timestamp());
        let issued_at = begin + Span::new().seconds(i64::try_from(place % (28 * 86_400)).unwrap_or_default());
        let issued_on = date(2026, 10, 1)
            .saturating_add(Span::new().days(i64::try_from(place % (28 * 86_400) / 86_400).unwrap_or(0)));
        Self { number, product, issued_at, issued_on, kopecks: 100_000 + product * 1_600 }
    }

    fn ends_on(&self) -> Date {
        self.issued_on.saturating_add(Span::new().days(364))
    }
}

/// Fills the tables of a settlement with so many policies of one insurer, and the tariffs that they were sold at.
pub(crate) async fn sell(database: &Database, policies: u64) -> anyhow::Result<()> {
    let client = database.get().await?;
    let tariffs =
        "insert into tariffs (insurer_id, product_id, tariff_id, version, name, currency, premium, known_from)
        select $1, 'product-' || n, 'base', 1, 'Base', 'RUB', round((100000 + n * 1600) / 100.0, 2), '2026-01-01'
        from generate_series(0, $2::bigint - 1) n";
    client.execute(tariffs, &[&INSURER, &i64::try_from(PRODUCTS)?]).await?;
    let columns = "policy_number, application_id, revision, insurer_id, product_id, product_revision, tariff_id, \
        tariff_version, line, currency, premium, starts_on, ends_on, issued_at, refund, changed_at, key";
    let types = [
        Type::TEXT,
        Type::UUID,
        Type::INT8,
        Type::TEXT,
        Type::TEXT,
        Type::INT8,
        Type::TEXT,
        Type::INT8,
        Type::TEXT,
        Type::TEXT,
        Type::NUMERIC,
        Type::DATE,
        Type::DATE,
        Type::TIMESTAMPTZ,
        Type::NUMERIC,
        Type::TIMESTAMPTZ,
        Type::TEXT,
    ];
    let sink = client.copy_in::<_, Bytes>(&format!("copy policies ({columns}) from stdin binary")).await?;
    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &types));
    for place in 0..policies {
        let sold = Sold::at(place);
        let (product, key) = (format!("product-{}", sold.product), normalise(&sold.number));
        let premium = rust_decimal::Decimal::new(i64::try_from(sold.kopecks)?, 2);
        let (application, nothing) = (Uuid::from_u128(u128::from(place)), rust_decimal::Decimal::ZERO);
        let row: [&(dyn ToSql + Sync); 17] = [
            &sold.number,
            &application,
            &1i64,
            &INSURER,
            &product,
            &1i64,
            &"base",
            &1i64,
            &"travel",
            &"RUB",
            &premium,
            &sold.issued_on,
            &sold.ends_on(),
            &sold.issued_at,
            &nothing,
            &sold.issued_at,
            &key,
        ];
        writer.as_mut().write(&row).await?;
    }
    writer.finish().await?;
    client.batch_execute("analyze policies; analyze tariffs").await?;
    Ok(())
}

/// Writes a register of as many lines, and answers what is wrong in it: by kind, how often.
pub(crate) fn register(path: &Path, policies: u64) -> anyhow::Result<BTreeMap<Kind, u64>> {
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let mut wrong = BTreeMap::new();
    writeln!(file, "{HEADER}")?;
    for at in 0..policies {
        let place = at * STRIDE % policies;
        let mut sold = Sold::at(place);
        let (mut premium, mut commission) = (sold.kopecks, (sold.kopecks * 125 + 500) / 1_000);
        let (mut starts_on, mut status, mut cancelled) = (sold.issued_on, "Действует", String::new());
        if place.is_multiple_of(WRONG) {
            let kinds: &[Kind] = match place / WRONG % 5 {
                0 => {
                    sold.number = Sold::at(place + policies).number;
                    &[Kind::MissingAtInsurer, Kind::MissingAtUs]
                }
                1 => {
                    premium += 1_050;
                    &[Kind::PremiumDiffers]
                }
                2 => {
                    commission += 99;
                    &[Kind::CommissionDiffers]
                }
                3 => {
                    starts_on = starts_on.saturating_add(Span::new().days(1));
                    &[Kind::DatesDiffer]
                }
                _ => {
                    (status, cancelled) = ("Расторгнут", CANCELLED.strftime("%d.%m.%Y").to_string());
                    &[Kind::StatusDiffers]
                }
            };
            kinds.iter().for_each(|kind| *wrong.entry(*kind).or_default() += 1);
        }
        let day = |day: Date| day.strftime("%d.%m.%Y").to_string();
        let money = |kopecks: u64| format!("{},{:02}", kopecks / 100, kopecks % 100);
        writeln!(
            file,
            "{};product-{};{};{};{};{};{};{status};{cancelled}",
            sold.number,
            sold.product,
            money(premium),
            money(commission),
            day(sold.issued_on),
            day(starts_on),
            day(sold.ends_on())
        )?;
    }
    file.flush()?;
    Ok(wrong)
}

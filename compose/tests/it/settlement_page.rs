//! Somebody reconciles on the page: sends a register, sees the run end, looks at what differs, opens a break's story and decides.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::browser::Browser;
use super::desk::{Days, ask, found};
use super::polis::{Polis, until};
use super::sold::{Book, Sold, offered, tell};
use super::statement::{self, INSURER, PRODUCT};

const SOLD: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_register_is_reconciled_in_the_browser() {
    let mut polis = Polis::without_services().await;
    let file = statement::insurer("Проба Полис", "{ csv = { encoding = \"utf-8\" } }", "");
    statement::directory(&mut polis, &[(INSURER, file)]);
    polis.start_settlement().await;
    let (days, premium) = (Days::last_month(), Decimal::from(3650));
    let known = days.from.yesterday().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp();
    tell(&polis, [offered(INSURER, PRODUCT, &[(known, premium)])]).await;
    let mut sold: Vec<Sold> = (0..SOLD).map(|nth| Sold::on(days.nth(nth), nth, INSURER, PRODUCT, premium)).collect();
    let mut book = Book::default();
    book.sell(&polis, &sold).await;
    until("settlement knows what was sold", || async { book.differences(&polis).await.is_empty() }).await;
    until("the page is there", || async { polis.http.get(polis.settlement("/")).send().await.is_ok() }).await;

    sold.pop();
    sold[..3].iter_mut().for_each(|sold| sold.premium += Decimal::from(90));
    let register = polis.stack.directory().join("register.csv");
    std::fs::write(&register, statement::csv(&sold)).unwrap();
    let mut browser = Browser::told_by("settlement.mjs", &polis.settlement("/"));
    browser.ask("open").await;
    let run = browser.ask(&format!("reconcile {INSURER} {} {} {}", days.from, days.to, register.display())).await;
    let run = ask(&polis, &format!("/runs/{run}")).await;
    assert_eq!((&run["ordered_by"], &run["why"]), (&"ольга".into(), &"за месяц".into()));
    let breaks = found(&polis, &run).await;
    for (kind, expected) in [("premium_differs", "3"), ("missing_at_insurer", "1")] {
        assert_eq!(breaks.iter().filter(|found| found["kind"] == kind).count().to_string(), expected);
        assert_eq!(browser.ask(&format!("kind {kind}")).await, expected);
    }
    browser.ask("kind premium_differs").await;
    let picture = polis.stack.directory().join("settlement.png");
    browser.ask(&format!("picture {}", picture.display())).await;
    assert!(std::fs::metadata(&picture).unwrap().len() > 10_000, "the picture is empty");
    let saved = browser.ask("export pdf").await;
    assert!(saved.ends_with(".pdf %PDF-") && saved.contains(INSURER), "{saved}");

    let id = browser.ask("story").await;
    assert_eq!(browser.ask("decide disputed petr ждём исправленный реестр").await, "found decided");
    let story = ask(&polis, &format!("/breaks/{id}")).await;
    assert_eq!((&story["break"]["state"], &story["break"]["owner"]), (&"disputed".into(), &"petr".into()), "{story}");
    assert_eq!(story["history"][1]["why"], "ждём исправленный реестр");
    assert_eq!(browser.ask(&format!("back {id}")).await, "disputed");
    polis.stop().await;
}

//! Registers that are sent: taken whole, known again, or refused with nothing left behind.

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use ins_comp_settlement::intake::{Register, lines_of};

use super::world::{FILE, HEADER, INSURER, World, arriving, csv, november};

const PARTS: &str = "select count(*) from pg_class where relname like 'register\\_lines\\_%' and relkind = 'r'";

#[tokio::test(flavor = "multi_thread")]
async fn a_register_is_taken_whole_and_known_again() {
    let world = World::new("intake_whole").await;
    let text = csv(3_000, 10);
    let received = world.send(&november(), &text).await.unwrap();
    let id = received.register.id;
    assert!(!received.known);
    assert_eq!((received.register.lines, received.register.unreadable), (2_700, 300));
    assert_eq!(received.register.premium.to_string(), "3333150.00");
    assert_eq!(world.count("select count(*) from register_lines").await, 2_700);
    let client = world.database.get().await.unwrap();
    let lines = lines_of(&client, id, &[3, 2_999, 7]).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [3, 7, 2_999]);

    let again = world.send(&november(), &text).await.unwrap();
    assert!(again.known && again.register == received.register);
    let other_days = world.send(&arriving(INSURER, "2026-11-01", "2026-11-29"), &text).await.unwrap();
    assert!(!other_days.known && other_days.register.id != id);
    // Read in another way it is another register.
    let otherwise = FILE.replace("word = \"Итого\"", "word = \"Всего\"");
    world.describe(INSURER, &otherwise);
    assert!(!world.send(&november(), &text).await.unwrap().known);
    world.describe(INSURER, FILE);

    // Its lines were dropped because they are old, and it is given again.
    world
        .execute(&format!(
            "select drop_part('register_lines', {id}); update registers set lines_dropped_at = now() where id = {id}"
        ))
        .await;
    let restored = world.send(&november(), &text).await.unwrap();
    assert!(restored.known && restored.register.id == id && restored.register.lines_dropped_at.is_none());
    for (table, count) in [("register_lines", 2_700), ("register_unreadable", 300)] {
        assert_eq!(world.count(&format!("select count(*) from {table} where register_id = {id}")).await, count);
    }
    assert_eq!(Register::list(&client, Some(INSURER), None, 2).await.unwrap().len(), 2);
    assert_eq!(std::fs::read_dir(&world.shared().spool).unwrap().count(), 0, "files that nobody needs any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_same_sent_at_once_one_is_kept() {
    let world = World::new("intake_once").await;
    let (text, november) = (csv(4_000, 0), november());
    let all = join_all((0..4).map(|_| world.send(&november, &text))).await;
    assert_eq!(all.iter().filter(|received| received.as_ref().unwrap().known).count(), 3);
    assert_eq!(world.count("select count(*) from registers").await, 1);
    assert_eq!(world.count("select count(*) from register_lines").await, 4_000);
}

const DOCUMENT: &str = r#"
name = "Документ"
time_zone = "UTC"
[register]
format.json = { items = "$.policies[*]" }
decimal = "dot"
currency = "RUB"
[register.columns]
policy_number = "number"
premium = "premium"
[rules]
version = "1"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaves_nothing() {
    let world = World::new("intake_refused").await;
    world.describe("document", DOCUMENT);
    world.describe("mistaken", "name = 1");
    let text = csv(500, 0);
    let unclosed = "{\"number\": \"PL-18\", \"premium\": \"1.00\"},\n".repeat(10_000);
    let november_of = |insurer| arriving(insurer, "2026-11-01", "2026-11-30");
    for (arriving, text, kind) in [
        (november_of("nobody"), text.clone(), "unknown-insurer"),
        (arriving(INSURER, "2026-11-30", "2026-11-01"), text.clone(), "period"),
        (november(), HEADER.to_owned(), "no-lines"),
        (november(), format!("{HEADER}Итого;;0,00;0,00;;;;;\n"), "no-lines"),
        (november(), text.replace("Премия", "Взнос"), "missing-column"),
        (november(), String::new(), "empty"),
        (november(), "<html>".to_owned(), "other-format"),
        (november_of("document"), format!("{{\"policies\": [{unclosed}"), "malformed"),
    ] {
        let error = world.send(&arriving, &text).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    let error = world.send(&november_of("mistaken"), &text).await.unwrap_err();
    assert!(error.to_string().contains("mistaken.toml"), "{error}");
    // Whoever sends it goes away in the middle, or announces three gigabytes.
    let broken = [Ok(Bytes::from(text.clone())), Err(std::io::Error::other("reset"))];
    let error = world.intake.upload(&november(), None, std::pin::pin!(stream::iter(broken))).await.unwrap_err();
    assert_eq!(error.kind(), "broken-off");
    let nothing = stream::empty::<Result<Bytes, std::io::Error>>();
    let error = world.intake.upload(&november(), Some(3 << 30), std::pin::pin!(nothing)).await.unwrap_err();
    assert_eq!(error.kind(), "too-large");
    assert_eq!(world.count("select count(*) from registers").await, 0);
    assert_eq!(world.count(PARTS).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_period_takes_no_register_of_any_of_its_days() {
    let world = World::new("intake_closed").await;
    let october = world.send(&arriving(INSURER, "2026-10-01", "2026-10-31"), &csv(10, 0)).await.unwrap();
    let close = format!(
        "insert into runs (register_id, insurer_id, period_from, period_to, currency, cause, ordered_by)
            values ({}, '{INSURER}', '2026-10-01', '2026-10-31', 'RUB', 'order', 'olga');
        insert into closed_periods (insurer_id, period_from, period_to, run_id, closed_by)
            select insurer_id, period_from, period_to, id, 'olga' from runs",
        october.register.id
    );
    world.execute(&close).await;
    let overlapping = arriving(INSURER, "2026-10-31", "2026-11-30");
    let error = world.send(&overlapping, &csv(10, 0)).await.unwrap_err();
    assert_eq!(error.kind(), "closed", "{error}");
    world.send(&november(), &csv(10, 0)).await.unwrap();
    assert_eq!(world.count(PARTS).await, 2);
}

//! Results of runs out of the database: compared with each other, and exported however many breaks they have.

use std::io::Read;

use ins_comp_settlement::matching::Totals;
use ins_comp_settlement::results::{CompareError, ExportError, Format, compare, export};
use ins_comp_settlement::shared::Shared;
use polis_actors::database::Database;
use serde_json::Value;
use tokio_postgres::types::Json;

use super::world::World;

/// A run of an insurer in a state, of November.
async fn run(database: &Database, insurer: &str, state: &str) -> i64 {
    let client = database.get().await.unwrap();
    let made = "with register as (
            insert into registers (insurer_id, period_from, period_to, sha256, description_sha256, numbering, file_name, source,
                received_by, bytes, currency, lines, unreadable, premium, commission, refund, reading)
            values ($1, '2026-11-01', '2026-11-30', uuid_send(gen_random_uuid()), '', '{}', 'november.csv', 'upload', 'olga', 1, 'RUB',
                1, 0, 0, 0, 0, '{}')
            returning id
        )
        insert into runs (register_id, insurer_id, period_from, period_to, currency, state, cause, ordered_by, totals, finished_at)
        select id, $1, '2026-11-01', '2026-11-30', 'RUB', $2, 'order', 'olga', $3, '2026-12-02' from register returning id";
    client.query_one(made, &[&insurer, &state, &Json(Totals::default())]).await.unwrap().get(0)
}

/// A break of a run: its place, its identity, its line, the insurer's amount, what is said of it beside the line.
async fn found(database: &Database, run: i64, breaks: &[(i64, &str, i64, &str, &str)]) {
    let client = database.get().await.unwrap();
    for (ordinal, id, line, theirs, says) in breaks {
        let kind = id.split(':').next().unwrap();
        let add = "insert into run_breaks (run_id, ordinal, break_id, kind, policies, lines, keys, ours, theirs, explanation_ru,
            explanation_en, content)
            values ($1, $2, $3, $4, array['PL-1'], array[$5::bigint], '{}', 1, $6::text::numeric, $7, $7, sha256($8::text::bytea))";
        let explanation = format!("строка {line}: {says}");
        client.execute(add, &[&run, ordinal, id, &kind, line, theirs, &explanation, says]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_compared_by_the_identity_of_breaks() {
    let world = World::new("results_compared").await;
    let database = &world.database;
    let earlier = run(database, "ural-polis", "done").await;
    let other = run(database, "volga-garant", "done").await;
    let failed = run(database, "ural-polis", "failed").await;
    let later = run(database, "ural-polis", "done").await;
    let was = [
        (1, "premium_differs:same", 2, "2.00", ""),
        (2, "premium_differs:amount", 3, "3", ""),
        (3, "dates_differ:day", 4, "4", "с 1 ноября"),
        (4, "duplicate:gone", 5, "5", ""),
        (5, "duplicate:gone-too", 6, "6", ""),
        (6, "dates_differ:moved", 7, "7", "с 1 ноября"),
        (7, "status_differs:word", 8, "8", "действует"),
    ];
    // A line more at the beginning moves all the others: what says the same with another line number is the same.
    let is = [
        (1, "missing_at_us:new", 1, "1", ""),
        (2, "premium_differs:same", 3, "2", ""),
        (3, "premium_differs:amount", 4, "3.01", ""),
        (4, "dates_differ:day", 5, "4", "с 2 ноября"),
        (5, "dates_differ:moved", 8, "7", "с 1 ноября"),
        (6, "status_differs:word", 8, "8", "расторгнут"),
    ];
    found(database, earlier, &was).await;
    found(database, later, &is).await;
    let client = database.get().await.unwrap();

    let seen = compare(&client, later, None, 10).await.unwrap();
    let ids = |list: &[ins_comp_settlement::runs::RunBreak]| -> Vec<String> {
        list.iter().map(|found| found.break_id.clone()).collect()
    };
    assert_eq!((seen.earlier, seen.later, seen.same, seen.unlisted), (earlier, later, 2, 0));
    assert_eq!(ids(&seen.new), ["missing_at_us:new"]);
    assert_eq!(ids(&seen.gone), ["duplicate:gone", "duplicate:gone-too"]);
    let changed: Vec<_> = seen.changed.iter().map(|one| (one.before.lines[0], one.after.break_id.as_str())).collect();
    assert_eq!(changed, [(3, "premium_differs:amount"), (4, "dates_differ:day"), (8, "status_differs:word")]);
    // Asked from the other side it is the same.
    assert_eq!(compare(&client, earlier, Some(later), 10).await.unwrap(), seen);

    let bounded = compare(&client, later, Some(earlier), 1).await.unwrap();
    assert_eq!((bounded.new.len(), bounded.gone.len(), bounded.changed.len()), (1, 1, 1));
    assert_eq!((bounded.same, bounded.unlisted), (2, 3));

    let why = |with| compare(&client, later, with, 10);
    assert!(matches!(why(Some(other)).await, Err(CompareError::Others(..))));
    assert!(matches!(why(Some(failed)).await, Err(CompareError::NotDone(..))));
    assert!(matches!(why(Some(999)).await, Err(CompareError::NoRun(999))));
    assert!(matches!(compare(&client, earlier, None, 10).await, Err(CompareError::First(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_many_pages_is_exported_whole_with_how_its_breaks_stand_and_leaves_no_file() {
    let world = World::new("results_exported").await;
    let database = &world.database;
    let done = run(database, "ural-polis", "done").await;
    let client = database.get().await.unwrap();
    let many = "insert into run_breaks (run_id, ordinal, break_id, kind, policies, lines, keys, explanation_ru, explanation_en)
        select $1, n, 'duplicate:' || n, 'duplicate', '{}', '{}', '{}', '', '' from generate_series(1, 2500) n";
    client.execute(many, &[&done]).await.unwrap();
    let standing = "insert into breaks (insurer_id, period_from, period_to, break_id, kind, state, owner, first_run, last_run, policies,
            lines, keys, explanation_ru, explanation_en)
        values ('ural-polis', '2026-11-01', '2026-11-30', 'duplicate:2400', 'duplicate', 'disputed', 'olga', $1, $1, '{}', '{}', '{}',
            '', '')";
    client.execute(standing, &[&done]).await.unwrap();
    let shared = world.shared().clone();

    for format in [Format::Json, Format::Csv, Format::Annex, Format::Xlsx, Format::Pdf] {
        let mut exported = export(&shared, done, format).await.unwrap();
        let mut bytes = Vec::new();
        exported.file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, exported.length, "{format:?}");
        if format == Format::Json {
            assert_eq!(exported.name, format!("sverka-ural-polis-2026-11-01-2026-11-30-run-{done}.json"));
            let document: Value = serde_json::from_slice(&bytes).unwrap();
            let breaks = document["breaks"].as_array().unwrap();
            assert!(breaks.len() == 2500 && breaks.iter().zip(1..).all(|(one, ordinal)| one["ordinal"] == ordinal));
            let decided: Vec<&Value> = breaks.iter().filter(|one| !one["state"].is_null()).collect();
            assert_eq!(
                (decided.len(), &decided[0]["ordinal"], &decided[0]["owner"]),
                (1, &2400.into(), &"olga".into())
            );
        }
        if matches!(format, Format::Csv | Format::Annex) {
            assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 2501);
        }
    }
    assert_eq!(std::fs::read_dir(&shared.spool).unwrap().count(), 0);

    let failed = run(database, "ural-polis", "failed").await;
    assert!(matches!(export(&shared, failed, Format::Csv).await, Err(ExportError::NotDone(..))));
    assert!(matches!(export(&shared, 999, Format::Csv).await, Err(ExportError::NoRun(999))));
    let nowhere = Shared { spool: "/dev/null/spool".into(), ..shared };
    let refused = export(&nowhere, done, Format::Csv).await.unwrap_err();
    assert!(refused.to_string().contains("/dev/null/spool"), "{refused}");
}

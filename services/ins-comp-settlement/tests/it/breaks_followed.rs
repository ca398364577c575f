//! Breaks across runs: what is found, found again, changed or gone, and what people have decided meanwhile.

use ins_comp_settlement::breaks::{self, DecideError, Decision, Filter, Standing, State, Story};
use ins_comp_settlement::matching::normalise;
use jiff::civil::Date;

use super::world::World;

const STANDING: &str =
    "select break_id, state, owner, first_run::text, last_run::text, ours::text from breaks order by id";
pub const HISTORY: &str = "select b.break_id, h.by, h.what, h.state, h.owner, h.run_id::text, h.ours::text, h.why
    from break_history h join breaks b on b.id = h.break order by h.id";
pub const INSURER: &str = "ural-polis";

/// A register of November, with the number 1.
pub async fn register(world: &World, numbering: &str) {
    let sql = format!(
        "insert into registers (insurer_id, period_from, period_to, sha256, description_sha256, numbering, file_name, source,
            received_by, bytes, currency, lines, unreadable, premium, commission, refund, reading)
        values ('{INSURER}', '2026-11-01', '2026-11-30', '\\x01', '\\x02', '{numbering}', 'f', 'upload', 'olga', 1, 'RUB', 10, 0,
            0, 0, 0, '{{}}')"
    );
    world.execute(&sql).await;
}

/// The next run of it.
pub async fn run(world: &World, state: &str, rules: &str) {
    let sql = format!(
        "insert into runs (register_id, insurer_id, period_from, period_to, currency, cause, ordered_by, today, rules, state)
        values (1, '{INSURER}', '2026-11-01', '2026-11-30', 'RUB', 'order', 'olga', '2026-12-02', '{rules}', '{state}')"
    );
    world.execute(&sql).await;
    world.execute("select begin_part('run_policies', max(id)), attach_part('run_policies', max(id)) from runs").await;
}

/// A run has found a break of that identity, which is its kind and a number.
async fn broke(world: &World, run: i64, id: &str, ours: &str) {
    let (kind, number) = id.split_once(':').unwrap();
    let key = normalise(number);
    let sql = format!(
        "insert into run_breaks values ({run}, (select count(*) from run_breaks), '{id}', '{kind}', array['{number}'], array[1],
            array['{key}'], {ours}, null, null, null, 'Разница {id}', 'Difference {id}')"
    );
    world.execute(&sql).await;
}

/// A run ends.
pub async fn follow(world: &World, run: i64) {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let mut client = world.database.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    breaks::follow(&transaction, run, INSURER, day("2026-11-01"), day("2026-11-30")).await.unwrap();
    transaction.commit().await.unwrap();
    world.execute(&format!("update runs set state = 'done' where id = {run}")).await;
}

pub fn decision<'a>(ids: &'a [i64], state: Option<State>, owner: Option<&'a str>, why: &'a str) -> Decision<'a> {
    Decision { ids, state, owner, by: "olga", why }
}

/// Six runs are ordered; the first has found two breaks, and something that is none.
async fn first_run(name: &str) -> World {
    let world = World::new(name).await;
    register(&world, "{}").await;
    for _ in 0..6 {
        run(&world, "ordered", "{}").await;
    }
    broke(&world, 1, "premium_differs:PL-1", "10.00").await;
    broke(&world, 1, "missing_at_us:PL2", "null").await;
    broke(&world, 1, "not_due_yet:PL-9", "1.00").await;
    follow(&world, 1).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_followed() {
    let world = first_run("breaks_followed").await;
    assert_eq!(
        world.texts(STANDING).await,
        ["premium_differs:PL-1|open|-|1|1|10.00", "missing_at_us:PL2|open|-|1|1|-"]
    );
    assert_eq!(
        world.texts(HISTORY).await,
        ["premium_differs:PL-1|run 1|found|open|-|1|10.00|", "missing_at_us:PL2|run 1|found|open|-|1|-|"]
    );
    breaks::decide(&world.database, &decision(&[1, 2], None, Some("petr"), "")).await.unwrap();
    breaks::decide(&world.database, &decision(&[1], Some(State::Accepted), None, "small")).await.unwrap();

    // The same amount, written otherwise, leaves a decision; what is not found any more is corrected.
    broke(&world, 2, "premium_differs:PL-1", "10.0").await;
    broke(&world, 2, "status_differs:PL-3", "5").await;
    follow(&world, 2).await;
    let expected = [
        "premium_differs:PL-1|accepted|petr|1|2|10.0",
        "missing_at_us:PL2|corrected|petr|1|1|-",
        "status_differs:PL-3|open|-|2|2|5",
    ];
    assert_eq!(world.texts(STANDING).await, expected);
    let gone = "missing_at_us:PL2|run 2|gone|corrected|petr|2|-|run 2 does not find it any more";
    assert!(world.texts(HISTORY).await.iter().any(|line| line == gone));
    let opened = world.texts("select opened_at::text from breaks order by id").await;

    // Another amount opens what was decided, and what comes back is open since then.
    broke(&world, 3, "premium_differs:PL-1", "11").await;
    broke(&world, 3, "missing_at_us:PL2", "null").await;
    follow(&world, 3).await;
    let expected = [
        "premium_differs:PL-1|open|petr|1|3|11",
        "missing_at_us:PL2|open|petr|1|3|-",
        "status_differs:PL-3|corrected|-|2|2|5",
    ];
    assert_eq!(world.texts(STANDING).await, expected);
    let history = world.texts(HISTORY).await;
    for line in [
        "premium_differs:PL-1|run 3|changed|open|petr|3|11|the decision was about other amounts",
        "missing_at_us:PL2|run 3|found_again|open|petr|3|-|",
    ] {
        assert!(history.iter().any(|told| told == line), "{line}: {history:#?}");
    }
    let again = world.texts("select opened_at::text from breaks order by id").await;
    assert_eq!((opened[0] == again[0], opened[1] == again[1]), (true, false));

    // A dispute goes on about whatever amount; a run that a later one has overtaken changes nothing.
    breaks::decide(&world.database, &decision(&[1], Some(State::Disputed), None, "no")).await.unwrap();
    broke(&world, 4, "premium_differs:PL-1", "12").await;
    follow(&world, 4).await;
    assert_eq!(world.texts(STANDING).await[0], "premium_differs:PL-1|disputed|petr|1|4|12");
    world.execute("update runs set state = 'done' where id = 6").await;
    broke(&world, 5, "premium_differs:PL-1", "13").await;
    broke(&world, 5, "duplicate:PL-7", "13").await;
    let before = (world.texts(STANDING).await, world.texts(HISTORY).await);
    follow(&world, 5).await;
    assert_eq!((world.texts(STANDING).await, world.texts(HISTORY).await), before);
}

/// So many breaks, found by a run.
async fn broke_often(world: &World, run: i64, breaks: i64, ours: i64) {
    let sql = format!(
        "insert into run_breaks select {run}, n, 'premium_differs:PL-' || n, 'premium_differs', array['PL-' || n], array[n],
            array['PL' || n], {ours}, null, null, null, '', '' from generate_series(1, {breaks}) n"
    );
    world.execute(&sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_grows_with_what_is_found_and_not_with_its_square() {
    // Of tables and of indexes, also of what this transaction has written and does not see.
    const READ: &str = "select sum(pg_stat_get_xact_tuples_returned(oid))::int8 from pg_class
        where relname like 'breaks%' or relname like 'run_breaks%'";
    const BREAKS: i64 = 3_000;
    let world = World::new("breaks_many").await;
    register(&world, "{}").await;
    let day = |text: &str| text.parse::<Date>().unwrap();
    for number in 1..4 {
        run(&world, "ordered", "{}").await;
        broke_often(&world, number, BREAKS, number).await;
        let mut client = world.database.get().await.unwrap();
        let transaction = client.transaction().await.unwrap();
        breaks::follow(&transaction, number, INSURER, day("2026-11-01"), day("2026-11-30")).await.unwrap();
        let read: i64 = transaction.query_one(READ, &[]).await.unwrap().get(0);
        transaction.commit().await.unwrap();
        world.execute(&format!("update runs set state = 'done' where id = {number}")).await;
        assert!((BREAKS..BREAKS * 50).contains(&read), "run {number} has read {read}");
    }
    let changed = "select count(*) from break_history where what = 'changed'";
    assert_eq!(world.count(changed).await, BREAKS * 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_decide_and_everything_is_told_later() {
    let world = first_run("breaks_decided").await;
    let decide =
        async |ids: &[i64], state, owner, why| breaks::decide(&world.database, &decision(ids, state, owner, why)).await;
    assert!(matches!(decide(&[1, 99], Some(State::Accepted), None, "x").await, Err(DecideError::NoBreak(99))));
    assert!(decide(&[1], Some(State::Accepted), None, " ").await.is_err(), "without a reason");
    assert!(matches!(decide(&[1], None, None, "").await, Err(DecideError::Nothing)));
    assert!(matches!(decide(&[], None, Some("x"), "").await, Err(DecideError::NoIds)));
    let decided = decide(&[2, 1, 1], None, Some("petr"), "").await.unwrap();
    let owners: Vec<_> = decided.iter().map(|one| (one.id, one.owner.as_deref())).collect();
    assert_eq!(owners, [(1, Some("petr")), (2, Some("petr"))]);
    decide(&[1], Some(State::Accepted), None, "small").await.unwrap();
    assert_eq!(
        world.texts("select by, action, subject, why from operator_log order by id").await,
        ["olga|settlement.decide|breaks 1, 2: owner petr|", "olga|settlement.decide|breaks 1: accepted|small"]
    );

    broke(&world, 2, "premium_differs:PL-1", "10.00").await;
    broke(&world, 2, "status_differs:PL-3", "5").await;
    follow(&world, 2).await;
    assert!(decide(&[2], Some(State::Open), None, "x").await.is_err(), "a run has to find it again");
    let client = world.database.get().await.unwrap();
    let ids = async |filter: Filter<'_>| -> Vec<i64> {
        Standing::list(&client, &filter, 0, 50).await.unwrap().iter().map(|one| one.id).collect()
    };
    let all = Filter::default();
    let day = |text: &str| Some(text.parse().unwrap());
    assert_eq!(ids(all).await, [1, 2, 3]);
    assert_eq!(ids(Filter { owner: Some(""), ..all }).await, [3], "nobody's");
    assert_eq!(ids(Filter { owner: Some("petr"), state: Some("accepted"), ..all }).await, [1]);
    assert_eq!(ids(Filter { number: Some("pl-3"), kind: Some("status_differs"), ..all }).await, [3]);
    assert_eq!(ids(Filter { insurer: Some(INSURER), from: day("2026-11-02"), ..all }).await, [0i64; 0]);
    assert_eq!(ids(Filter { from: day("2026-11-01"), to: day("2026-11-30"), ..all }).await, [1, 2, 3]);

    let close = format!(
        "insert into closed_periods (insurer_id, period_from, period_to, run_id, closed_by)
        values ('{INSURER}', '2026-11-01', '2026-11-30', 6, 'anna')"
    );
    world.execute(&close).await;
    let error = decide(&[1], Some(State::Disputed), None, "x").await.unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");
    let story = Story::load(&client, 1).await.unwrap().unwrap();
    let json = serde_json::to_value(&story).unwrap();
    assert_eq!((&json["break"]["ours"], story.history.len()), (&"10.00".into(), 3));
    assert_eq!(serde_json::from_value::<Story>(json).unwrap(), story);
    assert!(Story::load(&client, 77).await.unwrap().is_none());
}

//! Events that come late match open breaks again, by themselves.

use std::path::Path;

use ins_comp_settlement::breaks::{self, Changed, State, Story};
use ins_comp_settlement::matching::normalise;

use super::breaks_followed::{HISTORY, INSURER, decision, follow, register, run};
use super::world::{World, at_work, stop};

const WAITING: &str = "select policy_number from break_checks";

/// What an event says of a policy, as the consumer writes it.
async fn sold(world: &World, number: &str, premium: &str, cancelled: bool) {
    let (from, refund) = if cancelled { ("'2026-11-20'", 100) } else { ("null", 0) };
    let key = normalise(number);
    let sql = format!(
        "insert into policies (policy_number, application_id, revision, insurer_id, product_id, product_revision, tariff_id,
            tariff_version, line, currency, premium, starts_on, ends_on, issued_at, cancelled_from, refund, changed_at, key)
        values ('{number}', gen_random_uuid(), 1, '{INSURER}', 'p', 1, 'base', 1, 'l', 'RUB', {premium}, '2026-11-12',
            '2027-11-11', '2026-11-12T10:00Z', {from}, {refund}, now(), '{key}')
        on conflict (policy_number) do update set cancelled_from = excluded.cancelled_from, refund = excluded.refund"
    );
    let mut client = world.database.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute(&sql).await.unwrap();
    breaks::note_changes(&transaction, &[Changed { insurer: INSURER, key: &key, number }]).await.unwrap();
    transaction.commit().await.unwrap();
}

/// A run under way that has found three policies that only the insurer has, and one that only the insurer says is given up.
async fn found(world: &World) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("insurers").join(format!("{INSURER}.toml"));
    world.describe(INSURER, &std::fs::read_to_string(file).unwrap());
    let insurer = world.shared().insurers.get(INSURER).await.unwrap();
    let rules = serde_json::to_string(&insurer.rules).unwrap();
    register(world, &serde_json::to_string(&insurer.rules.numbering).unwrap()).await;
    run(world, "matching", &rules).await;
    let tariff = format!(
        "insert into tariffs (insurer_id, product_id, tariff_id, version, name, currency, premium, known_from)
        values ('{INSURER}', 'p', 'base', 1, 'b', 'RUB', 3650, '2026-01-01')"
    );
    world.execute(&tariff).await;
    world.execute("select begin_part('register_lines', 1)").await;
    for (line, number, premium, given_up) in
        [(1, "PL-18", 3650, false), (2, "26", 3560, false), (3, "PL-34", 3650, true), (4, "PL-42", 100, false)]
    {
        let (from, refund) = if given_up { ("'2026-11-20'", "100") } else { ("null", "0") };
        let key = insurer.rules.numbering.key_of_line(number);
        let sql = format!(
            "insert into register_lines_1 (register_id, number, key, policy_number, premium, issued_on, starts_on, ends_on,
                cancelled, cancelled_from, refund)
            values (1, {line}, '{key}', '{number}', {premium}, '2026-11-12', '2026-11-12', '2027-11-11', {given_up}, {from}, {refund})"
        );
        world.execute(&sql).await;
    }
    world.execute("select attach_part('register_lines', 1)").await;
    sold(world, "PL-34", "3650", false).await;
    let copied =
        "insert into run_policies select 1, key, policy_number, application_id, product_id, tariff_id, tariff_version,
        premium, 3650, '2026-11-12', starts_on, ends_on, cancelled_from, refund from policies";
    world.execute(copied).await;
    for (line, kind, policies, number, ours, theirs) in [
        (1, "missing_at_us", "{}", "PL18", "null", 3650),
        (2, "missing_at_us", "{}", "PL26", "null", 3560),
        (3, "status_differs", "{PL-34}", "PL-34", "0", 100),
        (4, "missing_at_us", "{}", "PL42", "null", 100),
    ] {
        let key = normalise(number);
        let sql = format!(
            "insert into run_breaks values (1, {line}, '{kind}:{number}', '{kind}', '{policies}', array[{line}], array['{key}'],
                {ours}, {theirs}, coalesce({ours}::numeric, 0) - {theirs}, null, 'р', 'e')"
        );
        world.execute(&sql).await;
    }
    rules
}

#[tokio::test(flavor = "multi_thread")]
async fn late_events_settle_breaks() {
    let world = World::new("breaks_settled").await;
    let rules = found(&world).await;
    assert_eq!(world.texts(WAITING).await, ["PL-34"], "while a run is under way everything is noted");
    let working = at_work(breaks::rechecker(world.shared(), &world.leases())).await;
    follow(&world, 1).await;
    world.until_texts("the run has ended: it is looked at", WAITING, &[]).await;
    let states = "select break_id, state from breaks order by id";
    let open =
        ["missing_at_us:PL18|open", "missing_at_us:PL26|open", "status_differs:PL-34|open", "missing_at_us:PL42|open"];
    assert_eq!(world.texts(states).await, open);
    breaks::decide(&world.database, &decision(&[1, 2], Some(State::Disputed), Some("petr"), "ask")).await.unwrap();

    sold(&world, "PL-18", "3650", false).await;
    sold(&world, "PL-18", "3650", false).await;
    sold(&world, "PL-26", "3650", false).await;
    sold(&world, "PL-34", "3650", true).await;
    sold(&world, "PL-77", "3650", true).await;
    let settled = "select break_id, state, owner, ours::text, theirs::text, tariff_says from breaks order by id";
    world
        .until_texts(
            "what came late settles them",
            settled,
            &[
                "missing_at_us:PL18|corrected|petr|-|3650|-",
                "missing_at_us:PL26|corrected|petr|-|3560|-",
                "status_differs:PL-34|corrected|-|0|100.00|-",
                "missing_at_us:PL42|open|-|-|100|-",
                "premium_differs:PL-26|open|-|3650.00|3560.00|ours",
            ],
        )
        .await;
    world.until_texts("nothing waits", WAITING, &[]).await;
    let history = world.texts(HISTORY).await;
    assert_eq!(history.len(), 4 + 2 + 4, "{history:#?}");
    let client = world.database.get().await.unwrap();
    let story = Story::load(&client, 1).await.unwrap().unwrap();
    assert_eq!((story.lines.len(), story.policies.len()), (1, 1), "what came late is shown: {story:#?}");

    // A decision about one break of a policy holds when another one of it opens.
    breaks::decide(&world.database, &decision(&[5], Some(State::Accepted), None, "small")).await.unwrap();
    sold(&world, "PL-26", "3650", true).await;
    let later = "select break_id, state, ours::text, theirs::text from breaks where id >= 5 order by id";
    world
        .until_texts(
            "another one opens",
            later,
            &["premium_differs:PL-26|accepted|3650.00|3560.00", "status_differs:PL-26|open|100.00|0"],
        )
        .await;
    an_insurer_without_a_file_waits_alone(&world).await;
    a_closed_period_stays_as_it_is(&world).await;
    what_a_run_has_missed_is_looked_at_when_it_ends(&world, &rules).await;
    stop(working).await;
}

async fn an_insurer_without_a_file_waits_alone(world: &World) {
    let noted = format!(
        "insert into break_checks (insurer_id, key, policy_number) values ('nobody', 'PL1', 'PL-1'), ('{INSURER}', 'PL1', 'PL-1')"
    );
    world.execute(&noted).await;
    world.until_texts("others go on", "select insurer_id from break_checks", &["nobody"]).await;
    world.execute("delete from break_checks").await;
}

async fn a_closed_period_stays_as_it_is(world: &World) {
    let close = format!(
        "insert into closed_periods (insurer_id, period_from, period_to, run_id, closed_by)
        values ('{INSURER}', '2026-11-01', '2026-11-30', 1, 'anna')"
    );
    world.execute(&close).await;
    sold(world, "PL-42", "100", false).await;
    world.until_texts("nothing waits", WAITING, &[]).await;
    assert_eq!(world.texts("select state from breaks where id = 4").await, ["open"]);
    world.execute("update closed_periods set reopened_at = now()").await;
}

/// It was frozen before the event was committed.
async fn what_a_run_has_missed_is_looked_at_when_it_ends(world: &World, rules: &str) {
    run(world, "matching", rules).await;
    world
        .execute(
            "insert into run_policies select 2, key, policy_number, application_id, product_id, tariff_id, tariff_version, premium,
                3650, '2026-11-12', starts_on, ends_on, cancelled_from, refund from policies where policy_number <> 'PL-42';
            insert into run_breaks select 2, ordinal, break_id, kind, policies, lines, keys, ours, theirs, difference, tariff_says,
                explanation_ru, explanation_en from run_breaks where run_id = 1 and break_id = 'missing_at_us:PL42'",
        )
        .await;
    follow(world, 2).await;
    world.until_texts("it is settled", "select state from breaks where id = 4", &["corrected"]).await;
}

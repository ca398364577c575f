//! What is large goes after a time; what was found stays, and all of a period of which somebody still works on a break.

use std::time::Duration;

use ins_comp_settlement::retention::keeper;
use polis_actors::runtime::tree;
use tokio::time::Instant;

use super::world::{LONG, World, at_work, stop};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
/// Names of the parts that are there.
const PARTS: &str = "select relname::text from pg_class
    where relkind = 'r' and relname ~ '^(register_lines|run_policies|run_matches)_[0-9]+$' order by 1";

/// A register of a month that came ten years ago, with its lines; answers its number.
async fn register(world: &World, month: &str) -> i64 {
    let sql = format!(
        "insert into registers (insurer_id, period_from, period_to, sha256, description_sha256, numbering, file_name, source,
            received_by, received_at, bytes, currency, lines, unreadable, premium, commission, refund, reading)
        values ('proba', '{month}-01', '{month}-28', uuid_send(gen_random_uuid()), '', '{{}}', 'f', 'upload', 'olga',
            now() - interval '10 years', 1, 'RUB', 1, 0, 0, 0, 0, '{{}}')
        returning id"
    );
    let id = world.count(&sql).await;
    let part = format!("select begin_part('register_lines', {id}), attach_part('register_lines', {id})");
    world.execute(&part).await;
    id
}

/// A run of a register that ended so long ago, with its parts and a break that it has found.
async fn run(world: &World, register: i64, state: &str, ago: &str, break_is: &str) {
    let sql = format!(
        "insert into runs (register_id, insurer_id, period_from, period_to, currency, state, cause, ordered_by, finished_at)
        select id, insurer_id, period_from, period_to, 'RUB', '{state}', 'order', 'olga', now() - interval '{ago}'
        from registers where id = {register}
        returning id"
    );
    let id = world.count(&sql).await;
    let parts = ["run_policies", "run_matches"]
        .map(|of| format!("select begin_part('{of}', {id}), attach_part('{of}', {id});"));
    world.execute(&parts.concat()).await;
    let found = format!(
        "insert into run_breaks values ({id}, 1, 'missing_at_us:PL1', 'missing_at_us', '{{}}', '{{1}}', '{{PL1}}', null, null, null,
            null, 'x', 'x');
        insert into breaks (insurer_id, period_from, period_to, break_id, kind, state, first_run, last_run, policies, lines, keys,
            explanation_ru, explanation_en)
        select 'proba', period_from, period_to, 'missing_at_us:PL1', 'missing_at_us', '{break_is}', {id}, {id}, '{{}}', '{{1}}',
            '{{PL1}}', 'x', 'x'
        from runs where id = {id}"
    );
    world.execute(&found).await;
}

/// Until there is nothing that is too old.
async fn kept(world: &World) -> Vec<String> {
    let keeping = at_work(keeper(&world.database, &world.leases(), YEAR)).await;
    let deadline = Instant::now() + LONG;
    while tree(keeping.root()).find("retention").is_none_or(|node| node.status != "nothing is too old") {
        assert!(Instant::now() < deadline, "retention does not come to its end");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    stop(keeping).await;
    world.texts(PARTS).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_large_goes_when_it_is_old_and_nobody_works_on_it() {
    let world = World::new("retention").await;
    let months = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09"];
    let mut registers = Vec::new();
    for month in months {
        registers.push(register(&world, month).await);
    }
    assert_eq!(registers, [1, 2, 3, 4, 5]);
    run(&world, 1, "done", "10 years", "accepted").await;
    run(&world, 2, "done", "10 years", "disputed").await;
    run(&world, 3, "done", "1 day", "accepted").await;
    run(&world, 4, "matching", "10 years", "accepted").await;

    // Of the fifth register nobody ever ordered a run.
    let at_work_on = ["register_lines_2", "register_lines_3", "register_lines_4", "run_matches_2", "run_matches_3"];
    let at_work_on: Vec<&str> =
        at_work_on.into_iter().chain(["run_matches_4", "run_policies_2", "run_policies_3", "run_policies_4"]).collect();
    assert_eq!(kept(&world).await, at_work_on);
    let told = "select (select string_agg(id::text, ' ') from registers where lines_dropped_at is not null) || ', '
        || (select string_agg(id::text, ' ') from runs where input_dropped_at is not null)";
    assert_eq!(world.texts(told).await, ["1 5, 1"]);
    assert_eq!(world.count("select count(*) from run_breaks").await, 4, "what was found stays");

    // The dispute ends, and with it the need of what it was about.
    world.execute("update breaks set state = 'accepted' where state = 'disputed'").await;
    assert!(kept(&world).await.iter().all(|part| !part.ends_with("_2")));
}

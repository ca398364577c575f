//! Settlement dies in the worst places, sleeps past its leases, loses its database and its broker: each run has one result, that of
//! an undisturbed one, and of what was sold it knows exactly what the test told.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use nix::sys::signal::{Signal, kill};
use polis_actors::runtime::ActorRef;
use polis_stack::{Process, SETTLEMENT_DATABASE, free_port};
use rust_decimal::Decimal;
use serde_json::Value;
use tokio::sync::mpsc;

use super::crash::killed_at;
use super::desk::{Days, asked, done, found, reconciled, told, upload};
use super::instances::pid;
use super::polis::{Polis, halt, resume, until};
use super::sold::{Book, Sold, Told, offered, tell};
use super::statement::{self, INSURER, PRODUCT};

const FIRST: &str = "ins-comp-settlement";
const SECOND: &str = "ins-comp-settlement-b";
/// Policies of the month that is reconciled.
const SOLD: usize = 240;
/// Policies that are told at a time, under faults.
const BATCH: usize = 24;
/// How long the broker is away.
const AWAY: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn whatever_dies_each_run_has_one_result_and_each_event_its_effects_once() {
    let mut polis = Polis::without_services().await;
    let file = statement::insurer("Проба Полис", "{ csv = { encoding = \"utf-8\" } }", "");
    statement::directory(&mut polis, &[(INSURER, file)]);
    let month = Days::last_month();
    let mut book = Book::default();
    let premium = Decimal::from(3650);
    tell(&polis, [offered(INSURER, PRODUCT, &[("2026-01-01T00:00:00Z".parse().unwrap(), premium)])]).await;
    let sold = |nth| Sold::on(month.nth(nth), nth, INSURER, PRODUCT, premium);
    let mut sold: Vec<Sold> = (0..SOLD).map(sold).collect();
    book.sell(&polis, &sold).await;
    let first = polis.start_settlement().await;
    knows(&polis, &book).await;

    // Some policies the insurer does not have, some at another price.
    sold.retain(|sold| !sold.number.ends_with('7'));
    sold.iter_mut().step_by(9).for_each(|sold| sold.premium += Decimal::from(90));
    let file = statement::csv(&sold);
    an_upload_dies_with_its_reader(&polis, &first, month, &file).await;
    polis.stack.remove(FIRST).await;
    an_upload_dies_around_its_commit(&polis, month, &file).await;
    polis.start_settlement().await;
    let (status, register) = upload(&polis, INSURER, month, "register.csv", file).await;
    assert_eq!((status, &register["known"]), (200, &Value::Bool(true)), "{register}");
    let undisturbed = reconciled(&polis, &register).await;
    polis.stack.remove(FIRST).await;
    killed_runs_end_by_themselves(&polis, &register, &undisturbed).await;

    let first = polis.start_settlement().await;
    let second = another(&polis).await;
    let told = events_have_their_effects_once(&polis, &mut book, &first).await;
    outages_are_waited_out(&polis, &mut book, told, &second, &register, &undisturbed).await;
    polis.stop().await;
}

async fn knows(polis: &Polis, book: &Book) {
    until("settlement knows what was sold", || async { book.differences(polis).await.is_empty() }).await;
}

/// Half of the file has come when whoever reads it is killed: nothing of it is there, and it can be sent again.
async fn an_upload_dies_with_its_reader(polis: &Polis, reader: &ActorRef<Process>, days: Days, file: &str) {
    let half = Bytes::copy_from_slice(&file.as_bytes()[..file.len() / 2]);
    let (send, come) = mpsc::channel::<Bytes>(1);
    let body =
        stream::unfold(come, async |mut come| come.recv().await.map(|part| (Ok::<_, std::io::Error>(part), come)));
    let address = polis.settlement(&format!("/registers?insurer={INSURER}&{}&name=half.csv&by=olga", days.query()));
    let request = polis.http.post(address).body(reqwest::Body::wrap_stream(body)).send();
    let cut = async move {
        send.send(half).await.unwrap();
        // Taken from the channel: it is on its way.
        send.send(Bytes::new()).await.unwrap();
        halt(reader, Signal::SIGKILL).await;
    };
    let (answer, ()) = tokio::join!(request, cut);
    assert!(answer.is_err(), "{answer:?}");
    resume(reader).await;
    polis.stack.until_ready().await.unwrap();
    assert_eq!(polis.settlement_count("select count(*) from registers").await, 0);
    let parts = "select count(*) from pg_class where relname like 'register\\_lines\\_%' and relkind = 'r'";
    assert_eq!(polis.settlement_count(parts).await, 0, "a part of a register that is not there");
}

/// Before the commit there is nothing of it, behind it all of it, though nobody was told.
async fn an_upload_dies_around_its_commit(polis: &Polis, days: Days, file: &str) {
    for (point, kept) in [("intake::before_commit", 0), ("intake::after_commit", 1)] {
        let doomed = killed_at(polis, point, polis.services.settlement(&polis.stack));
        let sending = async {
            let is_up =
                async || polis.get(&polis.settlement("/actors")).await.is_some_and(|tree| tree["ready"] == true);
            until("the doomed one is up", is_up).await;
            let address =
                polis.settlement(&format!("/registers?insurer={INSURER}&{}&name=register.csv&by=olga", days.query()));
            let answer = polis.http.post(address).body(file.to_owned()).send().await;
            assert!(answer.is_err(), "{answer:?}");
        };
        tokio::join!(doomed, sending);
        assert_eq!(polis.settlement_count("select count(*) from registers").await, kept, "{point}");
        let lines = i64::try_from(file.lines().count() - 2).unwrap() * kept;
        assert_eq!(polis.settlement_count("select count(*) from register_lines").await, lines, "{point}");
    }
}

/// In the middle of a run, before and after its commit: whoever comes next finishes it from the frozen input.
async fn killed_runs_end_by_themselves(polis: &Polis, register: &Value, undisturbed: &Value) {
    let expected = {
        polis.start_settlement().await;
        let expected = found(polis, undisturbed).await;
        polis.stack.remove(FIRST).await;
        expected
    };
    assert!(expected.len() > SOLD / 9, "{} breaks", expected.len());
    let standing = polis.settlement_count("select count(*) from breaks").await;
    for (point, begun) in [("run::frozen", 2), ("run::before_commit", 2), ("run::after_commit", 1)] {
        // While nobody is there: whoever takes an order could die of it before it answers.
        let order = format!(
            "insert into runs (register_id, insurer_id, period_from, period_to, currency, cause, ordered_by)
             select id, insurer_id, period_from, period_to, currency, 'order', 'olga' from registers where id = {}",
            register["id"]
        );
        polis.settlement_execute(&order).await;
        killed_at(polis, point, polis.services.settlement(&polis.stack)).await;
        polis.start_settlement().await;
        let run = done(polis, polis.settlement_count("select max(id) from runs").await).await;
        assert_eq!(run["result_sha256"], undisturbed["result_sha256"], "{point}: the same input, another result");
        assert_eq!(run["totals"], undisturbed["totals"], "{point}");
        assert_eq!(run["attempts"], begun, "{point}: {run}");
        assert_eq!(found(polis, &run).await, expected, "{point}");
        let verified = told(polis, &format!("/runs/{}/verify", run["id"]), Value::Null).await;
        assert_eq!(verified["same"], true, "{point}: {verified}");
        polis.stack.remove(FIRST).await;
    }
    let count = async |sql: &str| polis.settlement_count(sql).await;
    assert_eq!(count("select count(*) from runs where state <> 'done'").await, 0);
    let results = "select count(*) from (select from run_breaks group by run_id) results";
    assert_eq!(count(results).await, 4, "each run has one result");
    assert_eq!(count("select count(*) from breaks").await, standing, "a break is the same one in every run");
    let twice = "select count(*) from break_history where what <> 'found'";
    assert_eq!(count(twice).await, 0, "runs that found the same told of a change");
}

/// A second instance on the same database.
async fn another(polis: &Polis) -> ActorRef<Process> {
    let mut services = polis.services.clone();
    services.ports.settlement_admin = free_port().unwrap();
    let mut spec = services.settlement(&polis.stack);
    spec.name = SECOND.to_owned();
    spec.log = polis.stack.log_of(SECOND);
    polis.spawn(spec).await
}

/// How many instances consume policies, and of how many partitions nobody does.
async fn consuming(polis: &Polis) -> (i64, i64) {
    let sql = "select count(distinct owner), 12 - count(*) from leases
        where resource like 'consumer/policies/%' and expires_at > now()";
    let rows = polis.rows(SETTLEMENT_DATABASE, sql).await;
    (rows[0].get(0), rows[0].get(1))
}

async fn shared_by(polis: &Polis, instances: i64) {
    until(&format!("{instances} consume all partitions"), || async { consuming(polis).await == (instances, 0) }).await;
}

/// Policies are sold and given up while partitions move: one instance sleeps past its leases and wakes in the middle of what it did,
/// the other one is killed, then stopped in order. Answers how many events were told.
async fn events_have_their_effects_once(polis: &Polis, book: &mut Book, first: &ActorRef<Process>) -> usize {
    shared_by(polis, 2).await;
    let open = AtomicBool::new(true);
    let faults = async {
        let sleeper = pid(polis, SECOND);
        kill(sleeper, Signal::SIGSTOP).unwrap();
        shared_by(polis, 1).await;
        kill(sleeper, Signal::SIGCONT).unwrap();
        shared_by(polis, 2).await;
        halt(first, Signal::SIGKILL).await;
        shared_by(polis, 1).await;
        resume(first).await;
        shared_by(polis, 2).await;
        halt(first, Signal::SIGTERM).await;
        shared_by(polis, 1).await;
        resume(first).await;
        shared_by(polis, 2).await;
        open.store(false, Relaxed);
    };
    let (events, ()) = tokio::join!(selling(polis, book, &open, SOLD), faults);
    adds_up(polis, book, events).await;
    events
}

/// Sells, batch by batch, until the shop closes. Of each batch some are given up with the next one, some events come again, and some
/// of a policy come again late under another id. Answers how many events were told, each counted once.
async fn selling(polis: &Polis, book: &mut Book, open: &AtomicBool, from: usize) -> usize {
    let month = Days::last_month();
    let (mut nth, mut events, mut before) = (from, 0, Vec::<Sold>::new());
    while open.load(Relaxed) {
        let batch: Vec<Sold> = (nth..nth + BATCH)
            .map(|nth| Sold::on(month.nth(nth), nth, INSURER, PRODUCT, Decimal::from(1000 + nth)))
            .collect();
        nth += BATCH;
        let given_up: Vec<Sold> = before.iter().step_by(3).map(Sold::given_up).collect();
        batch.iter().chain(&given_up).for_each(|sold| book.note(sold));
        let news: Vec<Told> = batch.iter().chain(&given_up).map(Sold::told).collect();
        // Another id, an older revision.
        let late: Vec<Told> = before.iter().step_by(6).map(Sold::told).collect();
        events += news.len() + late.len();
        let again: Vec<Told> = news.iter().step_by(5).cloned().collect();
        tell(polis, news.into_iter().chain(late).chain(again)).await;
        before = batch;
    }
    events
}

/// The table is what the book says, every event was applied once, nothing is set aside.
async fn adds_up(polis: &Polis, book: &Book, events: usize) {
    until("settlement knows what was sold", || async { book.differences(polis).await.is_empty() }).await;
    let applied = "select count(*) from inbox where consumer = 'policies'";
    let told = i64::try_from(SOLD + events).unwrap();
    until("every event is applied", || async { polis.settlement_count(applied).await >= told }).await;
    assert_eq!(polis.settlement_count(applied).await, told, "events that nobody told");
    let twice = "select count(*) from (select from inbox group by consumer, event_id having count(*) > 1) twice";
    assert_eq!(polis.settlement_count(twice).await, 0, "an event was applied twice");
    let aside = "select count(*) from dead_letters where state not in ('replayed', 'discarded')";
    assert_eq!(polis.settlement_count(aside).await, 0, "something is set aside");
    assert_eq!(book.differences(polis).await, Vec::<String>::new());
}

/// The database restarts in the middle of a run, the broker is away for a while: both are waited for, and nobody dies of it.
async fn outages_are_waited_out(
    polis: &Polis, book: &mut Book, told_before: usize, second: &ActorRef<Process>, register: &Value,
    undisturbed: &Value,
) {
    let restarts = || [FIRST, SECOND].map(|name| polis.stack.report().find(name).unwrap().restarts);
    let before = restarts();
    let open = AtomicBool::new(true);
    let faults = async {
        let postgres = polis.stack.postgres_process().unwrap();
        let order = serde_json::json!({ "register": register["id"], "by": "olga" });
        let run = told(polis, "/runs", order).await;
        halt(postgres, Signal::SIGINT).await;
        resume(postgres).await;
        polis.stack.until_ready().await.unwrap();
        let run = done(polis, run["id"].as_i64().unwrap()).await;
        assert_eq!(run["register_sha256"], undisturbed["register_sha256"]);
        let kafka = polis.stack.kafka_process().unwrap();
        halt(kafka, Signal::SIGTERM).await;
        tokio::time::sleep(AWAY).await;
        resume(kafka).await;
        polis.stack.until_ready().await.unwrap();
        shared_by(polis, 2).await;
        open.store(false, Relaxed);
    };
    let from = SOLD + told_before;
    let (events, ()) = tokio::join!(selling(polis, book, &open, from), faults);
    adds_up(polis, book, told_before + events).await;
    assert_eq!(restarts(), before, "what is down is waited for, nobody dies of it");
    let (status, _) = asked(polis, "/runs").await;
    assert_eq!(status, 200);
    halt(second, Signal::SIGTERM).await;
    shared_by(polis, 1).await;
}

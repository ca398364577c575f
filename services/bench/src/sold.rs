//! Applications as core-app would have stored them, by the hundred thousand: decided upon by its own life cycle, chained by its
//! own chain, written in bulk.

use anyhow::Context;
use core_app::sale::chain::{GENESIS, Link, hash};
use core_app::sale::{Application, Command, decide, stored_event};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Unit, Zoned};
use polis_actors::database::Database;
use polis_proto::google_type::Money;
use polis_proto::sales::v1::{Quoted, Submitted};
use polis_proto::timestamp;
use uuid::Uuid;

const INSURER: &str = "bench";
const PRODUCT: &str = "product";
const TARIFF: &str = "base";
const ACTOR: &str = "applicant";
const WHY: &str = "bench";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
/// Applications that are written at once.
const AT_ONCE: usize = 2_000;

/// How far an application has come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    Applied,
    PaymentStarted,
    Confirmed,
}

/// The one tariff that is on offer.
pub(crate) async fn offer(database: &Database) -> anyhow::Result<()> {
    let seed = format!(
        "insert into products (insurer_id, product_id, insurer_name, revision, line, name, description, url, currency, premium,
            withdrawn, changed_at)
        values ('{INSURER}', '{PRODUCT}', 'Bench', 1, 'travel', 'Bench', '', '', 'RUB', 3650, false, now());
        insert into tariffs (insurer_id, product_id, tariff_id, version, name, currency, premium, known_from)
        values ('{INSURER}', '{PRODUCT}', '{TARIFF}', 1, 'Bench', 'RUB', 3650, now());"
    );
    Ok(database.get().await?.batch_execute(&seed).await?)
}

fn commands(stage: Stage, n: usize, now: Timestamp, today: Date) -> Vec<Command> {
    let premium = Money { currency_code: "RUB".to_owned(), units: 3650, nanos: 0 };
    let tomorrow = today.tomorrow().unwrap_or(today);
    let later = now + 2.hours();
    let quoted = Quoted {
        insurer_id: INSURER.to_owned(),
        insurer_name: "Bench".to_owned(),
        product_id: PRODUCT.to_owned(),
        product_name: "Bench".to_owned(),
        line: "travel".to_owned(),
        product_revision: 1,
        tariff_id: TARIFF.to_owned(),
        tariff_name: "Bench".to_owned(),
        tariff_version: 1,
        premium: Some(premium.clone()),
        starts_on: Some(tomorrow.into()),
        ends_on: Some((tomorrow.checked_add(364.days()).unwrap_or(tomorrow)).into()),
        valid_until: Some(timestamp::to_wire(later)),
    };
    let submitted = Submitted { person_id: Uuid::from_u128(n as u128).to_string(), sealed: vec![7; 180].into() };
    let payment_id = payment(n);
    let policy_number = format!("BENCH-{n}");
    let mut all = vec![Command::Quote(Box::new(quoted)), Command::Submit(submitted)];
    if !matches!(stage, Stage::Applied) {
        all.push(Command::Reserve { until: later, today });
        all.push(Command::Pay { deadline: later, today });
        let url = "http://127.0.0.1/pay".to_owned();
        all.push(Command::StartPayment { attempt: 1, payment_id: payment_id.clone(), url });
    }
    if matches!(stage, Stage::Confirmed) {
        all.push(Command::Succeed { attempt: 1, payment_id, amount: premium, learned_by: "webhook", policy_number });
    }
    all
}

/// The provider's name of the payment of the application of that number.
pub(crate) fn payment(n: usize) -> String {
    format!("pay-{n}")
}

#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    versions: Vec<i64>,
    kinds: Vec<&'static str>,
    payloads: Vec<Vec<u8>>,
    hashes: Vec<Vec<u8>>,
}

/// Writes so many applications; answers their ids. Each has a token, its id as text.
pub(crate) async fn fill(database: &Database, stage: Stage, count: usize) -> anyhow::Result<Vec<Uuid>> {
    let now = Timestamp::now().round(Unit::Microsecond)?;
    let today = Zoned::now().date();
    let mut all = Vec::with_capacity(count);
    let client = database.get().await?;
    while all.len() < count {
        let (mut columns, first) = (Columns::default(), all.len());
        for n in first..count.min(first + AT_ONCE) {
            let id = Uuid::now_v7();
            append(&mut columns, id, commands(stage, n, now, today), now).context("the life cycle refuses")?;
            all.push(id);
        }
        client
            .execute(
                "insert into application_events (application_id, version, type, payload, occurred_at, actor, why, trace_id, hash)
                select e.id, e.version, e.type, e.payload, $1, $2, $3, $4, e.hash
                from unnest($5::uuid[], $6::bigint[], $7::text[], $8::bytea[], $9::bytea[]) as e (id, version, type, payload, hash)",
                &[&now, &ACTOR, &WHY, &TRACE, &columns.ids, &columns.versions, &columns.kinds, &columns.payloads, &columns.hashes],
            )
            .await?;
        client
            .execute(
                "with new as (select unnest($1::uuid[]) as id),
                grown as (insert into audit_pending select id from new)
                insert into application_tokens select id, sha256(convert_to(id::text, 'UTF8')) from new",
                &[&&all[first..]],
            )
            .await?;
    }
    client.batch_execute("analyze application_events; analyze application_tokens").await?;
    Ok(all)
}

fn append(columns: &mut Columns, id: Uuid, commands: Vec<Command>, now: Timestamp) -> anyhow::Result<()> {
    let (mut state, mut head) = (Application::default(), GENESIS.to_vec());
    for command in commands {
        for event in decide(&state, command, now)? {
            state.apply(&event);
            let (kind, payload) = stored_event(event);
            let link = Link {
                application_id: id,
                version: state.version,
                kind,
                payload: &payload,
                occurred_at: now,
                actor: ACTOR,
                why: WHY,
                trace_id: TRACE,
            };
            head = hash(&head, &link);
            columns.ids.push(id);
            columns.versions.push(state.version);
            columns.kinds.push(kind);
            columns.hashes.push(head.clone());
            columns.payloads.push(payload);
        }
    }
    Ok(())
}

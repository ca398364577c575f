//! The sale over HTTP, with core-app as a process: reservations at a steady rate, and from a notification of the provider to the
//! open page.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use polis_actors::database::Database;
use polis_schema::Service;
use polis_stack::free_port;
use ring::hmac;
use uuid::Uuid;

use crate::caller::Caller;
use crate::figure::Figure;
use crate::parts::{database, database_url, topic};
use crate::program::{Program, SALE_TOPICS, SECRET};
use crate::sold::{Stage, fill, offer, payment};

/// Reservations a second that are wanted of core-app.
const TARGET: f64 = 2_000.0;
/// And that are offered to it: with no more than the target it could only fall short.
const RATE: usize = 2_200;
const SECONDS: usize = 15;
const WARM_UP: usize = 3;
const CONNECTIONS: usize = 64;
const PAYMENTS: usize = 300;

pub(crate) fn measure(postgres: &str, kafka: &str) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let database = database(postgres, "bench_sale", Service::Core).await?;
        for name in SALE_TOPICS {
            topic(kafka, name, 12).await?;
        }
        offer(&database).await?;
        let applied = fill(&database, Stage::Applied, RATE * (SECONDS + WARM_UP)).await?;
        let paying = fill(&database, Stage::PaymentStarted, PAYMENTS).await?;
        let (port, web) = (free_port()?, tempfile::tempdir()?);
        let program = Program::core_app(&database_url(postgres, "bench_sale")?, kafka, port, web.path())?;
        until_served(port).await?;
        let told = payments(port, &paying).await?;
        let cpu = program.cpu()?;
        let began = Instant::now();
        let (waits, done) = reservations(port, applied).await?;
        let cores = (program.cpu()? - cpu).as_secs_f64() / began.elapsed().as_secs_f64();
        let commit = commits(&database).await?;
        let memory = program.memory("VmHWM")?;
        program.stop().await?;
        let millis = |waits: &Histogram<u64>, q: f64| waits.value_at_quantile(q) as f64 / 1000.0;
        let what = |what: &str| format!("reservations over HTTP: {what}");
        Ok(vec![
            Figure::new(what("done"), done, "/s")
                .target(TARGET)
                .limit(commit, "/s: empty transactions, same connections"),
            Figure::new(what("median, from when it was due"), millis(&waits, 0.5), "ms"),
            Figure::new(what("99th percentile"), millis(&waits, 0.99), "ms").target(25.0),
            Figure::new(what("processor of core-app"), cores, "cores"),
            Figure::new(what("memory at most"), memory, "MB"),
            Figure::new("notification of a payment to the open page: median", millis(&told, 0.5), "ms").target(50.0),
            Figure::new("notification of a payment to the open page: 99th percentile", millis(&told, 0.99), "ms"),
        ])
    })
}

async fn until_served(port: u16) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Caller::connect(port).await.is_err() {
        anyhow::ensure!(Instant::now() < deadline, "core-app does not serve");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// On a fixed schedule, whatever the one before took: waits are counted from when a request was due.
async fn reservations(port: u16, applied: Vec<Uuid>) -> anyhow::Result<(Histogram<u64>, f64)> {
    let applied: Arc<[Uuid]> = applied.into();
    let start = tokio::time::Instant::now() + Duration::from_millis(500);
    let callers = (0..CONNECTIONS).map(|first| {
        let applied = applied.clone();
        tokio::task::spawn(async move {
            let (mut caller, mut waits) = (Caller::connect(port).await?, Histogram::<u64>::new(3)?);
            for n in (first..applied.len()).step_by(CONNECTIONS) {
                let due = start + Duration::from_secs_f64(n as f64 / RATE as f64);
                tokio::time::sleep_until(due).await;
                let id = applied[n];
                let headers = format!("authorization: Bearer {id}\r\nidempotency-key: {}\r\n", Uuid::new_v4());
                let status = caller.post(&format!("/api/applications/{id}/reservation"), &headers, "{}").await?;
                anyhow::ensure!(status == 200, "a reservation was answered with {status}");
                if n >= RATE * WARM_UP {
                    waits.record(u64::try_from(due.elapsed().as_micros())?.max(1))?;
                }
            }
            anyhow::Ok(waits)
        })
    });
    let mut all = Histogram::<u64>::new(3)?;
    for waits in futures_util::future::try_join_all(callers.collect::<Vec<_>>()).await? {
        all.add(waits?)?;
    }
    Ok((all, applied.len() as f64 / start.elapsed().as_secs_f64()))
}

/// Notifies as the provider would, one payment after the other, and waits for the page of each.
async fn payments(port: u16, paying: &[Uuid]) -> anyhow::Result<Histogram<u64>> {
    let mut waits = Histogram::<u64>::new(3)?;
    let mut provider = Caller::connect(port).await?;
    for (n, id) in paying.iter().enumerate() {
        let mut page = Caller::connect(port).await?;
        page.open(&format!("/api/applications/{id}/stream"), &format!("authorization: Bearer {id}\r\n")).await?;
        page.until("payment-pending").await?;
        let body = serde_json::json!({
            "id": format!("evt-{n}"),
            "payment": {
                "id": payment(n), "status": "succeeded", "amount": "3650.00", "currency": "RUB", "order": id, "attempt": 1,
            },
        });
        let body = body.to_string();
        let time = jiff::Timestamp::now().as_second();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let began = Instant::now();
        let headers = format!("polis-provider-signature: t={time},v1={hex}\r\n");
        let (status, confirmed) = tokio::join!(provider.post("/api/payments/webhook", &headers, &body), async {
            page.until("\"confirmed\"").await.map(|()| began.elapsed())
        });
        anyhow::ensure!(status? == 204, "the notification was refused");
        waits.record(u64::try_from(confirmed?.as_micros())?.max(1))?;
    }
    Ok(waits)
}

/// What the database gives without us: durable transactions of one small row a second.
async fn commits(database: &Database) -> anyhow::Result<f64> {
    const FOR: Duration = Duration::from_secs(5);
    database.get().await?.batch_execute("create table bench_commits (n bigint)").await?;
    let began = Instant::now();
    let writers = (0..24).map(|_| {
        let database = database.clone();
        tokio::task::spawn(async move {
            let (client, mut done) = (database.get().await?, 0u32);
            let statement = client.prepare_cached("insert into bench_commits values (1)").await?;
            while began.elapsed() < FOR {
                client.execute(&statement, &[]).await?;
                done += 1;
            }
            anyhow::Ok(done)
        })
    });
    let mut all = 0.0;
    for done in futures_util::future::try_join_all(writers.collect::<Vec<_>>()).await? {
        all += f64::from(done?);
    }
    Ok(all / began.elapsed().as_secs_f64())
}

//! One change to many open pages: the real routes of core-app on the real table of changes.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use core_app::api;
use core_app::catalogue::Changes;
use polis_actors::broadcaster::{BroadcasterConfig, BroadcasterSpec};
use polis_actors::database::{Database, Run};
use polis_actors::http::{Front, HttpSpec};
use polis_actors::runtime::{Background, SupervisorSpec};
use polis_schema::Service;
use polis_schema::sql::catalogue;
use polis_stack::free_port;
use tokio::process::Command;
use tokio::sync::watch;

use crate::figure::Figure;
use crate::parts::{database, memory_now};
use crate::sse_clients::Heard;
use crate::sse_plain;

const ONCE_A_SECOND: u64 = 20;
const FLAT_OUT: u64 = 10;
/// Bytes of an event's data.
const DATA: usize = 300;

pub(crate) fn measure(postgres: &str, connections: usize) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let database = database(postgres, "bench_sse", Service::Core).await?;
        let port = free_port()?;
        let source = Arc::new(Changes(database.clone()));
        let spec = BroadcasterSpec { source, database: database.clone(), config: BroadcasterConfig::default() };
        let (_, broadcaster, clients) = spec.build();
        let server = HttpSpec {
            name: "http".to_owned(),
            listen: ([127, 0, 0, 1], port).into(),
            routes: api::routes(&database, &clients),
            front: Front::default(),
            grace: Duration::from_secs(2),
        };
        let build = |placer| {
            let root = SupervisorSpec::new("bench").child(server.build().1).child(broadcaster).build(placer).1;
            (root, ())
        };
        let (background, ()) = Background::start("bench", build).await?;
        change(&database, 0).await?;
        let before = memory_now();
        let slow = listen(port, connections, ONCE_A_SECOND, || clients.open(), paced(&database)).await?;
        let per_connection = (slow.1 - before) * 1024.0 / connections as f64;
        let fast = listen(port, connections, FLAT_OUT, || clients.open(), flat_out(&database)).await?;
        tokio::task::spawn_blocking(move || background.stop()).await?;
        let plain = plain(connections).await?;
        let what = |what: &str| format!("sse, {connections} connections: {what}");
        Ok(vec![
            Figure::new(what("once a second, median"), slow.0.median_ms, "ms")
                .limit(68.0, "Mercure, as measured for the design"),
            Figure::new(what("once a second, 99th percentile"), slow.0.p99_ms, "ms")
                .target(40.0)
                .limit(130.0, "Mercure, as measured for the design"),
            Figure::new(what("once a second, 99th percentile of bare sockets"), plain.p99_ms, "ms")
                .limit(plain.median_ms, "median of bare sockets"),
            Figure::new(what("once a second, changes lost"), slow.0.missing as f64, "frames").target(0.0),
            Figure::new(what("as fast as it goes"), fast.0.frames as f64 / FLAT_OUT as f64, "frames/s"),
            Figure::new(what("memory of the server per connection"), per_connection, "KB").target(15.0),
            Figure::new(what("memory of the server"), slow.1, "MB").limit(579.0, "Mercure, as measured for the design"),
        ])
    })
}

/// Opens the pages in another process, makes changes while they listen, and answers what they heard and the memory
/// of this process while all were open.
async fn listen(
    port: u16, connections: usize, seconds: u64, open: impl Fn() -> usize,
    changes: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<(Heard, f64)> {
    let clients = Command::new(std::env::current_exe()?)
        .args(["sse-clients", &format!("127.0.0.1:{port}"), &connections.to_string(), &seconds.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    while open() < connections {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    changes.await?;
    let memory = memory_now();
    let heard = clients.wait_with_output().await?;
    anyhow::ensure!(heard.status.success(), "the pages ended: {}", heard.status);
    Ok((serde_json::from_slice(&heard.stdout)?, memory))
}

/// The same pages, served by nothing but sockets.
async fn plain(connections: usize) -> anyhow::Result<Heard> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let frames = watch::Sender::new(Bytes::new());
    let server = tokio::task::spawn(sse_plain::serve(listener, frames.clone()));
    let changes = async {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        for n in 1..=ONCE_A_SECOND {
            tick.tick().await;
            frames.send_replace(format!("id: {n}\nevent: product\ndata: {}\n\n", data(n)?).into());
        }
        Ok(())
    };
    let (heard, _) = listen(port, connections, ONCE_A_SECOND, || frames.receiver_count(), changes).await?;
    server.abort();
    Ok(heard)
}

fn data(n: u64) -> anyhow::Result<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
    let mut data = format!("{{\"n\":{n},\"at\":{now},\"fill\":\"");
    data.push_str(&"x".repeat(DATA.saturating_sub(data.len() + 2)));
    data.push_str("\"}");
    Ok(data)
}

async fn change(database: &Database, n: u64) -> anyhow::Result<()> {
    let (client, data) = (database.get().await?, data(n)?);
    let one = |text: &str| vec![text.to_owned()];
    let parameters =
        (one("insurer"), one(&format!("product-{}", n % 1000)), one("product"), one(&data), vec![None::<String>]);
    client
        .run(&catalogue::APPEND_CHANGES, &[&parameters.0, &parameters.1, &parameters.2, &parameters.3, &parameters.4])
        .await?;
    Ok(())
}

async fn paced(database: &Database) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    for n in 1..=ONCE_A_SECOND {
        tick.tick().await;
        change(database, n).await?;
    }
    Ok(())
}

async fn flat_out(database: &Database) -> anyhow::Result<()> {
    let until = tokio::time::Instant::now() + Duration::from_secs(FLAT_OUT);
    let mut n = 0;
    while tokio::time::Instant::now() < until {
        n += 1;
        change(database, n).await?;
    }
    Ok(())
}

//! The broadcaster on a real table: no gap, no repetition, reset and snapshot where it cannot be told.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use polis_actors::broadcaster::{
    BroadcasterConfig, BroadcasterSpec, Clients, Frame, Reading, Source, StreamError, encode,
};
use polis_actors::database::{Database, Run};
use polis_actors::runtime::Background;
use polis_schema::Service;
use polis_schema::sql::{catalogue, changes};

use super::parts::{LONG, Parts, stopped};

struct Changes(Database);

impl Source for Changes {
    fn channel(&self) -> &'static str {
        "catalogue_changes"
    }

    fn read_after(&self, seq: i64, limit: i64) -> Reading<'_, Vec<Frame>> {
        Box::pin(async move {
            let rows = self.0.get().await?.all(&changes::READ_AFTER, &[&seq, &limit]).await?;
            let frame = |row: &tokio_postgres::Row| {
                let (seq, product, data): (i64, String, String) = (row.get(0), row.get(2), row.get(4));
                Frame { seq, key: product.into(), bytes: encode("product", Some(seq), &data) }
            };
            Ok(rows.iter().map(frame).collect())
        })
    }

    fn range(&self) -> Reading<'_, (i64, i64)> {
        Box::pin(async move {
            let row = self.0.get().await?.first(&changes::RANGE, &[]).await?.unwrap();
            Ok((row.get(0), row.get(1)))
        })
    }

    fn snapshot(&self) -> Reading<'_, (Vec<Bytes>, i64)> {
        Box::pin(async move { Ok((vec![encode("product", None, "all")], self.range().await?.1)) })
    }
}

async fn broadcasting(parts: &Parts, config: BroadcasterConfig) -> (Background, Clients) {
    let spec =
        BroadcasterSpec { source: Arc::new(Changes(parts.database.clone())), database: parts.database.clone(), config };
    let build = |_| {
        let (_, child, clients) = spec.build();
        (child, clients)
    };
    Background::start("broadcaster", build).await.unwrap()
}

async fn change(parts: &Parts, product: &str, data: &str) {
    let client = parts.database.get().await.unwrap();
    let one = |text: &str| vec![text.to_owned()];
    client
        .run(
            &catalogue::APPEND_CHANGES,
            &[&one("i"), &one(product), &one("product"), &one(data), &vec![None::<String>]],
        )
        .await
        .unwrap();
}

/// Reads a stream until it has shown this data.
async fn read_until(clients: &Clients, seen: Option<i64>, last: &str) -> String {
    let mut stream = Box::pin(clients.stream(seen).unwrap());
    let mut text = String::new();
    read_on(&mut stream, &mut text, last).await;
    text
}

async fn read_on(stream: &mut (impl Stream<Item = Result<Bytes, StreamError>> + Unpin), text: &mut String, last: &str) {
    let read = async {
        while !text.contains(&format!("data: {last}\n")) {
            text.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
        }
    };
    tokio::time::timeout(LONG, read).await.unwrap();
}

fn data(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_goes_on_where_it_was_on_any_instance() {
    let parts = Parts::new("sse_resume", Service::Core, 1).await;
    for n in 1..=3 {
        change(&parts, &format!("p{n}"), &format!("v{n}")).await;
    }
    let (one, clients) = broadcasting(&parts, BroadcasterConfig::default()).await;
    assert_eq!(data(&read_until(&clients, Some(1), "v3").await), ["v2", "v3"]);
    let live = tokio::task::spawn({
        let clients = clients.clone();
        async move { read_until(&clients, Some(3), "v5").await }
    });
    change(&parts, "p1", "v4").await;
    change(&parts, "p1", "v5").await;
    let text = live.await.unwrap();
    assert_eq!(data(&text), ["v4", "v5"]);
    assert!(text.starts_with("retry: ") && text.contains("id: 5\n"), "{text}");
    stopped(one).await;
    let (two, clients) = broadcasting(&parts, BroadcasterConfig::default()).await;
    assert_eq!(data(&read_until(&clients, Some(2), "v5").await), ["v3", "v4", "v5"], "another instance resumes it");
    stopped(two).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_unknown_or_too_far_behind_gets_a_reset_and_a_snapshot() {
    let parts = Parts::new("sse_reset", Service::Core, 1).await;
    let config = BroadcasterConfig { most_recent: 2, most_coalesced: 2, ..BroadcasterConfig::default() };
    let (tree, clients) = broadcasting(&parts, config).await;
    for n in 1..=9 {
        change(&parts, &format!("p{n}"), &format!("v{n}")).await;
    }
    read_until(&clients, None, "all").await;
    assert_eq!(data(&read_until(&clients, Some(8), "v9").await), ["v9"], "the snapshot waited for the log");
    for seen in [None, Some(1), Some(1_000_000)] {
        let text = read_until(&clients, seen, "all").await;
        assert!(text.contains("event: reset\ndata: {}\n"), "{seen:?}: {text}");
    }
    let mut stream = Box::pin(clients.stream(None).unwrap());
    let mut text = String::new();
    read_on(&mut stream, &mut text, "all").await;
    change(&parts, "p1", "v10").await;
    read_on(&mut stream, &mut text, "v10").await;
    assert_eq!(data(&text), ["{}", "all", "v10"], "no gap and no repetition after the snapshot");
    drop(stream);
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_filled_with_comments_and_streams_end_when_the_service_stops() {
    let parts = Parts::new("sse_silence", Service::Core, 1).await;
    let config = BroadcasterConfig { heartbeat: Duration::from_millis(50), ..BroadcasterConfig::default() };
    let (tree, clients) = broadcasting(&parts, config).await;
    change(&parts, "p", "v1").await;
    read_until(&clients, Some(0), "v1").await;
    let stream = Box::pin(clients.stream(Some(1)).unwrap());
    let all = tokio::task::spawn(stream.map(|bytes| bytes.unwrap()).collect::<Vec<Bytes>>());
    tokio::time::sleep(Duration::from_millis(300)).await;
    stopped(tree).await;
    let all = tokio::time::timeout(LONG, all).await.unwrap().unwrap();
    assert!(all.iter().any(|bytes| &**bytes == b": alive\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_side_by_side_leave_no_change_untold() {
    let parts = Arc::new(Parts::new("sse_order", Service::Core, 1).await);
    let (tree, clients) = broadcasting(&parts, BroadcasterConfig::default()).await;
    change(&parts, "start", "start").await;
    let reader = tokio::task::spawn(async move { read_until(&clients, Some(0), "end").await });
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let parts = parts.clone();
            tokio::task::spawn(async move {
                for n in 0..40 {
                    change(&parts, &format!("{writer}"), &format!("{writer}-{n}")).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    change(&parts, "end", "end").await;
    assert_eq!(data(&reader.await.unwrap()).len(), 242);
    stopped(tree).await;
}

//! Registers as they come over HTTP, in pieces whose number nobody announces.

use std::net::SocketAddr;

use ins_comp_settlement::admin::registers;
use polis_actors::http::HttpSpec;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::world::{FILE, INSURER, LONG, World, at_work, csv, stop};

/// The largest file that is taken here.
const MOST: u64 = 64 << 10;

/// Sends a body of these pieces without its length; answers the status and what was said.
async fn sent(to: SocketAddr, insurer: &str, pieces: impl IntoIterator<Item = &[u8]>) -> (u16, Value) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let target = format!("/registers?insurer={insurer}&from=2026-11-01&to=2026-11-30&name=november.csv&by=olga");
    let head =
        format!("POST {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    for piece in pieces {
        stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
        stream.write_all(piece).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split_whitespace().nth(1).unwrap().parse().unwrap();
    let (from, to) = (answer.find('{').unwrap(), answer.rfind('}').unwrap());
    (status, serde_json::from_str(&answer[from..=to]).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_too_large_on_its_way_is_refused_and_leaves_nothing() {
    let world = World::bounded("intake_sent", MOST).await;
    // This insurer's registers are smaller still.
    world
        .describe("small", &FILE.replace("[register.columns]", "[register.bounds]\nbytes = 20000\n[register.columns]"));
    let listen = SocketAddr::from(([127, 0, 0, 1], polis_stack::free_port().unwrap()));
    let routes = registers::routes(&world.intake);
    let server = HttpSpec { name: "http".to_owned(), listen, routes, front: Default::default(), grace: LONG };
    let server = at_work(server.build().1).await;

    // A good register with so much behind it that nobody would keep it, sent to its end: whoever sends hears why.
    let (good, large) = (csv(200, 0), csv(500_000, 0));
    assert!((good.len() as u64) < MOST && large.len() as u64 > 500 * MOST);
    let (status, problem) = sent(listen, INSURER, large.as_bytes().chunks(1 << 16)).await;
    assert_eq!((status, &problem["kind"]), (413, &json!("too-large")), "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("november.csv is larger than the 65536 bytes that intake.most_bytes allows"),
        "{detail}"
    );
    // One byte more than is allowed is too much as well.
    let exact = "x".repeat(usize::try_from(MOST).unwrap() + 1);
    assert_eq!(sent(listen, INSURER, exact.as_bytes().chunks(1000)).await.0, 413);
    let (status, problem) = sent(listen, "small", csv(400, 0).as_bytes().chunks(1000)).await;
    assert_eq!((status, &problem["kind"]), (422, &json!("too-large")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("20000 allowed by bounds.bytes"), "{problem}");

    for table in ["registers", "register_lines", "register_unreadable", "runs"] {
        assert_eq!(world.count(&format!("select count(*) from {table}")).await, 0, "{table}");
    }
    let parts = "select count(*) from pg_class where relname like 'register\\_lines\\_%' and relkind = 'r'";
    assert_eq!(world.count(parts).await, 0, "no part was begun");
    assert_eq!(std::fs::read_dir(&world.shared().spool).unwrap().count(), 0);

    // The same insurer can send what is not too large, in pieces as well.
    let (status, received) = sent(listen, INSURER, good.as_bytes().chunks(777)).await;
    assert_eq!((status, &received["lines"]), (201, &json!(200)), "{received}");
    stop(server).await;
}

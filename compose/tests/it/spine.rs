//! The way of a price change: from an insurer to an open page, in one trace.

use std::collections::BTreeSet;

use polis_stack::{CORE_DATABASE, JaegerPorts, free_port};
use serde_json::Value;
use tokio_postgres::NoTls;

use super::browser::Browser;
use super::polis::{LONG, Polis, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_price_change_reaches_open_pages_within_one_trace() {
    let mut polis = Polis::without_services().await;
    let jaeger = JaegerPorts { query: free_port().unwrap(), grpc: free_port().unwrap(), http: free_port().unwrap() };
    polis.stack.start_jaeger(jaeger).await.unwrap();
    polis.services.otlp = format!("http://127.0.0.1:{}", jaeger.http);
    let services = polis.services.clone();
    polis.spawn(services.sandbox(&polis.stack)).await;
    polis.spawn(services.aggregator(&polis.stack)).await;
    let core = polis.spawn(services.core_app(&polis.stack)).await;
    polis.until_complete().await;

    let mut browser = Browser::open(&polis.core("/")).await;
    browser.ask("open 7").await;
    browser.ask("live").await;

    // Seven tabs of one browser share one stream, and all of them change without a reload.
    polis.set_premium("ural-polis", "ural-travel-1", "1234.50").await;
    let shown = browser.ask("price ural-polis/ural-travel-1 1234.50").await;
    eprintln!("page shows the change {shown} ms after it was told to look");
    let streams = polis.get(&format!("http://127.0.0.1:{}/actors", services.ports.core_admin)).await.unwrap();
    assert_eq!(streams["ready"], true);
    let metrics =
        polis.http.get(format!("http://127.0.0.1:{}/metrics", services.ports.core_admin)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("sse_clients{service=\"core-app\"} 1\n"), "one stream for seven tabs:\n{metrics}");

    // The tab that holds the stream goes; another one goes on where it was.
    browser.ask("close-leader").await;
    polis.set_premium("ural-polis", "ural-travel-1", "1300.00").await;
    browser.ask("price ural-polis/ural-travel-1 1300.00").await;

    // The service goes away and comes back; what changed meanwhile is shown.
    core.ask(polis_stack::Halt(nix::sys::signal::Signal::SIGKILL), LONG).await.map_err(|e| e.to_string()).unwrap();
    browser.ask("retrying").await;
    polis.set_premium("ural-polis", "ural-travel-1", "1400.00").await;
    core.ask(polis_stack::Resume, LONG).await.map_err(|e| e.to_string()).unwrap();
    browser.ask("live").await;
    browser.ask("price ural-polis/ural-travel-1 1400.00").await;

    browser.ask("languages").await;
    browser.ask("filters").await;
    browser.ask("history ural-polis/ural-travel-1").await;
    browser.ask("phone").await;

    one_trace(&polis, jaeger.query).await;
    polis.stop().await;
}

async fn one_trace(polis: &Polis, query: u16) {
    let url = polis.stack.addresses().database_url(CORE_DATABASE);
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let driver = tokio::task::spawn(connection);
    let sql = "select traceparent from catalogue_changes where product_id = 'ural-travel-1' and data like '%1234.50%'";
    let traceparent: String = client.query_one(sql, &[]).await.unwrap().get(0);
    drop(client);
    driver.await.unwrap().unwrap();
    let trace = traceparent.split('-').nth(1).unwrap();
    let address = format!("http://127.0.0.1:{query}/api/traces/{trace}");
    let expected: BTreeSet<&str> =
        ["poll", "catalogue.write", "outbox.wait", "produce", "kafka.wait", "consume", "apply", "sse.broadcast"].into();
    until("Jaeger has the whole trace", || async {
        let answer = polis.get(&address).await.unwrap_or_default();
        expected.is_subset(&names(&answer).iter().map(String::as_str).collect())
    })
    .await;
    let answer = polis.get(&address).await.unwrap();
    let services: BTreeSet<_> = answer["data"][0]["processes"]
        .as_object()
        .unwrap()
        .values()
        .map(|process| process["serviceName"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(services, BTreeSet::from(["core-app".to_owned(), "ins-product-aggregator".to_owned()]));
    // Every span but the first continues another one of the same trace.
    let spans = answer["data"][0]["spans"].as_array().unwrap();
    let ids: BTreeSet<_> = spans.iter().map(|span| span["spanID"].as_str().unwrap()).collect();
    let orphans: Vec<_> = spans
        .iter()
        .filter(|span| {
            !span["references"].as_array().unwrap().iter().any(|r| ids.contains(r["spanID"].as_str().unwrap()))
        })
        .map(|span| span["operationName"].as_str().unwrap())
        .collect();
    assert_eq!(orphans, ["poll"]);
}

fn names(answer: &Value) -> BTreeSet<String> {
    let spans = answer["data"][0]["spans"].as_array().cloned().unwrap_or_default();
    spans.iter().map(|span| span["operationName"].as_str().unwrap_or_default().to_owned()).collect()
}

//! All of Polis on a stack of its own, two tests at a time.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use nix::sys::signal::Signal;
use polis_actors::runtime::ActorRef;
use polis_stack::{
    AGGREGATOR_DATABASE, CORE_DATABASE, Halt, Parts, Process, ProcessSpec, Resume, SETTLEMENT_DATABASE, ServicePorts,
    Services, Stack, create_topics, declared_topics,
};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::{NoTls, Row};

use super::contract;

/// Longest wait for anything.
pub const LONG: Duration = Duration::from_secs(90);

/// A machine with two cores runs two of them well, because tests mostly wait; not five.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

pub struct Polis {
    pub stack: Stack,
    pub services: Services,
    pub http: Client,
    pub seen: contract::Seen,
    _turn: SemaphorePermit<'static>,
}

impl Polis {
    /// PostgreSQL, Kafka, topics and databases; no service yet. Prices stand still.
    pub async fn without_services() -> Self {
        let turn = AT_ONCE.acquire().await.unwrap();
        let stack = Stack::start(Parts::ephemeral().unwrap()).await.unwrap();
        create_topics(&stack, &declared_topics().unwrap()).await.unwrap();
        let mut services = Services::beside_this_program(ServicePorts::free().unwrap()).unwrap();
        services.drift = "0s".to_owned();
        services.create_databases(&stack).await.unwrap();
        let (http, seen) = (polis_stack::http_client(), contract::Seen::default());
        Self { stack, services, http, seen, _turn: turn }
    }

    /// Everything, with the sandbox's catalogue on the page.
    pub async fn start() -> Self {
        let polis = Self::without_services().await;
        for spec in [
            polis.services.sandbox(&polis.stack),
            polis.services.aggregator(&polis.stack),
            polis.services.core_app(&polis.stack),
        ] {
            polis.spawn(spec).await;
        }
        polis.until_complete().await;
        polis
    }

    /// Settlement, once it serves.
    pub async fn start_settlement(&self) -> ActorRef<Process> {
        let process = self.spawn(self.services.settlement(&self.stack)).await;
        self.stack.until_ready().await.unwrap();
        process
    }

    pub async fn spawn(&self, spec: ProcessSpec) -> ActorRef<Process> {
        self.stack.spawn(spec).await.unwrap()
    }

    pub async fn stop(self) {
        let Self { stack, .. } = self;
        tokio::task::spawn_blocking(move || stack.stop()).await.unwrap();
    }

    pub fn core(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.services.ports.core)
    }

    pub fn core_admin(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.services.ports.core_admin)
    }

    pub fn settlement(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.services.ports.settlement_admin)
    }

    pub fn sandbox(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.services.ports.sandbox)
    }

    pub fn aggregator(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.services.ports.aggregator_admin)
    }

    pub async fn get(&self, address: &str) -> Option<Value> {
        self.http.get(address).send().await.ok()?.json().await.ok()
    }

    /// All products on the page, by insurer and product.
    pub async fn on_page(&self) -> BTreeMap<(String, String), Value> {
        let path = "/api/products?limit=200";
        let page = async {
            let answer = self.http.get(self.core(path)).send().await?;
            contract::answered(self, &Method::GET, path, None, answer).await
        };
        let page = page.await.unwrap_or_default();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        items.into_iter().map(|item| ((text(&item["insurer_id"]), text(&item["product_id"])), item)).collect()
    }

    pub async fn premium(&self, insurer: &str, product: &str) -> String {
        let page = self.on_page().await;
        let item = page.get(&(insurer.to_owned(), product.to_owned()));
        item.map(|item| item["premium"]["amount"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
    }

    /// Waits until every product of every insurer of the sandbox is on the page.
    pub async fn until_complete(&self) {
        let address = self.sandbox("/control/insurers");
        until("the sandbox answers", || async { self.get(&address).await.is_some() }).await;
        let invented = self.get(&address).await.unwrap();
        let products =
            invented.as_object().unwrap().values().map(|insurer| insurer["products"].as_object().unwrap().len());
        // And the plans of the published feed.
        let wanted = products.sum::<usize>() + 3;
        until("every product is on the page", || async { self.on_page().await.len() == wanted }).await;
    }

    pub async fn set_premium(&self, insurer: &str, product: &str, premium: &str) {
        let address = self.sandbox(&format!("/control/insurers/{insurer}/products/{product}"));
        let answer = self.http.patch(address).json(&json!({ "premium": premium })).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    pub async fn set_fault(&self, insurer: &str, fault: Option<Value>) {
        let address = self.sandbox(&format!("/control/insurers/{insurer}/fault"));
        let request = match fault {
            Some(fault) => self.http.put(address).json(&fault),
            None => self.http.delete(address),
        };
        assert!(request.send().await.unwrap().status().is_success());
    }

    /// Runs polisctl: whether it succeeded, and what it printed.
    pub async fn polisctl(&self, arguments: &[&str]) -> (bool, String) {
        let program = self.services.programs.join("polisctl");
        let output = tokio::process::Command::new(program).args(arguments).output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// One number from a service's database.
    pub async fn count(&self, database: &str, sql: &str) -> i64 {
        self.rows(database, sql).await[0].get(0)
    }

    /// Rows from a service's database.
    pub async fn rows(&self, database: &str, sql: &str) -> Vec<Row> {
        let (client, connection) =
            tokio_postgres::connect(&self.stack.addresses().database_url(database), NoTls).await.unwrap();
        let driver = tokio::task::spawn(connection);
        let rows = client.query(sql, &[]).await.unwrap();
        drop(client);
        driver.await.unwrap().unwrap();
        rows
    }

    /// A statement in core-app's database, as core-app may give it.
    pub async fn core_execute(&self, sql: &str) -> Result<(), String> {
        self.execute(&self.stack.addresses().database_url(CORE_DATABASE), sql).await
    }

    /// A statement in settlement's database, as settlement may give it.
    pub async fn settlement_execute(&self, sql: &str) {
        self.execute(&self.stack.addresses().database_url(SETTLEMENT_DATABASE), sql).await.unwrap();
    }

    /// A statement in core-app's database that core-app could not give.
    pub async fn as_administrator(&self, sql: &str) {
        let address = self.stack.addresses().postgres_admin.replace("/postgres", &format!("/{CORE_DATABASE}"));
        self.execute(&address, sql).await.unwrap();
    }

    async fn execute(&self, address: &str, sql: &str) -> Result<(), String> {
        let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
        let _driver = tokio::task::spawn(connection);
        let done = client.batch_execute(sql).await;
        done.map_err(|error| error.as_db_error().map_or(error.to_string(), |error| error.message().to_owned()))
    }

    pub async fn core_count(&self, sql: &str) -> i64 {
        self.count(CORE_DATABASE, sql).await
    }

    pub async fn settlement_count(&self, sql: &str) -> i64 {
        self.count(SETTLEMENT_DATABASE, sql).await
    }

    pub async fn aggregator_count(&self, sql: &str) -> i64 {
        self.count(AGGREGATOR_DATABASE, sql).await
    }
}

/// Ends a process by that signal and keeps it down.
pub async fn halt(process: &ActorRef<Process>, signal: Signal) {
    process.ask(Halt(signal), LONG).await.map_err(|error| error.to_string()).unwrap();
}

/// Starts a process that was halted.
pub async fn resume(process: &ActorRef<Process>) {
    process.ask(Resume, LONG).await.map_err(|error| error.to_string()).unwrap();
}

pub async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + LONG;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "not within {LONG:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

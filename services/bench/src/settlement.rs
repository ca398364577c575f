//! A register of very many lines against as many policies: from the first byte that is sent to the result that is kept.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use ins_comp_settlement::runs::Run;
use polis_schema::Service;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::book::{FILE, INSURER, register, sell};
use crate::figure::Figure;
use crate::parts::{database, database_url, topic};
use crate::program::Program;

/// Of the topics, in which there is nothing.
const PARTITIONS: i32 = 12;
const PERIOD: &str = "from=2026-10-01&to=2026-10-31";
/// Longest wait for a run.
const LONG: Duration = Duration::from_secs(300);
/// The time and the memory of a million.
const SECONDS: f64 = 15.0;
const MEGABYTES: f64 = 250.0;
/// As what the result is taken; pdf is the act.
const FORMATS: [&str; 5] = ["csv", "xlsx", "json", "pdf", "annex"];

pub(crate) fn measure(postgres: &str, kafka: &str, lines: u64) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let name = format!("bench_settlement_{lines}");
        let database = database(postgres, &name, Service::Settlement).await?;
        sell(&database, lines).await?;
        let topics = ["products", "policies"].map(|of| format!("bench.settlement.{lines}.{of}"));
        for name in &topics {
            topic(kafka, name, PARTITIONS).await?;
        }
        let files = tempfile::tempdir()?;
        let (insurers, spool) = (files.path().join("insurers"), files.path().join("spool"));
        std::fs::create_dir(&insurers)?;
        std::fs::write(insurers.join(format!("{INSURER}.toml")), FILE)?;
        let path = files.path().join("register.csv");
        let wrong = register(&path, lines)?;
        let program = Program::settlement(&database_url(postgres, &name)?, kafka, &topics, &insurers, &spool)?;
        let admin = program.admin();
        until_ready(admin).await?;

        let began = Instant::now();
        let received = send(admin, &path).await?;
        let read = began.elapsed().as_secs_f64();
        let register = received["id"].as_i64().context("the register has a number")?;
        let order = serde_json::json!({ "register": register, "by": "bench" }).to_string();
        let ordered: Run = serde_json::from_str(&ask(admin, "POST", "/runs", &order).await?)?;
        let run = loop {
            let run: Run = serde_json::from_str(&ask(admin, "GET", &format!("/runs/{}", ordered.id), "").await?)?;
            match run.state.as_str() {
                "done" => break run,
                "failed" => anyhow::bail!("the run failed: {}", run.error.unwrap_or_default()),
                _ => anyhow::ensure!(began.elapsed() < LONG, "the run does not end"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let whole = began.elapsed().as_secs_f64();
        let peak = program.memory("VmHWM")?;
        let totals = run.totals.context("a run that is done has totals")?;
        let found = totals.breaks.iter().map(|(kind, tally)| (*kind, tally.count)).collect();
        anyhow::ensure!(wrong == found, "wrong are {wrong:?}, found were {found:?}");
        let breaks: u64 = wrong.values().sum();
        let mut exports = Vec::new();
        for format in FORMATS {
            let (seconds, memory) = exported(&program, run.id, format).await?;
            let what = |what: &str| format!("{lines} policies, {lines} lines, {breaks} breaks: {format}{what}");
            exports.push(Figure::new(what(""), seconds, "s"));
            exports.push(Figure::new(what(", memory of the service"), memory, "MB").target(MEGABYTES));
        }
        program.stop().await?;

        let what = |what: &str| format!("{lines} policies, {lines} lines: {what}");
        let of = lines as f64 / 1e6;
        let mut figures = vec![
            Figure::new(what("parse, match, persist, totals"), whole, "s").target(SECONDS * of),
            Figure::new(what("of which to read and store the lines"), read, "s"),
            Figure::new(what("the same for each million"), whole / of, "s"),
            Figure::new(what("memory of the service"), peak, "MB").target(MEGABYTES),
        ];
        figures.extend(exports);
        Ok(figures)
    })
}

/// Takes the result of a run as a file, and throws it away as it comes; answers how long it took and what the service needed at most.
async fn exported(program: &Program, run: i64, format: &str) -> anyhow::Result<(f64, f64)> {
    program.forget_peak()?;
    let began = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", program.admin())).await?;
    stream.write_all(head("GET", &format!("/runs/{run}/export?format={format}"), 0).as_bytes()).await?;
    let mut piece = vec![0; 64 << 10];
    let (mut status, mut bytes) = (String::new(), 0);
    loop {
        let length = stream.read(&mut piece).await?;
        if length == 0 {
            break;
        }
        if bytes == 0 {
            status = String::from_utf8_lossy(&piece[..length]).split_whitespace().nth(1).unwrap_or_default().to_owned();
        }
        bytes += length;
    }
    anyhow::ensure!(status == "200", "the export as {format} ends with {status}");
    Ok((began.elapsed().as_secs_f64(), program.memory("VmHWM")?))
}

async fn until_ready(admin: u16) -> anyhow::Result<()> {
    let began = Instant::now();
    while ask(admin, "GET", "/health/live", "").await.is_err() {
        anyhow::ensure!(began.elapsed() < Duration::from_secs(30), "settlement does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn send(admin: u16, path: &Path) -> anyhow::Result<serde_json::Value> {
    let mut file = tokio::fs::File::open(path).await?;
    let length = file.metadata().await?.len();
    let mut stream = TcpStream::connect(("127.0.0.1", admin)).await?;
    let target = format!("/registers?insurer={INSURER}&{PERIOD}&name=register.csv&by=bench");
    stream.write_all(head("POST", &target, length).as_bytes()).await?;
    tokio::io::copy(&mut file, &mut stream).await?;
    Ok(serde_json::from_str(&body(stream).await?)?)
}

async fn ask(admin: u16, method: &str, target: &str, order: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", admin)).await?;
    let length = u64::try_from(order.len())?;
    stream.write_all(format!("{}{order}", head(method, target, length)).as_bytes()).await?;
    body(stream).await
}

fn head(method: &str, target: &str, length: u64) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
}

async fn body(mut stream: TcpStream) -> anyhow::Result<String> {
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    let (head, body) = text.split_once("\r\n\r\n").context("an answer without a body")?;
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    anyhow::ensure!(status.starts_with('2'), "{status}: {body}");
    Ok(body.to_owned())
}

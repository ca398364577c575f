//! `polis-stack`: everything of Polis on this machine, for `make run`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use polis_actors::process::exit_code;
use polis_actors::telemetry::{self, LogFormat, TelemetryConfig};
use polis_stack::{
    JaegerPorts, Parts, ServicePorts, Services, Stack, Use, build_jaeger, create_topics, declared_topics,
    ensure_port_free,
};

/// Starts PostgreSQL, Kafka, Jaeger, the topics, the sandbox and the services of Polis; Ctrl-C stops all of it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Data and logs. The next run finds them again.
    #[arg(long, env = "POLIS_DATA")]
    data: Option<PathBuf>,
    /// An existing Kafka to use instead of our own.
    #[arg(long, env = "KAFKA_BROKERS")]
    kafka: Option<String>,
    /// An existing PostgreSQL to use instead of our own: the address of a database, as a user who may create others.
    #[arg(long, env = "POSTGRES_URL")]
    postgres: Option<String>,
    /// An existing OTLP receiver over HTTP to use instead of our own Jaeger.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    otlp: Option<String>,
    /// Time between two changes of prices in the sandbox.
    #[arg(long, default_value = "700ms")]
    drift: String,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, clap::Subcommand)]
enum Command {
    /// Only downloads and builds what will be needed.
    Prepare,
}

const POSTGRES: u16 = 54320;
const KAFKA: u16 = 19092;
const JAEGER: JaegerPorts = JaegerPorts { query: 16686, grpc: 4317, http: 4318 };

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config =
        TelemetryConfig { log_format: LogFormat::Human, log: "info,rskafka=off".to_owned(), otlp: String::new() };
    let _telemetry = telemetry::start(&config, "polis-stack", "polis-stack")?;
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(Command::Prepare) = arguments.command {
        runtime.block_on(prepare())?;
        return Ok(ExitCode::SUCCESS);
    }
    let stack = runtime.block_on(start(arguments))?;
    let code = stack.wait();
    println!("Stopped. The data is kept; `make run` finds it again.");
    Ok(code)
}

async fn prepare() -> anyhow::Result<()> {
    polis_stack::ensure_prerequisites(true).await?;
    let cache = polis_stack::Cache::locate();
    polis_stack::download(&cache).await?;
    println!("Building Jaeger, unless it is built already; this takes some minutes once");
    build_jaeger(&cache).await?;
    Ok(())
}

async fn start(arguments: &Arguments) -> anyhow::Result<Stack> {
    let ports = ServicePorts::DEFAULT;
    let own = [
        ("PostgreSQL", POSTGRES, arguments.postgres.is_none()),
        ("Kafka", KAFKA, arguments.kafka.is_none()),
        ("Jaeger query", JAEGER.query, arguments.otlp.is_none()),
        ("Jaeger OTLP", JAEGER.http, arguments.otlp.is_none()),
    ];
    let wanted = own.into_iter().filter(|(_, _, ours)| *ours).map(|(what, port, _)| (what, port)).chain(ports.all());
    for (what, port) in wanted {
        ensure_port_free(what, port)?;
    }
    polis_stack::ensure_prerequisites(arguments.otlp.is_none()).await?;
    let directory = arguments.data.clone().unwrap_or_else(polis_stack::data_directory);
    println!("Starting PostgreSQL and Kafka; data and logs are in {}", directory.display());
    let parts = Parts {
        directory,
        postgres: POSTGRES,
        kafka: KAFKA,
        existing_postgres: arguments.postgres.clone(),
        existing_kafka: arguments.kafka.clone(),
        purpose: Use::Service,
    };
    let stack = Stack::start(parts).await?;
    println!("Making topics and databases");
    create_topics(&stack, &declared_topics()?).await?;
    let mut services = Services::beside_this_program(ports)?;
    services.otlp = arguments.otlp.clone().unwrap_or_else(|| format!("http://127.0.0.1:{}", JAEGER.http));
    services.drift.clone_from(&arguments.drift);
    services.create_databases(&stack).await?;
    println!("Starting the sandbox and the services");
    let all =
        [services.sandbox(&stack), services.aggregator(&stack), services.core_app(&stack), services.settlement(&stack)];
    for spec in all {
        let name = spec.name.clone();
        stack.spawn(spec).await.with_context(|| format!("start {name}"))?;
    }
    stack.until_ready().await?;
    println!("{}", table(&stack, arguments));
    if arguments.otlp.is_none() {
        start_jaeger(&stack).await;
    }
    Ok(stack)
}

/// A slow build of Jaeger delays nothing: the services send their spans to where it will be.
async fn start_jaeger(stack: &Stack) {
    let cache = polis_stack::Cache::locate();
    if !polis_stack::is_jaeger_built(&cache) {
        println!("Jaeger is built once, which takes some minutes; everything else runs meanwhile.");
    }
    let started = async {
        build_jaeger(&cache).await?;
        stack.start_jaeger(JAEGER).await
    };
    tokio::select! {
        started = started => match started {
            Ok(()) => println!("Jaeger runs: http://127.0.0.1:{}/api/services", JAEGER.query),
            Err(error) => eprintln!("Jaeger does not run, everything else does: {error}"),
        },
        () = stack.ended() => {}
    }
}

fn table(stack: &Stack, arguments: &Arguments) -> String {
    let ports = ServicePorts::DEFAULT;
    let local = |port: u16| format!("http://127.0.0.1:{port}");
    let traces = match &arguments.otlp {
        Some(elsewhere) => elsewhere.clone(),
        None => format!("http://127.0.0.1:{}/api/services", JAEGER.query),
    };
    let rows = [
        ("Page, API, live updates", local(ports.core)),
        ("Reconciliation with insurers", local(ports.settlement_admin)),
        ("core-app admin", format!("{}/actors", local(ports.core_admin))),
        ("ins-product-aggregator admin", format!("{}/actors", local(ports.aggregator_admin))),
        ("ins-comp-settlement admin", format!("{}/actors", local(ports.settlement_admin))),
        ("Sandbox insurers", format!("{}/control/insurers", local(ports.sandbox))),
        ("PostgreSQL", stack.addresses().postgres_admin.clone()),
        ("Kafka", stack.addresses().kafka.clone()),
        ("Jaeger (traces)", traces),
    ];
    let width = rows.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    let mut text = String::from("\nPolis runs. Ctrl-C stops all of it.\n\n");
    for (what, address) in rows {
        text.push_str(&format!("  {what:width$}  {address}\n"));
    }
    text
}

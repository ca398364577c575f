//! What every service of Polis does first: read its configuration, set up telemetry, wait for its database.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use polis_schema::{MigrationError, Service, migrate};
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio_postgres::NoTls;

use crate::config::{ConfigError, Source, load};
use crate::database::Database;
use crate::runtime::{Child, spawn_guarded};
use crate::telemetry::{self, Telemetry, TelemetryConfig, TelemetryError};

/// Why a service cannot start.
#[derive(Debug, Error)]
pub enum StartupError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its telemetry.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// Its database refuses a migration.
    #[error(transparent)]
    Migration(#[from] MigrationError),
}

/// The process of one service.
pub struct Process<C> {
    /// Its configuration.
    pub config: C,
    /// Which instance this is: owner of leases, label of logs and traces.
    pub instance: Arc<str>,
    /// Sends what has not been sent when it is dropped.
    pub telemetry: Telemetry,
    /// The root of the tree, once it is built.
    pub root: Arc<OnceLock<Arc<dyn Child>>>,
    _fail_points: Option<fail::FailScenario<'static>>,
}

/// Well-known variables that every service understands.
const ALIASES: [(&str, &str); 2] =
    [("KAFKA_BROKERS", "kafka.brokers"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp")];

/// Reads the configuration and sets up telemetry.
///
/// # Errors
/// [`StartupError`] names the key that is wrong.
pub fn begin<C: DeserializeOwned>(
    service: &str, defaults: &str, file: Option<&Path>, telemetry: impl Fn(&C) -> &TelemetryConfig,
) -> Result<Process<C>, StartupError> {
    use_small_pages();
    let prefix = service.to_uppercase().replace('-', "_");
    let wants_kafka = defaults.contains("[kafka]");
    let aliases: Vec<_> = ALIASES.into_iter().filter(|(name, _)| *name != "KAFKA_BROKERS" || wants_kafka).collect();
    let source =
        Source { defaults, file, prefix: &prefix, aliases: &aliases, environment: Source::process_environment() };
    let config: C = load(&source)?;
    let instance: Arc<str> = format!("{service}-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]).into();
    let telemetry = telemetry::start(telemetry(&config), service, &instance)?;
    tracing::info!(service, instance = &*instance, "starting");
    Ok(Process { config, instance, telemetry, root: Arc::default(), _fail_points: crate::failpoint::set_up() })
}

/// Memory only where it is touched: with huge pages the buffers of ten thousand connections cost what they might hold
/// one day. Best before anything is allocated.
pub fn use_small_pages() {
    // An old kernel that refuses only costs memory.
    let _ = nix::sys::prctl::set_thp_disable(true);
}

const RETRY: Duration = Duration::from_secs(1);

/// Brings the database up to date, waiting for it while it is down.
///
/// # Errors
/// When the database is there and refuses a migration.
pub async fn migrate_when_up(database: &Database, service: Service) -> Result<(), MigrationError> {
    let mut said = false;
    loop {
        match database.config().connect(NoTls).await {
            Ok((mut client, connection)) => {
                let _driver = spawn_guarded(connection);
                return migrate(&mut client, service).await;
            }
            Err(error) => {
                if !std::mem::replace(&mut said, true) {
                    tracing::warn!(error = crate::runtime::error_text(&error), "waiting for the database");
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// The exit code of a program; an error is printed with its causes, for whoever started it.
pub fn exit_code<E: std::fmt::Display>(result: Result<ExitCode, E>) -> ExitCode {
    result.unwrap_or_else(|error| {
        // The program may have failed before there were logs.
        #[expect(clippy::print_stderr, reason = "the last word of a program that cannot start")]
        {
            eprintln!("error: {error:#}");
        }
        ExitCode::FAILURE
    })
}

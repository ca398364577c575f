//! Bringing a service's database up to date.

use refinery::Runner;
use thiserror::Error;
use tokio_postgres::Client;

mod messaging {
    refinery::embed_migrations!("migrations/messaging");
}
mod aggregator {
    refinery::embed_migrations!("migrations/aggregator");
}
mod core {
    refinery::embed_migrations!("migrations/core");
}
mod settlement {
    refinery::embed_migrations!("migrations/settlement");
}

/// Whose database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Only the shared messaging tables, for tests of the actors that use them.
    Messaging,
    /// `ins-product-aggregator`.
    Aggregator,
    /// `core-app`.
    Core,
    /// `ins-comp-settlement`.
    Settlement,
}

/// Why a database could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrationError {
    /// A statement failed, or the database has migrations that this program does not know.
    #[error("migrate the database; nothing of the failed step was kept")]
    Migration(#[from] refinery::Error),
    /// The database cannot be used at all.
    #[error("database")]
    Database(#[from] tokio_postgres::Error),
}

/// One number for all instances of all services: they take turns.
const LOCK: i64 = 0x0070_6f6c_6973;

/// Applies what is missing: first the messaging tables, then the service's own. Instances that start together take
/// turns, and the second finds nothing to do.
///
/// # Errors
/// [`MigrationError`]; the database stays at the last step that succeeded.
pub async fn migrate(client: &mut Client, service: Service) -> Result<(), MigrationError> {
    client.execute("select pg_advisory_lock($1)", &[&LOCK]).await?;
    let result = run_all(client, service).await;
    client.execute("select pg_advisory_unlock($1)", &[&LOCK]).await?;
    result
}

async fn run_all(client: &mut Client, service: Service) -> Result<(), MigrationError> {
    run(client, messaging::migrations::runner(), "schema_history_messaging").await?;
    match service {
        Service::Messaging => Ok(()),
        Service::Aggregator => run(client, aggregator::migrations::runner(), "schema_history").await,
        Service::Core => run(client, core::migrations::runner(), "schema_history").await,
        Service::Settlement => run(client, settlement::migrations::runner(), "schema_history").await,
    }
}

async fn run(client: &mut Client, mut runner: Runner, history: &str) -> Result<(), MigrationError> {
    runner.set_migration_table_name(history);
    runner.run_async(client).await?;
    Ok(())
}

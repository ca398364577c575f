//! The pool of connections, and running a statement by its file.

use std::str::FromStr;
use std::time::Duration;

use deadpool_postgres::{GenericClient, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures_util::TryStreamExt;
use polis_schema::sql::Statement;
use serde::Deserialize;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row};

use super::DatabaseError;

/// How the database is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://user@host:port/database`.
    pub url: String,
    /// Most connections at once.
    pub connections: usize,
}

/// A database. Clones share the pool.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
    config: Config,
}

const CONNECT: Duration = Duration::from_secs(3);
const WAIT: Duration = Duration::from_secs(5);

impl Database {
    /// A pool that connects when it is first used.
    ///
    /// # Errors
    /// When the address does not parse.
    pub fn new(settings: &DatabaseConfig, application: &str) -> Result<Self, DatabaseError> {
        let mut config = Config::from_str(&settings.url).map_err(DatabaseError::Address)?;
        config.application_name(application).connect_timeout(CONNECT);
        config.keepalives_idle(Duration::from_secs(15)).tcp_user_timeout(Duration::from_secs(15));
        Ok(Self { pool: Self::pool(&config, settings.connections)?, config })
    }

    fn pool(config: &Config, connections: usize) -> Result<Pool, DatabaseError> {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        Pool::builder(Manager::from_config(config.clone(), NoTls, recycling))
            .max_size(connections)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .recycle_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|_| DatabaseError::Pool(deadpool_postgres::PoolError::NoRuntimeSpecified))
    }

    /// The same database over a connection of its own, for what must not wait until others are done with theirs.
    #[must_use]
    pub fn apart(&self) -> Self {
        let pool = Self::pool(&self.config, 1).unwrap_or_else(|_| self.pool.clone());
        Self { pool, config: self.config.clone() }
    }

    /// A connection from the pool.
    ///
    /// # Errors
    /// When there is none to be had in time; passing.
    pub async fn get(&self) -> Result<Object, DatabaseError> {
        Ok(self.pool.get().await?)
    }

    /// How connections are made, for one outside of the pool.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

/// Runs statements by file, prepared once per connection.
pub trait Run {
    /// All rows.
    fn all(
        &self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Vec<Row>, DatabaseError>> + Send;

    /// Rows until they are that many bytes together, one at least, and whether there were more. What comes behind
    /// them is dropped as it arrives: the memory is bounded, whatever the table holds.
    fn page(
        &self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)], most_bytes: usize,
    ) -> impl Future<Output = Result<(Vec<Row>, bool), DatabaseError>> + Send;

    /// The first row, if any.
    fn first(
        &self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Option<Row>, DatabaseError>> + Send;

    /// How many rows were touched.
    fn run(
        &self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<u64, DatabaseError>> + Send;
}

impl<C: GenericClient + Sync> Run for C {
    async fn all(&self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, DatabaseError> {
        let prepared = self.prepare_cached(statement.text).await.map_err(DatabaseError::of(statement))?;
        self.query(&prepared, parameters).await.map_err(DatabaseError::of(statement))
    }

    async fn page(
        &self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)], most_bytes: usize,
    ) -> Result<(Vec<Row>, bool), DatabaseError> {
        let prepared = self.prepare_cached(statement.text).await.map_err(DatabaseError::of(statement))?;
        let stream =
            self.query_raw(&prepared, parameters.iter().copied()).await.map_err(DatabaseError::of(statement))?;
        let mut stream = std::pin::pin!(stream);
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some(row) = stream.try_next().await.map_err(DatabaseError::of(statement))? {
            if bytes >= most_bytes {
                return Ok((rows, true));
            }
            bytes += row.raw_size_bytes();
            rows.push(row);
        }
        Ok((rows, false))
    }

    async fn first(
        &self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, DatabaseError> {
        Ok(self.all(statement, parameters).await?.into_iter().next())
    }

    async fn run(&self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64, DatabaseError> {
        let prepared = self.prepare_cached(statement.text).await.map_err(DatabaseError::of(statement))?;
        self.execute(&prepared, parameters).await.map_err(DatabaseError::of(statement))
    }
}

//! Databases and logins, one of each for every service.

use tokio_postgres::NoTls;

use crate::StackError;

/// The address of a database of the native stack, for its own login.
pub fn database_url(port: u16, database: &str) -> String {
    let user = if database == "postgres" { "polis" } else { database };
    format!("postgres://{user}@127.0.0.1:{port}/{database}")
}

/// Creates the database and its login of the same name, unless they are there.
///
/// # Errors
/// When the server cannot be reached or refuses.
#[expect(clippy::disallowed_methods, reason = "the connection's driver ends with the connection, a few lines below")]
pub async fn create_database(admin_url: &str, name: &str) -> Result<(), StackError> {
    let (client, connection) = tokio_postgres::connect(admin_url, NoTls).await?;
    let driver = tokio::spawn(connection);
    let exists = |table: &str, column: &str| format!("select 1 from {table} where {column} = $1");
    if client.query_opt(&exists("pg_roles", "rolname"), &[&name]).await?.is_none() {
        client.batch_execute(&format!("create role {name:?} login")).await?;
    }
    if client.query_opt(&exists("pg_database", "datname"), &[&name]).await?.is_none() {
        client.batch_execute(&format!("create database {name:?} owner {name:?}")).await?;
    }
    drop(client);
    // The driver ends by itself once its client is gone.
    let _ = driver.await;
    Ok(())
}

//! Both sides of a run as they were frozen, page by page in the order of the merge.

use std::pin::Pin;

use deadpool_postgres::{ClientWrapper, Object};
use futures_util::stream::Fuse;
use futures_util::{StreamExt, TryStreamExt};
use polis_actors::database::{Database, DatabaseError, Run};
use polis_schema::sql::Statement;
use polis_schema::sql::runs;
use tokio_postgres::types::Json;
use tokio_postgres::{Row, RowStream};

use crate::matching::Policy;
use crate::register::{Line, LineStatus, Reason, Unreadable};

/// Rows of one page.
const PAGE: usize = 2_000;
/// For the sort of a side; more of it goes through files.
const SORT: &str = "set work_mem = '64MB'";

/// One side of a run. It has a connection of its own, which is closed with it, wherever reading was left.
pub(super) struct Side<T> {
    // A stream of rows that is asked again behind its end says that the connection is closed.
    rows: Pin<Box<Fuse<RowStream>>>,
    of: fn(&Row) -> T,
    _connection: ClientWrapper,
}

impl<T> Side<T> {
    async fn open(
        database: &Database, statement: &Statement, number: i64, of: fn(&Row) -> T,
    ) -> Result<Self, DatabaseError> {
        let connection = Object::take(database.get().await?);
        connection.batch_execute(SORT).await?;
        let rows = connection.query_raw(statement.text, [number]).await?;
        Ok(Self { rows: Box::pin(rows.fuse()), of, _connection: connection })
    }

    /// The next page; an empty one at the end.
    pub(super) async fn page(&mut self) -> Result<Vec<T>, DatabaseError> {
        let mut page = Vec::with_capacity(PAGE);
        while let Some(row) = self.rows.try_next().await? {
            page.push((self.of)(&row));
            if page.len() == PAGE {
                break;
            }
        }
        Ok(page)
    }
}

/// Policies as they were copied for a run.
pub(super) async fn policies(database: &Database, run: i64) -> Result<Side<Policy>, DatabaseError> {
    Side::open(database, &runs::POLICIES, run, policy).await
}

/// Lines of a register.
pub(super) async fn lines(database: &Database, register: i64) -> Result<Side<Line>, DatabaseError> {
    Side::open(database, &runs::LINES, register, line).await
}

/// Lines that cannot be read, behind that one; an empty page at the end.
pub(super) async fn unreadable(client: &impl Run, register: i64, after: u64) -> Result<Vec<Unreadable>, DatabaseError> {
    let (after, most) = (i64::try_from(after).unwrap_or(i64::MAX), i64::try_from(PAGE).unwrap_or(i64::MAX));
    let rows = client.all(&runs::UNREADABLE, &[&register, &after, &most]).await?;
    let of = |row: &Row| Unreadable {
        number: place(row, 0),
        sheet: row.get(1),
        wrong: row.get::<_, Json<Vec<(String, Reason)>>>(2).0,
        text: row.get(3),
    };
    Ok(rows.iter().map(of).collect())
}

fn place(row: &Row, at: usize) -> u64 {
    u64::try_from(row.get::<_, i64>(at)).unwrap_or_default()
}

/// A policy, by its columns in the order of `runs/policies.sql`.
pub(crate) fn policy(row: &Row) -> Policy {
    Policy {
        number: row.get(0),
        application_id: row.get(1),
        product_id: row.get(2),
        tariff: (row.get(3), row.get(4)),
        premium: row.get(5),
        expected_premium: row.get(6),
        issued_on: row.get(7),
        starts_on: row.get(8),
        ends_on: row.get(9),
        cancelled_from: row.get(10),
        refund: row.get(11),
    }
}

/// A line, by its columns in the order of `runs/lines.sql`.
pub(crate) fn line(row: &Row) -> Line {
    Line {
        number: place(row, 0),
        policy_number: row.get(1),
        product: row.get(2),
        premium: row.get(3),
        commission: row.get(4),
        issued_on: row.get(5),
        starts_on: row.get(6),
        ends_on: row.get(7),
        status: if row.get(8) { LineStatus::Cancelled } else { LineStatus::Active },
        cancelled_from: row.get(9),
        refund: row.get(10),
    }
}

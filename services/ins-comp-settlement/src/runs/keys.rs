//! Keys of lines: they follow from how the insurer writes numbers. When that was described otherwise since the register was read,
//! its lines get new ones.

use deadpool_postgres::Transaction;
use polis_actors::database::Run;
use polis_schema::sql::runs;
use tokio_postgres::types::Json;

use super::error::RunError;
use crate::matching::Numbering;

/// Lines looked at together.
const PAGE: i64 = 50_000;

/// Gives lines their keys by this numbering, if they have those of another one.
pub(super) async fn renew(transaction: &Transaction<'_>, register: i64, numbering: &Numbering) -> Result<(), RunError> {
    let now = serde_json::to_value(numbering).map_err(RunError::Frozen)?;
    let row = transaction.first(&runs::NUMBERING, &[&register]).await?;
    if row.is_none_or(|row| row.get::<_, Json<serde_json::Value>>(0).0 == now) {
        return Ok(());
    }
    tracing::info!(register, "numbers of this insurer are written otherwise since the register was read: new keys");
    let mut after = i64::MIN;
    loop {
        let rows = transaction.all(&runs::LINES_TO_KEY, &[&register, &after, &PAGE]).await?;
        let Some(last) = rows.last() else { break };
        after = last.get(0);
        let keyed = rows.iter().filter_map(|row| {
            let key = numbering.key_of_line(row.get(1));
            (key != row.get::<_, &str>(2)).then(|| (row.get::<_, i64>(0), key))
        });
        let (numbers, keys): (Vec<i64>, Vec<String>) = keyed.unzip();
        if !numbers.is_empty() {
            transaction.run(&runs::SET_KEYS, &[&register, &numbers, &keys]).await?;
        }
    }
    transaction.run(&runs::SET_NUMBERING, &[&register, &Json(&now)]).await?;
    Ok(())
}

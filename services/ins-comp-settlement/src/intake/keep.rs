//! Keeping the lines of a register as they come, in a part of their own, inside the transaction that makes it one.

use std::pin::Pin;

use bytes::Bytes;
use deadpool_postgres::Transaction;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::parts;
use tokio::sync::mpsc::Receiver;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{Json, ToSql, Type};

use super::error::IntakeError;
use super::read::{Keyed, Page};
use crate::register::{LineStatus, Unreadable};

/// Where lines are.
pub(super) const LINES: &str = "register_lines";
const LINE_COLUMNS: &str = "register_id, number, key, policy_number, product, premium, commission, issued_on, starts_on, ends_on, \
    cancelled, cancelled_from, refund";
const LINE_TYPES: [Type; 13] = [
    Type::INT8,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::NUMERIC,
    Type::NUMERIC,
    Type::DATE,
    Type::DATE,
    Type::DATE,
    Type::BOOL,
    Type::DATE,
    Type::NUMERIC,
];
const TO_UNREADABLE: &str = "copy register_unreadable (register_id, number, sheet, wrong, text) from stdin binary";
const UNREADABLE_TYPES: [Type; 5] = [Type::INT8, Type::INT8, Type::TEXT, Type::JSON, Type::TEXT];
/// Lines that cannot be read and are held back until there are so many: a connection copies one thing at a time.
const HELD_BACK: usize = 2_000;

/// Takes pages until there are no more. The part is not joined to its table yet. Lines that cannot be read are there already
/// when a register gets back those that can.
pub(super) async fn keep(
    transaction: &Transaction<'_>, register: i64, again: bool, mut pages: Receiver<Page>,
) -> Result<(), IntakeError> {
    let part = transaction.first(&parts::BEGIN, &[&LINES, &register]).await?;
    let part: String = part.map(|row| row.get(0)).ok_or(IntakeError::Lost)?;
    // Tables of COPY cannot be parameters. The part is of this transaction: rows are frozen, and need not be looked at again when
    // it has ended.
    let to_part = format!("copy {part} ({LINE_COLUMNS}) from stdin (format binary, freeze)");
    let mut unreadable = Vec::new();
    let mut more = true;
    while more {
        let sink = transaction.copy_in::<_, Bytes>(&to_part).await?;
        let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &LINE_TYPES));
        more = copy(writer.as_mut(), register, &mut pages, &mut unreadable).await?;
        writer.finish().await?;
        if !again && !unreadable.is_empty() {
            copy_unreadable(transaction, register, &unreadable).await?;
        }
        unreadable.clear();
    }
    // A run, or the story of a break, may ask for lines before the database looks at them by itself.
    transaction.batch_execute(&format!("analyze {part} (number, key)")).await?;
    Ok(())
}

/// Copies until there are no more pages, or enough lines that cannot be read; true when there may be more.
async fn copy(
    mut writer: Pin<&mut BinaryCopyInWriter>, register: i64, pages: &mut Receiver<Page>,
    unreadable: &mut Vec<Unreadable>,
) -> Result<bool, DatabaseError> {
    while let Some(page) = pages.recv().await {
        for Keyed { key, line } in &page.lines {
            let row: [&(dyn ToSql + Sync); 13] = [
                &register,
                &place(line.number),
                key,
                &line.policy_number,
                &line.product,
                &line.premium,
                &line.commission,
                &line.issued_on,
                &line.starts_on,
                &line.ends_on,
                &(line.status == LineStatus::Cancelled),
                &line.cancelled_from,
                &line.refund,
            ];
            writer.as_mut().write(&row).await?;
        }
        unreadable.extend(page.unreadable);
        if unreadable.len() >= HELD_BACK {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn copy_unreadable(
    transaction: &Transaction<'_>, register: i64, lines: &[Unreadable],
) -> Result<(), DatabaseError> {
    let sink = transaction.copy_in::<_, Bytes>(TO_UNREADABLE).await?;
    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &UNREADABLE_TYPES));
    for line in lines {
        let row: [&(dyn ToSql + Sync); 5] =
            [&register, &place(line.number), &line.sheet, &Json(&line.wrong), &line.text];
        writer.as_mut().write(&row).await?;
    }
    writer.finish().await?;
    Ok(())
}

fn place(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! Keeping the pieces of a result, as they come, inside the transaction that ends the run: all of them or none.

use bytes::Bytes;
use deadpool_postgres::Transaction;
use polis_actors::database::Run;
use polis_schema::sql::{parts, runs};
use rust_decimal::Decimal;
use tokio::sync::mpsc::Receiver;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{Json, ToSql, Type};

use super::error::RunError;
use super::fingerprint::Fingerprint;
use super::freeze::Subject;
use crate::matching::{Break, Match, Outcome, TariffSays, normalise};

/// Where matches are.
const MATCHES: &str = "run_matches";
const MATCH_COLUMNS: &str = "run_id, ordinal, stage, policies, lines, differs, distances";
const MATCH_TYPES: [Type; 7] =
    [Type::INT8, Type::INT8, Type::TEXT, Type::TEXT_ARRAY, Type::INT8_ARRAY, Type::BOOL, Type::JSON];
const BREAK_COLUMNS: &str = "run_id, ordinal, break_id, kind, policies, lines, keys, ours, theirs, difference, tariff_says, \
    explanation_ru, explanation_en, content";
const BREAK_TYPES: [Type; 14] = [
    Type::INT8,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT_ARRAY,
    Type::INT8_ARRAY,
    Type::TEXT_ARRAY,
    Type::NUMERIC,
    Type::NUMERIC,
    Type::NUMERIC,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::BYTEA,
];

/// Takes pieces until there are no more, and answers their fingerprint so far.
pub(super) async fn keep(
    transaction: &Transaction<'_>, subject: &Subject, mut pieces: Receiver<Vec<Outcome>>,
) -> Result<Fingerprint, RunError> {
    let run = subject.run;
    let part = transaction.first(&parts::BEGIN, &[&MATCHES, &run]).await?;
    let part: String = part.map(|row| row.get(0)).ok_or(RunError::NotFrozen(run))?;
    // Tables of COPY cannot be parameters.
    let to_matches = format!("copy {part} ({MATCH_COLUMNS}) from stdin binary");
    let to_breaks = format!("copy run_breaks ({BREAK_COLUMNS}) from stdin binary");
    let mut fingerprint = Fingerprint::default();
    let mut ordinal = 0i64;
    while let Some(page) = pieces.recv().await {
        let (mut matches, mut breaks) = (Vec::with_capacity(page.len()), Vec::new());
        for piece in &page {
            fingerprint.add(piece)?;
            ordinal += 1;
            match piece {
                Outcome::Match(found) => matches.push((ordinal, found)),
                Outcome::Break(found) | Outcome::NotDue(found) => breaks.push((ordinal, &**found)),
            }
        }
        if !matches.is_empty() {
            copy_matches(transaction, &to_matches, run, &matches).await?;
        }
        if !breaks.is_empty() {
            copy_breaks(transaction, &to_breaks, run, &breaks).await?;
        }
    }
    transaction.first(&parts::ATTACH, &[&MATCHES, &run]).await?;
    transaction.run(&runs::LINE_KEYS, &[&run, &subject.register]).await?;
    Ok(fingerprint)
}

async fn copy_matches(
    transaction: &Transaction<'_>, statement: &str, run: i64, matches: &[(i64, &Match)],
) -> Result<(), RunError> {
    let sink = transaction.copy_in::<_, Bytes>(statement).await?;
    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &MATCH_TYPES));
    for (ordinal, found) in matches {
        let policies: Vec<&str> = found.policies.iter().map(|policy| policy.number.as_str()).collect();
        let lines: Vec<i64> = found.lines.iter().map(|line| place(line.number)).collect();
        let distances = found.distances.as_ref().map(Json);
        let row: [&(dyn ToSql + Sync); 7] =
            [&run, ordinal, &found.stage.as_str(), &policies, &lines, &found.differs, &distances];
        writer.as_mut().write(&row).await?;
    }
    writer.finish().await?;
    Ok(())
}

async fn copy_breaks(
    transaction: &Transaction<'_>, statement: &str, run: i64, breaks: &[(i64, &Break)],
) -> Result<(), RunError> {
    let sink = transaction.copy_in::<_, Bytes>(statement).await?;
    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &BREAK_TYPES));
    for (ordinal, found) in breaks {
        let lines: Vec<i64> = found.lines.iter().map(|line| place(*line)).collect();
        let mut keys: Vec<String> = found.policies.iter().map(|number| normalise(number)).collect();
        keys.sort_unstable();
        keys.dedup();
        let [ours, theirs, difference]: [Option<Decimal>; 3] =
            [found.amounts.ours, found.amounts.theirs, found.amounts.difference];
        let row: [&(dyn ToSql + Sync); 14] = [
            &run,
            ordinal,
            &found.id.as_str(),
            &found.kind.as_str(),
            &found.policies,
            &lines,
            &keys,
            &ours,
            &theirs,
            &difference,
            &found.tariff_says.map(TariffSays::as_str),
            &found.explanation.ru,
            &found.explanation.en,
            &found.explanation.content(),
        ];
        writer.as_mut().write(&row).await?;
    }
    writer.finish().await?;
    Ok(())
}

fn place(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! What is kept of the records of the topic as they come: dead letters, and the offset.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use polis_schema::sql::{dead_letters, offsets};
use tokio_postgres::types::Json;

use super::apply::{Fresh, Keep};
use super::batch::{DeadLetter, Item, WAITING};
use super::figures;
use super::fingerprint::fingerprint;
use super::parked::Parked;
use super::place::Owned;
use super::{ConsumerConfig, ConsumerError};
use crate::database::Run;

/// Keeps records of the topic.
pub(crate) struct Live {
    /// Keys whose records wait behind a dead letter.
    pub(crate) parked: Parked,
    pub(crate) config: ConsumerConfig,
}

impl<E: Send + Sync + 'static> Keep<E> for Live {
    const FAILPOINTS: [&'static str; 2] = ["consumer::before_commit", "consumer::after_commit"];

    fn parked(&mut self) -> &mut Parked {
        &mut self.parked
    }

    async fn keep(
        &mut self, transaction: &Transaction<'_>, owned: &Owned, part: &[Item<E>], _: &Fresh,
    ) -> Result<(), ConsumerError> {
        let letters: Vec<&DeadLetter> = letters(part).collect();
        if !letters.is_empty() {
            self.park(transaction, owned, &letters).await?;
        }
        let next = part.last().map_or(0, |last| last.offset().0 + 1);
        let [consumer, topic, partition] = owned.place.parameters();
        let parameters = [consumer, topic, partition, &owned.epoch.0, &next, &owned.decisions];
        if transaction.run(&offsets::ADVANCE, &parameters).await? == 0 {
            // Says which of the two it was.
            owned.hold(transaction).await?;
            return Err(ConsumerError::Fenced);
        }
        Ok(())
    }

    fn kept(&mut self, owned: &Owned, part: &[Item<E>], fresh: &Fresh) {
        figures::applied(&owned.place, part, fresh);
        for letter in letters(part) {
            figures::set_aside(&owned.place, letter, self.parked.waits(&letter.key));
        }
    }
}

/// What of a part is set aside.
pub(crate) fn letters<E>(part: &[Item<E>]) -> impl Iterator<Item = &DeadLetter> {
    part.iter().filter_map(|item| match item {
        Item::Dead(letter) => Some(letter),
        Item::Event { .. } => None,
    })
}

impl Live {
    async fn park(
        &self, transaction: &Transaction<'_>, owned: &Owned, letters: &[&DeadLetter],
    ) -> Result<(), ConsumerError> {
        let (states, due): (Vec<_>, Vec<_>) = self.fates(letters).into_iter().unzip();
        let offsets: Vec<i64> = letters.iter().map(|letter| letter.offset.0).collect();
        let keys: Vec<&str> = letters.iter().map(|letter| letter.key.as_str()).collect();
        let ids: Vec<_> = letters.iter().map(|letter| letter.event_id).collect();
        let headers: Vec<_> = letters.iter().map(|letter| Json(&letter.headers)).collect();
        let values: Vec<_> = letters.iter().map(|letter| letter.value.as_deref()).collect();
        let times: Vec<_> = letters.iter().map(|letter| letter.time).collect();
        let causes: Vec<&str> = letters.iter().map(|letter| letter.cause).collect();
        let reasons: Vec<&str> = letters.iter().map(|letter| letter.reason.as_str()).collect();
        let fingerprints: Vec<String> = reasons.iter().map(|reason| fingerprint(reason)).collect();
        let [consumer, topic, partition] = owned.place.parameters();
        transaction
            .run(
                &dead_letters::PARK,
                &[
                    consumer,
                    topic,
                    partition,
                    &offsets,
                    &keys,
                    &ids,
                    &headers,
                    &values,
                    &times,
                    &causes,
                    &reasons,
                    &fingerprints,
                    &states,
                    &due,
                    &self.config.wait_at_most.as_secs_f64(),
                ],
            )
            .await?;
        Ok(())
    }

    /// State of each, and in how many seconds it is tried again. None: that of the record before it, which is in the database.
    fn fates(&self, letters: &[&DeadLetter]) -> Vec<(Option<&'static str>, Option<f64>)> {
        let mut heads = HashMap::new();
        let mut fates = Vec::with_capacity(letters.len());
        for letter in letters {
            let key = letter.key.as_str();
            if letter.cause == WAITING {
                let due = self.config.retries.delay(0, fastrand::f64()).as_secs_f64();
                heads.insert(key, (Some("waiting"), Some(due)));
            } else if letter.is_head() {
                heads.insert(key, (Some("parked"), None));
            }
            fates.push(heads.get(key).copied().unwrap_or_default());
        }
        fates
    }
}

//! Memory of messages that broke the actor handling them. It outlives restarts, so that a message which kills its
//! handler every time is refused instead of killing it for ever.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Names a message across redeliveries: a CloudEvents id, a Kafka position, anything its sender would repeat.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PoisonKey(Arc<str>);

impl PoisonKey {
    /// A key from any text that is the same for each delivery of the same message.
    pub fn new(key: impl AsRef<str>) -> Self {
        Self(Arc::from(key.as_ref()))
    }

    /// The text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Counts how often each key was in hand when its actor crashed. Bounded: the oldest keys are forgotten first.
#[derive(Clone, Debug)]
pub struct PoisonMemory {
    limit: u32,
    strikes: Arc<Mutex<Strikes>>,
}

#[derive(Debug, Default)]
struct Strikes {
    counts: HashMap<PoisonKey, u32>,
    order: VecDeque<PoisonKey>,
}

const REMEMBERED: usize = 4096;

impl PoisonMemory {
    /// A memory that calls a key poisonous after `limit` crashes.
    pub fn new(limit: u32) -> Self {
        Self { limit: limit.max(1), strikes: Arc::default() }
    }

    /// True once the key has reached the limit.
    pub fn is_poisonous(&self, key: &PoisonKey) -> bool {
        self.strikes(key) >= self.limit
    }

    /// Crashes counted against the key.
    pub fn strikes(&self, key: &PoisonKey) -> u32 {
        self.lock().counts.get(key).copied().unwrap_or(0)
    }

    /// Counts one crash while the key was in hand.
    pub fn strike(&self, key: PoisonKey) {
        let mut strikes = self.lock();
        if let Some(count) = strikes.counts.get_mut(&key) {
            *count += 1;
            return;
        }
        if strikes.order.len() == REMEMBERED
            && let Some(oldest) = strikes.order.pop_front()
        {
            strikes.counts.remove(&oldest);
        }
        strikes.order.push_back(key.clone());
        strikes.counts.insert(key, 1);
    }

    /// Forgets the key, as after an operator's decision to try once more.
    pub fn forgive(&self, key: &PoisonKey) {
        let mut strikes = self.lock();
        strikes.counts.remove(key);
        strikes.order.retain(|k| k != key);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Strikes> {
        self.strikes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_poisonous_at_the_limit_and_can_be_forgiven() {
        let memory = PoisonMemory::new(2);
        let key = PoisonKey::new("event-1");
        memory.strike(key.clone());
        assert!(!memory.is_poisonous(&key));
        memory.strike(key.clone());
        assert!(memory.is_poisonous(&key));
        memory.forgive(&key);
        assert_eq!(memory.strikes(&key), 0);
    }

    #[test]
    fn the_memory_is_bounded() {
        let memory = PoisonMemory::new(1);
        for n in 0..=REMEMBERED {
            memory.strike(PoisonKey::new(n.to_string()));
        }
        assert_eq!(memory.strikes(&PoisonKey::new("0")), 0, "the oldest key is forgotten");
        assert_eq!(memory.strikes(&PoisonKey::new("1")), 1);
    }
}

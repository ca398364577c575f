//! What insurers were sold, in memory: whoever forgets it at a restart hears all of it again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::order::Order;
use super::policy::{Policy, Told};

/// What insurers were sold, and what is put wrong in their registers. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Registers(Arc<Mutex<Books>>);

#[derive(Debug, Default)]
struct Books {
    /// By insurer and number.
    sold: BTreeMap<String, BTreeMap<String, Told>>,
    orders: BTreeMap<String, Order>,
}

impl Registers {
    /// Takes note of what an event says.
    pub(super) fn hear(&self, told: Told) {
        self.with(|books| {
            let sold = books.sold.entry(told.insurer.clone()).or_default();
            let told = match sold.remove(&told.number) {
                Some(known) => known.newer(told),
                None => told,
            };
            sold.insert(told.number.clone(), told);
        });
    }

    /// Everything that an insurer was sold, by number.
    pub(super) fn policies(&self, insurer: &str) -> Vec<Policy> {
        self.with(|books| {
            books.sold.get(insurer).into_iter().flat_map(BTreeMap::values).filter_map(Told::policy).collect()
        })
    }

    /// What is put wrong in the registers of an insurer.
    pub(super) fn order(&self, insurer: &str) -> Order {
        self.with(|books| books.orders.get(insurer).cloned().unwrap_or_default())
    }

    /// Puts this wrong from now on, and nothing else.
    pub(super) fn give(&self, insurer: &str, order: Order) {
        self.with(|books| books.orders.insert(insurer.to_owned(), order));
    }

    /// Puts nothing wrong any more.
    pub(super) fn end(&self, insurer: &str) {
        self.with(|books| books.orders.remove(insurer));
    }

    fn with<R>(&self, f: impl FnOnce(&mut Books) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

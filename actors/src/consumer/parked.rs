//! Keys whose records wait behind one that was set aside.

use std::collections::HashMap;

/// Such keys, and whether they come free by themselves.
#[derive(Debug, Default)]
pub(crate) struct Parked(HashMap<String, bool>);

impl Parked {
    /// As they are in the database: keys, and whether they come free by themselves.
    pub(crate) fn known(rows: impl IntoIterator<Item = (String, bool)>) -> Self {
        Self(rows.into_iter().collect())
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether a key waits for something that comes by itself.
    pub(crate) fn waits(&self, key: &str) -> bool {
        self.0.get(key).copied().unwrap_or_default()
    }

    /// A record of the key was set aside. A key that needs a person goes on needing one.
    pub(crate) fn set_aside(&mut self, key: &str, waits: bool) {
        match self.0.get_mut(key) {
            Some(known) => *known &= waits,
            None => drop(self.0.insert(key.to_owned(), waits)),
        }
    }

    /// What is at the head of the key has changed.
    pub(crate) fn is_now(&mut self, key: &str, waits: bool) {
        self.0.insert(key.to_owned(), waits);
    }

    pub(crate) fn free(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// How many keys need a person.
    pub(crate) fn stuck(&self) -> usize {
        self.0.values().filter(|waits| !**waits).count()
    }

    /// How many keys come free by themselves.
    pub(crate) fn waiting(&self) -> usize {
        self.0.len() - self.stuck()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_needs_a_person_does_not_come_free_by_what_comes_behind() {
        let mut parked = Parked::known([("a".to_owned(), true)]);
        parked.set_aside("b", false);
        parked.set_aside("b", true);
        parked.set_aside("a", true);
        assert_eq!((parked.stuck(), parked.waiting()), (1, 1));
        assert!(parked.waits("a") && !parked.waits("b") && !parked.waits("c") && parked.contains("b"));
        parked.set_aside("a", false);
        assert_eq!((parked.stuck(), parked.waiting()), (2, 0));
        parked.is_now("a", true);
        parked.free("b");
        assert_eq!((parked.stuck(), parked.waiting()), (0, 1));
    }
}

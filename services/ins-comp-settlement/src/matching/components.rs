//! What hangs together: policies and lines of which any may mean any other.

use std::collections::BTreeMap;

/// Policies and lines, and which of them may mean each other.
#[derive(Clone, Debug)]
pub(super) struct Components {
    parents: Vec<usize>,
    policies: usize,
}

/// Places of policies and of lines that hang together, each in order.
pub(super) type Component = (Vec<usize>, Vec<usize>);

impl Components {
    /// Nothing hangs together yet.
    pub(super) fn new(policies: usize, units: usize) -> Self {
        Self { parents: (0..policies + units).collect(), policies }
    }

    /// This policy and these lines may mean each other.
    pub(super) fn join(&mut self, policy: usize, unit: usize) {
        let (one, other) = (self.root(policy), self.root(self.policies + unit));
        // The smaller place leads, so that the result does not depend on the order of joining.
        let (leads, follows) = (one.min(other), one.max(other));
        self.parents[follows] = leads;
    }

    /// Those that have both policies and lines, in the order of their first policies.
    pub(super) fn joined(mut self) -> Vec<Component> {
        let mut by_root: BTreeMap<usize, Component> = BTreeMap::new();
        for at in 0..self.parents.len() {
            let (policies, units) = by_root.entry(self.root(at)).or_default();
            match at.checked_sub(self.policies) {
                Some(unit) => units.push(unit),
                None => policies.push(at),
            }
        }
        by_root.into_values().filter(|(policies, units)| !policies.is_empty() && !units.is_empty()).collect()
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            let above = self.parents[self.parents[at]];
            self.parents[at] = above;
            at = above;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_by_anything_hangs_together_in_whatever_order() {
        let joins = [(0, 1), (3, 1), (2, 0), (4, 3), (4, 2)];
        let expected = vec![(vec![0, 3], vec![1]), (vec![2], vec![0]), (vec![4], vec![2, 3])];
        for turn in 0..joins.len() {
            let mut components = Components::new(6, 5);
            let mut turned = joins;
            turned.rotate_left(turn);
            turned.into_iter().for_each(|(policy, unit)| components.join(policy, unit));
            assert_eq!(components.joined(), expected);
        }
    }
}

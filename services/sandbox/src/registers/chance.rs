//! Chance that is the same every time: what happens to a policy depends on the seed, the period and its number, and on no other
//! policy.

use fastrand::Rng;

use super::period::Period;

/// The seed of one register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    pub(super) seed: u64,
    pub(super) period: Period,
}

impl Chance {
    /// The chance of one policy.
    pub(super) fn of(self, number: &str) -> Rng {
        let Self { seed, period: Period { from, to } } = self;
        // FNV-1a, 64 bits.
        let spread = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        let text = format!("{seed} {from} {to} {number}");
        Rng::with_seed(text.bytes().fold(0xcbf2_9ce4_8422_2325, spread))
    }
}

//! Proof of what has happened: [`checkpoint`] is what is signed, [`checkpoints`] makes it, [`verify`] finds what does not hold,
//! [`export`] gives everything away for others to prove.

pub mod checkpoint;
mod checkpoints;
pub mod export;
pub mod verify;

pub use checkpoints::Checkpoints;

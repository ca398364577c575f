//! For tests of actors: a world of its own for each test, in virtual time where no I/O is, and gates instead of sleeps.

mod gate;
mod world;

pub use gate::Gate;
pub use world::{Tree, World};

//! Ownership in the database: leases with fencing epochs, and a fair share of many.

mod keeper;
mod leases;
mod rounds;
mod share;

pub use keeper::{Held, Lease};
pub use leases::{LeaseConfig, Leases};
pub use rounds::Rounds;
use share::share;
pub use share::{Room, Share};

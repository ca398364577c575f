//! Ownership in the database: leases with fencing epochs, and a fair share of many.

mod keeper;
mod leases;
mod share;

pub use keeper::{Held, Lease};
pub use leases::{LeaseConfig, Leases};
use share::share;
pub use share::{Room, Share};

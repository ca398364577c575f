//! Ownership in the database: leases with fencing epochs, and a fair share of many.

mod keeper;
mod share;

pub use keeper::{Held, Lease, LeaseConfig};
pub use share::{Room, Share, share};

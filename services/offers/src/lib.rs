//! What insurers offer, as the services that sell and settle keep it for themselves: product events, checked, and the tables
//! that they are kept in.

mod event;
mod price;
mod tables;

pub use event::{ProductState, TariffState};
pub use price::Price;
pub use tables::{latest, upsert_products, upsert_tariffs};

//! The local catalogue: built from product events, told to browsers.

mod changes;
mod item;
mod projection;

pub use changes::Changes;
pub use item::Item;
pub use polis_offers::{Price, ProductState, TariffState};
pub use projection::CatalogueProjection;

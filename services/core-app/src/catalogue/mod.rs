//! The local catalogue: built from product events, told to browsers.

mod changes;
mod event;
mod item;
mod projection;

pub use changes::Changes;
pub use event::{ProductState, TariffState};
pub use item::{Item, Price};
pub use projection::CatalogueProjection;

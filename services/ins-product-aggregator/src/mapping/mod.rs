//! From an insurer's fields to our products and tariffs, by configuration: [`config`] is what an operator writes,
//! [`path`] and [`selector`] find and convert one field, [`items`] takes a document apart without holding all of it,
//! [`mapper`] and [`tariffs`] make offers of the items.

mod config;
mod error;
mod findings;
pub(crate) mod items;
mod mapper;
mod path;
mod reading;
pub(crate) mod rows;
mod selector;
mod tariffs;
pub(crate) mod workbook;
pub(crate) mod xml_items;

pub use config::{Amount, Day, DecimalMark, FromPath, Joined, Key, Mapping, Short, TariffMapping, Text, Unit};
pub use error::{Fault, MappingError};
pub use findings::Findings;
pub use mapper::{Building, Mapper};

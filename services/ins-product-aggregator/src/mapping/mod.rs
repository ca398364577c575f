//! From an insurer's fields to our products and tariffs, by configuration: [`config`] is what an operator writes,
//! [`selector`] finds and converts one field, [`items`] takes a document apart without holding all of it,
//! [`mapper`] makes offers of the items.

mod config;
mod error;
mod findings;
pub(crate) mod items;
mod mapper;
mod reading;
pub(crate) mod rows;
mod selector;
pub(crate) mod workbook;
pub(crate) mod xml_items;

pub use config::{Amount, Day, DecimalMark, FromPath, Joined, Key, Mapping, Short, TariffMapping, Text, Unit};
pub use error::{Fault, MappingError};
pub use findings::Findings;
pub use mapper::{Building, Mapper};

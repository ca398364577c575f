//! Documents for print on A4. Text, fields and tables flow down a [`Layout`] and go on overleaf; what is laid out becomes a PDF.
//! Nothing here asks the clock, the disk or the network: the same content is the same bytes.

mod about;
mod error;
mod layout;
mod mark;
mod pdf;
mod qr;
pub mod russian;
mod table;
mod typeface;
pub mod words;

pub use about::About;
pub use error::DocumentError;
pub use layout::Layout;
pub use mark::{Ink, Style};
pub use table::{Column, Row};
pub use typeface::{Typefaces, Weight};

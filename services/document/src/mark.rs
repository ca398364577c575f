//! What stands on a page.

use crate::typeface::{Line, Weight};

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Of text.
    Black,
    /// Of what matters less.
    Grey,
    /// Of headings and links.
    Blue,
    /// Of what must not be overlooked.
    Red,
    /// Rules between fields.
    Pale,
    /// Behind what is red.
    Rose,
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// How heavy.
    pub weight: Weight,
    /// In points.
    pub size: f32,
    /// In which colour.
    pub ink: Ink,
}

/// A rectangle: left, top, width, height.
pub(super) type Area = (f32, f32, f32, f32);

/// Something on a page.
pub(super) enum Mark {
    /// A line whose letters stand at that point.
    Text { line: Line, at: (f32, f32), style: Style },
    /// Filled rectangles.
    Areas { areas: Vec<Area>, ink: Ink },
    /// Where a click leads to an address.
    Link { area: Area, url: String },
}

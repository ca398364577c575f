//! The pages of a document while it is laid out: text flows down and goes on overleaf when a page is full.

use super::DocumentError;
use super::qr::{self, QUIET, Run};
use super::typeface::{Line, Typefaces, Weight};

/// A4 in points (ISO 216).
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
const LEFT: f32 = 51.0;
const RIGHT: f32 = PAGE.0 - LEFT;
const TOP: f32 = 51.0;
const BOTTOM: f32 = PAGE.1 - 68.0;
/// Where the line at the foot of each page stands.
const FOOT: f32 = PAGE.1 - 42.0;
/// Width of the names of fields.
const LABELS: f32 = 150.0;
/// From one line to the next, in ems.
const LEADING: f32 = 1.32;
/// From the top of a line to where its letters stand, in ems.
const ASCENT: f32 = 1.0;
/// A side of the QR code. An address of 200 bytes has modules that are still wider than half a millimetre.
const CODE: f32 = 96.0;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Grey,
    Blue,
    Red,
    /// Rules between fields.
    Pale,
    /// Behind what is red.
    Rose,
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) weight: Weight,
    /// In points.
    pub(super) size: f32,
    pub(super) ink: Ink,
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

/// Pages, filled from the top of the first.
pub(super) struct Layout<'a> {
    typefaces: &'a Typefaces,
    pages: Vec<Vec<Mark>>,
    /// Where the next line begins.
    y: f32,
    /// Where lines end.
    right: f32,
}

impl<'a> Layout<'a> {
    pub(super) fn new(typefaces: &'a Typefaces) -> Self {
        Self { typefaces, pages: vec![Vec::new()], y: TOP, right: RIGHT }
    }

    /// Text from margin to margin.
    pub(super) fn text(&mut self, text: &str, style: Style) {
        self.lines(text, style, None);
    }

    /// An address that can be clicked.
    pub(super) fn link(&mut self, url: &str, style: Style) {
        self.lines(url, style, Some(url));
    }

    fn lines(&mut self, text: &str, style: Style, url: Option<&str>) {
        let most = (self.right - LEFT) / style.size;
        for line in self.typefaces.of(style.weight).lines(text, most) {
            self.room(style.size * LEADING);
            if let Some(url) = url {
                let area = (LEFT, self.y, line.width * style.size, style.size * LEADING);
                self.mark(Mark::Link { area, url: url.to_owned() });
            }
            self.line(line, LEFT, style);
            self.y += style.size * LEADING;
        }
    }

    /// Empty space.
    pub(super) fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// What `heading` writes, beside the QR code of an address with what it is for below it.
    pub(super) fn beside_code(
        &mut self, url: &str, caption: &str, style: Style, heading: impl FnOnce(&mut Self),
    ) -> Result<(), DocumentError> {
        let (side, runs) = qr::runs(url)?;
        let (left, module) = (RIGHT - CODE, CODE / side as f32);
        let (top, page) = (self.y, self.pages.len());
        let area = |run: &Run| {
            let (column, row, length) = (run.column as f32, run.row as f32, run.length as f32);
            (left + column * module, top + row * module, length * module, module)
        };
        self.mark(Mark::Areas { areas: runs.iter().map(area).collect(), ink: Ink::Black });
        self.mark(Mark::Link { area: (left, top, CODE, CODE), url: url.to_owned() });
        let mut below = top + CODE + QUIET as f32 * module;
        for line in self.typefaces.of(style.weight).lines(caption, CODE / style.size) {
            let centred = left + (CODE - line.width * style.size) / 2.0;
            self.y = below;
            self.line(line, centred, style);
            below += style.size * LEADING;
        }
        (self.y, self.right) = (top, left - 2.0 * QUIET as f32 * module);
        heading(self);
        self.right = RIGHT;
        if self.pages.len() == page {
            self.y = self.y.max(below);
        }
        Ok(())
    }

    /// A field: its name, and beside it what it says.
    pub(super) fn field(&mut self, name: &str, value: &str, style: Style) {
        let label = Style { weight: Weight::Regular, ink: Ink::Grey, ..style };
        let names = self.typefaces.of(label.weight).lines(name, LABELS / style.size);
        let values = self.typefaces.of(style.weight).lines(value, (RIGHT - LEFT - LABELS) / style.size);
        let (height, air) = (style.size * LEADING, 4.0);
        let rows = names.len().max(values.len());
        // A field that fits on one page is not torn apart.
        let whole = rows as f32 * height + 2.0 * air;
        self.room(if whole < BOTTOM - TOP { whole } else { height + air });
        self.y += air;
        let (mut names, mut values) = (names.into_iter(), values.into_iter());
        for _ in 0..rows {
            self.room(height);
            if let Some(line) = names.next() {
                self.line(line, LEFT, label);
            }
            if let Some(line) = values.next() {
                self.line(line, LEFT + LABELS, style);
            }
            self.y += height;
        }
        self.y += air;
        self.mark(Mark::Areas { areas: vec![(LEFT, self.y, RIGHT - LEFT, 0.6)], ink: Ink::Pale });
    }

    /// The name of what follows, which does not stand alone at the foot of a page.
    pub(super) fn heading(&mut self, text: &str, style: Style) {
        self.room(style.size * LEADING * 5.0);
        self.text(text, style);
        self.y += 2.0;
        self.mark(Mark::Areas { areas: vec![(LEFT, self.y, RIGHT - LEFT, 1.2)], ink: style.ink });
        self.y += 1.2;
    }

    /// Text in a frame, in the middle: it is not overlooked.
    pub(super) fn banner(&mut self, text: &str, style: Style) {
        let (air, thick) = (9.0, 1.8);
        let width = RIGHT - LEFT;
        let lines = self.typefaces.of(style.weight).lines(text, (width - 4.0 * air) / style.size);
        let height = lines.len() as f32 * style.size * LEADING + 2.0 * air;
        self.room(height);
        let inner = (LEFT + thick, self.y + thick, width - 2.0 * thick, height - 2.0 * thick);
        self.mark(Mark::Areas { areas: vec![(LEFT, self.y, width, height)], ink: style.ink });
        self.mark(Mark::Areas { areas: vec![inner], ink: Ink::Rose });
        self.y += air;
        for line in lines {
            let centred = LEFT + (width - line.width * style.size) / 2.0;
            self.line(line, centred, style);
            self.y += style.size * LEADING;
        }
        self.y += air;
    }

    /// The pages, with a line at the foot of each.
    pub(super) fn finish(mut self, foot: impl Fn(usize, usize) -> String, style: Style) -> Vec<Vec<Mark>> {
        let all = self.pages.len();
        let most = (RIGHT - LEFT) / style.size;
        for (at, page) in self.pages.iter_mut().enumerate() {
            for line in self.typefaces.of(style.weight).lines(&foot(at + 1, all), most).into_iter().take(1) {
                page.push(Mark::Text { line, at: (LEFT, FOOT), style });
            }
        }
        self.pages
    }

    fn line(&mut self, line: Line, left: f32, style: Style) {
        let at = (left, self.y + style.size * ASCENT);
        self.mark(Mark::Text { line, at, style });
    }

    /// Goes overleaf when there is less room than that.
    fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }
}

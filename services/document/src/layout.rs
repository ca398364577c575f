//! The pages of a document while it is laid out: text flows down and goes on overleaf when a page is full.

use crate::about::About;
use crate::error::DocumentError;
use crate::mark::{Ink, Mark, Style};
use crate::pdf;
use crate::qr::{self, QUIET, Run};
use crate::typeface::{Line, Typefaces, Weight};

/// A4 in points (ISO 216).
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);
pub(crate) const LEFT: f32 = 51.0;
pub(crate) const RIGHT: f32 = PAGE.0 - LEFT;
const TOP: f32 = 51.0;
const BOTTOM: f32 = PAGE.1 - 68.0;
/// Where the line at the foot of each page stands.
const FOOT: f32 = PAGE.1 - 42.0;
/// Width of the names of fields.
const LABELS: f32 = 150.0;
/// From one line to the next, in ems.
pub(crate) const LEADING: f32 = 1.32;
/// From the top of a line to where its letters stand, in ems.
const ASCENT: f32 = 1.0;
/// A side of the QR code. An address of 200 bytes has modules that are still wider than half a millimetre.
const CODE: f32 = 96.0;

/// Pages, filled from the top of the first.
pub struct Layout<'a> {
    typefaces: &'a Typefaces,
    pages: Vec<Vec<Mark>>,
    /// Where the next line begins.
    y: f32,
    /// Where lines end.
    right: f32,
}

impl<'a> Layout<'a> {
    /// An empty page.
    pub fn new(typefaces: &'a Typefaces) -> Self {
        Self { typefaces, pages: vec![Vec::new()], y: TOP, right: RIGHT }
    }

    /// Text from margin to margin.
    pub fn text(&mut self, text: &str, style: Style) {
        self.lines(text, style, None);
    }

    /// An address that can be clicked.
    pub fn link(&mut self, url: &str, style: Style) {
        self.lines(url, style, Some(url));
    }

    fn lines(&mut self, text: &str, style: Style, url: Option<&str>) {
        let most = (self.right - LEFT) / style.size;
        for line in self.typefaces.of(style.weight).lines(text, most) {
            self.keep(style.size * LEADING);
            if let Some(url) = url {
                let area = (LEFT, self.y, line.width * style.size, style.size * LEADING);
                self.mark(Mark::Link { area, url: url.to_owned() });
            }
            self.line(line, LEFT, style);
            self.y += style.size * LEADING;
        }
    }

    /// Empty space.
    pub fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// What `heading` writes, beside the QR code of an address with what it is for below it.
    ///
    /// # Errors
    /// When the address fits into no code.
    pub fn beside_code(
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
    pub fn field(&mut self, name: &str, value: &str, style: Style) {
        let label = Style { weight: Weight::Regular, ink: Ink::Grey, ..style };
        let names = self.typefaces.of(label.weight).lines(name, LABELS / style.size);
        let values = self.typefaces.of(style.weight).lines(value, (RIGHT - LEFT - LABELS) / style.size);
        let (height, air) = (style.size * LEADING, 4.0);
        let rows = names.len().max(values.len());
        // A field that fits on one page is not torn apart.
        let whole = rows as f32 * height + 2.0 * air;
        self.keep(if self.fits(whole) { whole } else { height + air });
        self.y += air;
        let (mut names, mut values) = (names.into_iter(), values.into_iter());
        for _ in 0..rows {
            self.keep(height);
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
    pub fn heading(&mut self, text: &str, style: Style) {
        self.keep(style.size * LEADING * 5.0);
        self.text(text, style);
        self.y += 2.0;
        self.mark(Mark::Areas { areas: vec![(LEFT, self.y, RIGHT - LEFT, 1.2)], ink: style.ink });
        self.y += 1.2;
    }

    /// Text in a frame, in the middle: it is not overlooked.
    pub fn banner(&mut self, text: &str, style: Style) {
        let (air, thick) = (9.0, 1.8);
        let width = RIGHT - LEFT;
        let lines = self.typefaces.of(style.weight).lines(text, (width - 4.0 * air) / style.size);
        let height = lines.len() as f32 * style.size * LEADING + 2.0 * air;
        self.keep(height);
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

    /// Text in the middle.
    pub fn centred(&mut self, text: &str, style: Style) {
        for line in self.broken(text, RIGHT - LEFT, style) {
            self.keep(style.size * LEADING);
            let left = LEFT + (RIGHT - LEFT - line.width * style.size) / 2.0;
            self.line(line, left, style);
            self.y += style.size * LEADING;
        }
    }

    /// What follows stands on a page of its own.
    pub fn overleaf(&mut self) {
        self.keep(PAGE.1);
    }

    /// Goes overleaf when there is less room than that: so much stays together.
    pub fn keep(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    /// The PDF of all pages, with a line at the foot of each.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn pdf(
        mut self, about: &About, foot: impl Fn(usize, usize) -> String, style: Style,
    ) -> Result<Vec<u8>, DocumentError> {
        let all = self.pages.len();
        for at in 0..all {
            let line = self.broken(&foot(at + 1, all), RIGHT - LEFT, style).into_iter().next();
            if let Some((line, page)) = line.zip(self.pages.get_mut(at)) {
                page.push(Mark::Text { line, at: (LEFT, FOOT), style });
            }
        }
        pdf::write(&self.pages, self.typefaces, about)
    }

    /// Text in lines that are no wider than that.
    pub(crate) fn broken(&self, text: &str, width: f32, style: Style) -> Vec<Line> {
        self.typefaces.of(style.weight).lines(text, width / style.size)
    }

    /// Whether that would stand on one page.
    pub(crate) fn fits(&self, height: f32) -> bool {
        height < BOTTOM - TOP
    }

    /// How many pages there are.
    pub(crate) fn page(&self) -> usize {
        self.pages.len()
    }

    /// Where the next line begins.
    pub(crate) fn y(&self) -> f32 {
        self.y
    }

    /// A line of text at this height.
    pub(crate) fn line(&mut self, line: Line, left: f32, style: Style) {
        let at = (left, self.y + style.size * ASCENT);
        self.mark(Mark::Text { line, at, style });
    }

    /// Adds to the page that is being filled.
    pub(crate) fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }
}

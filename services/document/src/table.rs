//! Tables: columns with names that stand on each page again, and rows that are as high as they need to be.

use crate::layout::{LEADING, LEFT, Layout, RIGHT};
use crate::mark::{Ink, Mark, Style};
use crate::typeface::{Line, Weight};

/// Between a rule and text.
const AIR: f32 = 4.0;
/// Between the text of two columns.
const GAP: f32 = 8.0;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name. When no column has one, no rules are drawn either.
    pub name: &'static str,
    /// Which part of the width it takes, beside the parts of the others.
    pub part: f32,
    /// Whether its text ends at the right, as numbers do.
    pub right: bool,
}

/// A row: the text of each column.
#[derive(Clone, Debug)]
pub struct Row {
    /// In the order of the columns.
    pub cells: Vec<String>,
    /// Whether it stands out, as a sum does.
    pub strong: bool,
}

/// Where a column begins and how wide its text may be.
struct Place {
    left: f32,
    width: f32,
    right: bool,
}

impl Layout<'_> {
    /// A table from margin to margin. A row is torn apart only when it is higher than a page.
    pub fn table(&mut self, columns: &[Column], rows: impl IntoIterator<Item = Row>, style: Style) {
        let places = places(columns);
        let names: Vec<String> = columns.iter().map(|column| column.name.to_owned()).collect();
        let named = names.iter().any(|name| !name.is_empty());
        let head = Style { weight: Weight::Bold, ink: Ink::Grey, ..style };
        let mut page = None;
        for row in rows {
            let style = if row.strong { Style { weight: Weight::Bold, ..style } } else { style };
            let mut lines = self.cells(&row.cells, &places, style);
            let height = style.size * LEADING;
            let most = lines.iter().map(Vec::len).max().unwrap_or_default();
            let whole = most as f32 * height + 2.0 * AIR;
            let names_height = if named && page.is_none() { 3.0 * height } else { 0.0 };
            self.keep(names_height + if self.fits(whole) { whole } else { height + AIR });
            for at in 0..most {
                self.keep(height);
                if named && page != Some(self.page()) {
                    self.names(&names, &places, head);
                }
                if at == 0 {
                    self.space(AIR);
                }
                page = Some(self.page());
                for (cell, place) in lines.iter_mut().zip(&places) {
                    if let Some(line) = cell.get_mut(at).map(std::mem::take) {
                        self.cell(line, place, style);
                    }
                }
                self.space(height);
            }
            self.space(AIR);
            if named {
                self.rule(0.6, Ink::Pale);
            }
        }
    }

    fn names(&mut self, names: &[String], places: &[Place], style: Style) {
        let lines = self.cells(names, places, style);
        let most = lines.iter().map(Vec::len).max().unwrap_or_default();
        let mut columns: Vec<_> = lines.into_iter().map(Vec::into_iter).collect();
        for _ in 0..most {
            for (column, place) in columns.iter_mut().zip(places) {
                if let Some(line) = column.next() {
                    self.cell(line, place, style);
                }
            }
            self.space(style.size * LEADING);
        }
        self.space(AIR / 2.0);
        self.rule(1.0, Ink::Grey);
    }

    fn cells(&self, cells: &[String], places: &[Place], style: Style) -> Vec<Vec<Line>> {
        let lines = |(text, place): (&String, &Place)| self.broken(text, place.width, style);
        cells.iter().zip(places).map(lines).collect()
    }

    fn cell(&mut self, line: Line, place: &Place, style: Style) {
        let free = place.width - line.width * style.size;
        self.line(line, place.left + if place.right { free } else { 0.0 }, style);
    }

    fn rule(&mut self, thick: f32, ink: Ink) {
        let areas = vec![(LEFT, self.y(), RIGHT - LEFT, thick)];
        self.mark(Mark::Areas { areas, ink });
        self.space(thick);
    }
}

fn places(columns: &[Column]) -> Vec<Place> {
    let all: f32 = columns.iter().map(|column| column.part).sum();
    let mut left = LEFT;
    // The last column ends at the margin.
    let whole = RIGHT - LEFT + GAP;
    let place = |column: &Column| {
        let width = whole * column.part / all;
        let place = Place { left, width: width - GAP, right: column.right };
        left += width;
        place
    };
    columns.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{About, Typefaces};

    const STYLE: Style = Style { weight: Weight::Regular, size: 10.0, ink: Ink::Black };

    fn column(name: &'static str, right: bool) -> Column {
        Column { name, part: 1.0, right }
    }

    fn pages(columns: &[Column], rows: Vec<[String; 2]>) -> Vec<String> {
        let typefaces = Typefaces::open().unwrap();
        let mut layout = Layout::new(&typefaces);
        layout.table(columns, rows.into_iter().map(|cells| Row { cells: cells.to_vec(), strong: false }), STYLE);
        let about = About {
            title: String::new(),
            subject: String::new(),
            author: String::new(),
            created: jiff::Timestamp::UNIX_EPOCH,
        };
        let bytes = layout.pdf(&about, |page, all| format!("лист {page}/{all}"), STYLE).unwrap();
        let document = lopdf::Document::load_mem(&bytes).unwrap();
        document.get_pages().keys().map(|page| document.extract_text(&[*page]).unwrap()).collect()
    }

    #[test]
    fn every_page_names_the_columns_and_no_row_is_lost() {
        let rows = (1..=120).map(|row| [format!("ряд-{row}."), "1,00".to_owned()]).collect();
        let pages = pages(&[column("Имя", false), column("Сумма", true)], rows);
        assert!(pages.len() > 2, "{}", pages.len());
        for (at, page) in pages.iter().enumerate() {
            assert!(page.contains("Имя") && page.contains(&format!("лист {}/{}", at + 1, pages.len())), "{page}");
        }
        let all = pages.concat();
        assert!((1..=120).all(|row| all.contains(&format!("ряд-{row}."))));
    }

    #[test]
    fn a_row_higher_than_a_page_is_continued() {
        let words: Vec<String> = (1..=2000).map(|word| format!("слово-{word}.")).collect();
        let pages = pages(&[column("", false), column("", false)], vec![[words.join(" "), String::new()]]);
        let all = pages.concat();
        assert!(pages.len() > 1 && words.iter().all(|word| all.contains(word.as_str())));
    }
}

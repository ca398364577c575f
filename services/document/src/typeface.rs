//! Text in a typeface. It is shaped once and then broken into lines, so that what is measured is what is drawn.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, UnicodeBuffer, shape};

use crate::DocumentError;

const REGULAR: &[u8] = include_bytes!("../fonts/PTSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/PTSans-Bold.ttf");

/// How heavy text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As usual.
    Regular,
    /// Heavier.
    Bold,
}

/// The typefaces of a document: PT Sans, made for the languages of Russia. They are built in, so that a document looks the
/// same wherever it was made.
pub struct Typefaces {
    regular: Typeface,
    bold: Typeface,
}

impl Typefaces {
    /// Reads what is built in.
    ///
    /// # Errors
    /// When the program was built with something else.
    pub fn open() -> Result<Self, DocumentError> {
        Ok(Self { regular: Typeface::open(REGULAR)?, bold: Typeface::open(BOLD)? })
    }

    pub(super) fn of(&self, weight: Weight) -> &Typeface {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

/// One of them.
pub(super) struct Typeface {
    font: Font,
    face: Face<'static>,
}

/// A line of text. Lengths are in ems.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// What it says.
    pub(super) text: String,
    /// How it looks.
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// How long it is.
    pub(super) width: f32,
}

impl Typeface {
    fn open(file: &'static [u8]) -> Result<Self, DocumentError> {
        let font = Font::new(file.into(), 0).ok_or(DocumentError::Font)?;
        let face = Face::from_slice(file, 0).ok_or(DocumentError::Font)?;
        Ok(Self { font, face })
    }

    /// The font to embed. Only glyphs that are used become part of the document.
    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// Text in lines no longer than `most` ems. A line ends at a space; a word that fits on no line is continued on the next.
    /// Nothing is left out.
    pub(super) fn lines(&self, text: &str, most: f32) -> Vec<Line> {
        let text = one_line(text);
        let glyphs = self.shape(&text);
        let (mut lines, mut start, mut at) = (Vec::new(), 0, 0);
        let (mut width, mut space) = (0.0, None);
        while let Some(glyph) = glyphs.get(at) {
            if &text[glyph.text_range.clone()] == " " {
                space = Some(at);
            } else if width + glyph.x_advance > most && at > start {
                let end = space.unwrap_or_else(|| before_mark(&glyphs, start, at));
                lines.push(line(&text, &glyphs[start..end]));
                // The space is what the end of the line stands for.
                start = space.map_or(end, |space| space + 1);
                (at, width, space) = (start, 0.0, None);
                continue;
            }
            width += glyph.x_advance;
            at += 1;
        }
        if start < glyphs.len() {
            lines.push(line(&text, &glyphs[start..]));
        }
        lines
    }

    fn shape(&self, text: &str) -> Vec<KrillaGlyph> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaped = shape(&self.face, &[], buffer);
        let ems = |units: i32| units as f32 / self.font.units_per_em();
        let infos = shaped.glyph_infos();
        let glyph = |(at, position): (usize, &rustybuzz::GlyphPosition)| {
            let begin = infos[at].cluster;
            let next = infos[at..].iter().map(|info| info.cluster).find(|cluster| *cluster != begin);
            let end = next.map_or(text.len(), |cluster| cluster as usize);
            KrillaGlyph::new(
                GlyphId::new(infos[at].glyph_id),
                ems(position.x_advance),
                ems(position.x_offset),
                ems(position.y_offset),
                ems(position.y_advance),
                begin as usize..end,
                None,
            )
        };
        shaped.glyph_positions().iter().enumerate().map(glyph).collect()
    }
}

/// Words with single spaces between them. What others send may hold line ends and control characters; a space that must not
/// break stays.
fn one_line(text: &str) -> String {
    let apart = |c: char| (c.is_whitespace() && c != '\u{a0}') || c.is_control();
    text.split(apart).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Where to break a word that is too long: a letter keeps its marks, unless it fills the line alone.
fn before_mark(glyphs: &[KrillaGlyph], start: usize, at: usize) -> usize {
    let whole = |end: &usize| glyphs[*end].text_range.start != glyphs[*end - 1].text_range.start;
    (start + 1..=at).rev().find(whole).unwrap_or(at)
}

fn line(text: &str, glyphs: &[KrillaGlyph]) -> Line {
    let begin = glyphs.first().map_or(0, |glyph| glyph.text_range.start);
    let end = glyphs.last().map_or(begin, |glyph| glyph.text_range.end);
    let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
    let moved = |glyph: &KrillaGlyph| {
        let text_range = glyph.text_range.start - begin..glyph.text_range.end - begin;
        KrillaGlyph { text_range, ..glyph.clone() }
    };
    Line { text: text[begin..end].to_owned(), glyphs: glyphs.iter().map(moved).collect(), width }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, most: f32) -> Vec<String> {
        let typefaces = Typefaces::open().unwrap();
        let lines = typefaces.of(Weight::Regular).lines(text, most);
        assert!(lines.iter().all(|line| line.width <= most), "{text} is wider than {most}");
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_end_between_words_and_nothing_is_lost() {
        let name = "Комплексное страхование имущества и ответственности владельцев загородных домов";
        let lines = broken(name, 15.0);
        assert!(lines.len() > 2);
        assert_eq!(lines.join(" "), name);
        assert_eq!(broken(" Одна\r\n\tстрока\u{0} ", 15.0), ["Одна строка"]);
        assert_eq!(broken(" \n", 15.0), Vec::<String>::new());
    }

    #[test]
    fn a_word_longer_than_a_line_is_continued_and_keeps_letters_whole() {
        let word = "щ\u{301}".repeat(60);
        let lines = broken(&format!("и {word} и"), 10.0);
        assert!(lines.iter().all(|line| !line.starts_with('\u{301}')));
        assert_eq!(lines.concat().replace(' ', ""), format!("и{word}и"));
    }

    #[test]
    fn numbers_stay_in_one_piece() {
        assert_eq!(broken("ровно 3\u{a0}650,00\u{a0}₽", 5.5), ["ровно", "3\u{a0}650,00\u{a0}₽"]);
    }

    #[test]
    fn both_weights_have_every_sign_that_documents_use() {
        let typefaces = Typefaces::open().unwrap();
        let signs = "АЯаяЁёЙй0123456789₽№«»—–−·.,:()@+/#";
        for weight in [Weight::Regular, Weight::Bold] {
            let glyphs = typefaces.of(weight).shape(signs);
            assert!(glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0), "{weight:?}");
        }
    }
}

//! Pages as PDF (ISO 32000).

use krilla::Document;
use krilla::action::LinkAction;
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb::Color;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

use crate::about::About;
use crate::error::DocumentError;
use crate::layout::PAGE;
use crate::mark::{Area, Ink, Mark};
use crate::typeface::Typefaces;

/// The bytes of a document. They depend on nothing but what is given.
pub(super) fn write(pages: &[Vec<Mark>], typefaces: &Typefaces, about: &About) -> Result<Vec<u8>, DocumentError> {
    let mut document = Document::new();
    document.set_metadata(about.metadata());
    for marks in pages {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).unwrap_or_default();
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, mark, typefaces);
        }
        surface.finish();
        for mark in marks {
            if let Mark::Link { area, url } = mark
                && let Some(area) = rectangle(area)
            {
                let target = Target::Action(LinkAction::new(url.clone()).into());
                page.add_annotation(Annotation::new_link(LinkAnnotation::new(area, target), Some(url.clone())));
            }
        }
        page.finish();
    }
    Ok(document.finish()?)
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, typefaces: &Typefaces) {
    match mark {
        Mark::Text { line, at, style } => {
            surface.set_fill(Some(fill(style.ink)));
            let font = typefaces.of(style.weight).font();
            surface.draw_glyphs(Point::from_xy(at.0, at.1), &line.glyphs, font, &line.text, style.size, false);
        }
        Mark::Areas { areas, ink } => {
            surface.set_fill(Some(fill(*ink)));
            if let Some(path) = path(areas) {
                surface.draw_path(&path);
            }
        }
        Mark::Link { .. } => {}
    }
}

/// One path for all: viewers show no seams inside of one.
fn path(areas: &[Area]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for area in areas.iter().filter_map(rectangle) {
        path.push_rect(area);
    }
    path.finish()
}

fn rectangle(&(left, top, width, height): &Area) -> Option<Rect> {
    Rect::from_xywh(left, top, width, height)
}

fn fill(ink: Ink) -> Fill {
    let color = match ink {
        Ink::Black => Color::new(0x14, 0x18, 0x1f),
        Ink::Grey => Color::new(0x5b, 0x63, 0x70),
        Ink::Blue => Color::new(0x17, 0x3f, 0x73),
        Ink::Red => Color::new(0xb3, 0x12, 0x1d),
        Ink::Pale => Color::new(0xd5, 0xda, 0xe1),
        Ink::Rose => Color::new(0xfd, 0xf0, 0xf0),
    };
    Fill { paint: color.into(), ..Fill::default() }
}

//! How cells look.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

const AMOUNT: &str = "#,##0.00";
const COUNT: &str = "#,##0";
const HEAD: Color = Color::RGB(0xDD_E6_F1);
const ALARM: Color = Color::RGB(0xF8_D0_D0);

/// All looks of cells.
pub(super) struct Formats {
    pub(super) title: Format,
    pub(super) head: Format,
    pub(super) text: Format,
    pub(super) wrapped: Format,
    pub(super) count: Format,
    pub(super) amount: Format,
    pub(super) sum_text: Format,
    pub(super) sum_count: Format,
    pub(super) sum_amount: Format,
    /// Over a check that does not show zero.
    pub(super) alarm: Format,
}

impl Formats {
    pub(super) fn new() -> Self {
        let cell = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
        let sum = cell.clone().set_bold();
        let head = sum.clone().set_background_color(HEAD).set_text_wrap().set_align(FormatAlign::Center);
        Self {
            title: Format::new().set_bold().set_font_size(14.0),
            head: head.set_align(FormatAlign::VerticalCenter),
            wrapped: cell.clone().set_text_wrap(),
            count: cell.clone().set_num_format(COUNT),
            amount: cell.clone().set_num_format(AMOUNT),
            text: cell,
            sum_count: sum.clone().set_num_format(COUNT),
            sum_amount: sum.clone().set_num_format(AMOUNT),
            sum_text: sum,
            alarm: Format::new().set_background_color(ALARM).set_bold(),
        }
    }
}

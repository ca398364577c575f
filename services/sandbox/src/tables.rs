//! The catalogue as price lists. One row is one product with its tariffs side by side in CSV, one tariff in XLSX.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use crate::exhibit::{Shown, ShownTariff};

/// Codes of the tariffs that have a column, with its name.
const COLUMNS: [(&str, &str); 3] = [("base", "Базовый"), ("plus", "Плюс"), ("premium", "Премиум")];

fn amount(tariff: Option<&ShownTariff>) -> String {
    tariff.and_then(|tariff| tariff.amount).map(|a| format!("{a:.2}").replace('.', ",")).unwrap_or_default()
}

fn field(text: &str) -> String {
    if text.contains([';', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Semicolons, decimal commas, a title above and a count below.
pub(crate) fn csv(shown: &[Shown]) -> String {
    let mut text = "Прайс-лист для партнёров;;;;;;;\r\n".to_owned();
    text.push_str("Код;Наименование;Вид;Описание;Валюта;");
    text.push_str(&COLUMNS.map(|(_, name)| name).join(";"));
    text.push_str("\r\n");
    for product in shown {
        let currency = product.tariffs.first().map_or("RUB", |tariff| tariff.currency);
        let mut fields = [&product.id, &product.title, &product.line, &product.summary].map(|f| field(f)).to_vec();
        fields.push(currency.to_owned());
        for (code, _) in COLUMNS {
            fields.push(amount(product.tariffs.iter().find(|tariff| tariff.code == code)));
        }
        text.push_str(&fields.join(";"));
        text.push_str("\r\n");
    }
    text.push_str(&format!("ИТОГО;{};;;;;;\r\n", shown.len()));
    text
}

/// A workbook with one row per tariff, amounts in kopecks, dates as dates are in workbooks: text in ISO 8601.
pub(crate) fn xlsx(shown: &[Shown]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The same catalogue is the same file.
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?));
    book.add_worksheet().set_name("О файле")?.write(0, 0, "Тарифы на листе «Тарифы»")?;
    let sheet = book.add_worksheet().set_name("Тарифы")?;
    let header = ["Продукт", "Название", "Вид", "Описание", "Тариф", "Название тарифа", "Премия, коп.", "Валюта", "С"];
    sheet.write_row(0, 0, header)?;
    let mut row = 0;
    for product in shown {
        for tariff in &product.tariffs {
            row += 1;
            let texts = [&product.id, &product.title, &product.line, &product.summary, &tariff.code, &tariff.title];
            sheet.write_row(row, 0, texts.map(String::as_str))?;
            if let Some(amount) = tariff.amount {
                let kopecks = (amount * rust_decimal::Decimal::ONE_HUNDRED).trunc();
                sheet.write(row, 6, kopecks.to_string().parse::<f64>().unwrap_or_default())?;
            }
            sheet.write(row, 7, tariff.currency)?.write(row, 8, tariff.from.as_str())?;
        }
    }
    book.save_to_buffer()
}

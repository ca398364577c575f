//! What breaks are called in Russian, the same in every file.

use rust_decimal::Decimal;

use crate::matching::{Kind, Place};

/// What is wrong.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::MissingAtInsurer => "Нет в реестре страховщика",
        Kind::MissingAtUs => "Нет в учёте агента",
        Kind::PremiumDiffers => "Расходится премия",
        Kind::CommissionDiffers => "Расходится вознаграждение",
        Kind::StatusDiffers => "Расторгнут у одной стороны",
        Kind::DatesDiffer => "Расходятся даты",
        Kind::RefundDiffers => "Расходится возврат",
        Kind::Duplicate => "Повтор в реестре",
        Kind::Unreadable => "Строка не читается",
        Kind::Ambiguous => "Соответствие неоднозначно",
        Kind::NotDueYet => "Срок ещё не наступил",
    }
}

/// Of a kind by its name in databases.
pub(super) fn kind_named(name: &str) -> &str {
    match Kind::named(name) {
        Some(known) => kind(known),
        None => name,
    }
}

/// Where a policy or a line ended up.
pub(super) fn place(place: Place) -> &'static str {
    match place {
        Place::Agreed => "Сошлось",
        Place::Differing => "Сопоставлено, но расходится",
        Place::MissingAtInsurer => kind(Kind::MissingAtInsurer),
        Place::MissingAtUs => kind(Kind::MissingAtUs),
        Place::Duplicate => "Повторы в реестре",
        Place::Ambiguous => kind(Kind::Ambiguous),
        Place::Unreadable => "Строки, которые не читаются",
        Place::NotDueYet => kind(Kind::NotDueYet),
    }
}

/// How a break stands.
pub(super) fn state(name: &str) -> &str {
    match name {
        "open" => "открыто",
        "explained" => "объяснено",
        "accepted" => "принято",
        "disputed" => "оспорено",
        "corrected" => "исправлено",
        other => other,
    }
}

/// Whose premium the tariff confirms.
pub(super) fn tariff_says(name: &str) -> &str {
    match name {
        "ours" => "агента",
        "theirs" => "страховщика",
        "neither" => "ни одну",
        "unknown" => "тариф неизвестен",
        other => other,
    }
}

/// `1234,50`: as spreadsheets in Russia read an amount; nothing is rounded.
pub(super) fn amount(amount: Decimal) -> String {
    let normal = amount.normalize();
    let places = usize::try_from(normal.scale()).map_or(2, |scale| scale.max(2));
    format!("{normal:.places$}").replace('.', ",")
}

/// Line numbers: `5, 7`.
pub(super) fn lines(lines: &[i64]) -> String {
    lines.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// The columns of a break, the same in text and in a workbook.
pub(super) const COLUMNS: [&str; 12] = [
    "№",
    "Вид",
    "Полисы",
    "Строки реестра",
    "У агента",
    "У страховщика",
    "Разница",
    "Тариф подтверждает премию",
    "Объяснение",
    "Состояние",
    "Ответственный",
    "Идентификатор",
];

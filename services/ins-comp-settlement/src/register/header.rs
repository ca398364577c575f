//! The row with the names of the columns, found by these names wherever it stands.

use super::config::{ByField, Field};
use super::error::{Fault, RegisterError};
use super::rules::Rules;

/// Which column is which field.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// From zero.
    pub(super) at: ByField<Option<usize>>,
    /// As the file names them.
    pub(super) names: ByField<String>,
    /// The column in which a row with sums says so.
    pub(super) totals: Option<usize>,
    /// Columns with a name, and those before them.
    pub(super) width: usize,
}

/// What a row is.
#[derive(Debug)]
pub(super) enum Found {
    /// The header row.
    Header(Box<Header>),
    /// It has so many of the names, and lacks something.
    Part(usize, RegisterError),
    /// Something else.
    Nothing,
}

/// Looks for the names in a row.
pub(super) fn find(rules: &Rules, cells: &[String]) -> Found {
    let normals: Vec<String> = cells.iter().map(|cell| normal(cell)).collect();
    let mut header = Header {
        at: [None; 10],
        names: Field::ALL.map(|field| rules.names[field as usize].first().cloned().unwrap_or_default()),
        totals: None,
        width: normals.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1),
    };
    let (mut found, mut missing, mut twice) = (0, Vec::new(), None);
    for field in Field::ALL {
        let names = &rules.names[field as usize];
        let mut places = names.iter().flat_map(|name| {
            let name = normal(name);
            normals.iter().enumerate().filter(move |(_, cell)| **cell == name).map(|(at, _)| at)
        });
        match places.next() {
            Some(at) => {
                header.at[field as usize] = Some(at);
                cells[at].trim().clone_into(&mut header.names[field as usize]);
                found += 1;
                if let Some(second) = places.next() {
                    twice.get_or_insert((field, second));
                }
            }
            None if names.is_empty() || rules.optional[field as usize] => {}
            None => missing.push(format!("{:?}", names.join(" / "))),
        }
    }
    if let Some(column) = rules.totals.as_ref().and_then(|totals| totals.column.as_deref()) {
        let name = normal(column);
        header.totals = normals.iter().position(|cell| *cell == name);
        if header.totals.is_none() {
            missing.push(format!("{column:?} of totals.column"));
        }
    }
    // One name alone may stand in any text; two in one row are a header row, even with a third one missing.
    if found < 2 {
        return Found::Nothing;
    }
    if let Some((field, second)) = twice {
        let fault = Fault::TwoColumns { name: cells[second].trim().to_owned(), field: field.key() };
        return Found::Part(found, fault.into());
    }
    if missing.is_empty() {
        return Found::Header(Box::new(header));
    }
    let there: Vec<String> =
        cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).map(str::to_owned).collect();
    Found::Part(found, Fault::MissingColumn { missing: missing.join(", "), there: there.join(" | ") }.into())
}

/// A name as it is compared: in lower case, with single spaces of any kind, ё as е.
pub(super) fn normal(name: &str) -> String {
    let words: Vec<String> = name.trim_start_matches('\u{feff}').split_whitespace().map(str::to_lowercase).collect();
    words.join(" ").replace('ё', "е")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_a_person_compares_them() {
        assert_eq!(normal(" Страховая\n премия,\u{a0}руб. "), "страховая премия, руб.");
        assert_eq!(normal("\u{feff}Счёт"), "счет");
    }
}

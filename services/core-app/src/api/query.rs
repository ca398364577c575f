//! The parameters of a list.

use url::form_urlencoded;

use polis_actors::http::Problem;

use super::cursor::Cursor;

const SORTS: [&str; 4] = ["name", "premium", "-premium", "insurer"];
const MOST: i64 = 200;
const USUAL: i64 = 50;
const LONGEST_TEXT: usize = 200;

/// What a list should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListQuery {
    pub(crate) line: Option<String>,
    pub(crate) insurer: Option<String>,
    /// As a pattern of `like`, without its outer per cent signs.
    pub(crate) text: Option<String>,
    pub(crate) sort: String,
    pub(crate) limit: i64,
    pub(crate) cursor: Option<Cursor>,
}

impl ListQuery {
    pub(crate) fn parse(raw: &str) -> Result<Self, Problem> {
        let mut query =
            Self { line: None, insurer: None, text: None, sort: "name".to_owned(), limit: USUAL, cursor: None };
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let value = value.into_owned();
            if value.contains('\0') {
                return Err(Problem::bad_request(format!("{name} holds a NUL")));
            }
            match &*name {
                "line" => query.line = Some(value).filter(|v| !v.is_empty()),
                "insurer" => query.insurer = Some(value).filter(|v| !v.is_empty()),
                "q" if value.len() > LONGEST_TEXT => {
                    return Err(Problem::bad_request(format!("q is longer than {LONGEST_TEXT} bytes")));
                }
                "q" => query.text = Some(value.trim().to_owned()).filter(|v| !v.is_empty()).map(|v| literal(&v)),
                "sort" if SORTS.contains(&value.as_str()) => query.sort = value,
                "sort" => return Err(Problem::bad_request(format!("sort is one of {}", SORTS.join(", ")))),
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=MOST).contains(limit));
                    query.limit = limit.ok_or_else(|| Problem::bad_request(format!("limit is 1 to {MOST}")))?;
                }
                "cursor" => {
                    let cursor = Cursor::decode(&value);
                    query.cursor = Some(cursor.ok_or_else(|| {
                        Problem::bad_request("cursor is not one of ours; take it from \"next\" of the page before")
                    })?);
                }
                other => {
                    let known = "line, insurer, q, sort, limit, cursor";
                    return Err(Problem::bad_request(format!("{other} is not a parameter; they are {known}")));
                }
            }
        }
        if query.cursor.as_ref().is_some_and(|cursor| cursor.sort != query.sort) {
            return Err(Problem::bad_request("cursor belongs to another sort; start at the first page"));
        }
        Ok(query)
    }
}

/// Text that `like` takes literally.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(raw: &str) -> String {
        format!("{:?}", ListQuery::parse(raw).unwrap_err())
    }

    #[test]
    fn wrong_parameters_are_named() {
        for (raw, word) in [
            ("colour=red", "colour"),
            ("sort=size", "premium"),
            ("limit=0", "limit"),
            ("limit=x", "limit"),
            ("cursor=abc", "cursor"),
        ] {
            assert!(detail(raw).contains(word), "{raw}");
        }
    }

    #[test]
    fn a_cursor_goes_there_and_back_and_knows_its_sort() {
        let part = |text: &str| text.to_owned();
        let cursor = Cursor { sort: part("premium"), value: part("0001"), insurer: part("i"), product: part("п") };
        let raw = format!("sort=premium&cursor={}", cursor.encode());
        assert_eq!(ListQuery::parse(&raw).unwrap().cursor, Some(cursor.clone()));
        assert!(detail(&format!("cursor={}", cursor.encode())).contains("another sort"));
    }

    #[test]
    fn text_is_taken_literally() {
        assert_eq!(ListQuery::parse("q=50%25_x").unwrap().text.unwrap(), "50\\%\\_x");
        assert_eq!(ListQuery::parse("q=+&line=").unwrap().text, None);
    }
}

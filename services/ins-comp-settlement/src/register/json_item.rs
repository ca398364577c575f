//! One item of a JSON register: what each path finds in it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::config::Field;
use super::document::Value;
use super::path::Path;
use super::reason::Reason;

/// The values at these paths; none when the text is not a table.
pub(super) fn item<'t>(text: &'t str, slots: &[(Field, Path)]) -> Option<Vec<Value<'t>>> {
    if !text.starts_with('{') {
        return None;
    }
    let mut values = vec![Value::Absent; slots.len()];
    let mut parser = serde_json::Deserializer::from_str(text);
    let all = u64::MAX >> (64 - slots.len().max(1));
    let extract = Extract { slots, depth: 0, live: all, values: &mut values };
    // The text was read as JSON once, when it was found.
    extract.deserialize(&mut parser).ok()?;
    Some(values)
}

/// A value as it is written.
pub(super) fn value(raw: &RawValue) -> Value<'_> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'"') if !text.contains('\\') => Value::Text(Cow::Borrowed(&text[1..text.len() - 1])),
        Some(b'"') => match serde_json::from_str::<String>(text) {
            Ok(text) => Value::Text(Cow::Owned(text)),
            Err(_) => Value::Wrong(Reason::Escape),
        },
        Some(b'n') => Value::Empty,
        Some(b't' | b'f') => Value::Text(Cow::Borrowed(text)),
        Some(b'{' | b'[') => Value::NESTED,
        _ => Value::Literal(text),
    }
}

struct Extract<'s, 'v, 't> {
    slots: &'s [(Field, Path)],
    depth: usize,
    /// Paths that lead here, a bit each.
    live: u64,
    values: &'v mut [Value<'t>],
}

impl<'t> DeserializeSeed<'t> for Extract<'_, '_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Extract<'_, '_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((ends, goes_on)) =
            map.next_key_seed(Name { slots: self.slots, depth: self.depth, live: self.live })?
        {
            if ends == 0 && goes_on == 0 {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let raw: &'t RawValue = map.next_value()?;
            for at in bits(ends) {
                let before = std::mem::take(&mut self.values[at]);
                self.values[at] = if before == Value::Absent { value(raw) } else { Value::TWICE };
            }
            if goes_on != 0 {
                self.below(raw, goes_on).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

impl<'t> Extract<'_, '_, 't> {
    fn below(&mut self, raw: &'t RawValue, live: u64) -> Result<(), serde_json::Error> {
        let text = raw.get();
        if text.starts_with('{') {
            let below = Extract { slots: self.slots, depth: self.depth + 1, live, values: &mut *self.values };
            return below.deserialize(&mut serde_json::Deserializer::from_str(text));
        }
        for at in bits(live) {
            // Null where a table was expected has none of its values; a list may have several, of which none is chosen.
            if text != "null" {
                self.values[at] = Value::Wrong(Reason::Misplaced);
            }
        }
        Ok(())
    }
}

fn bits(set: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |at| set & (1 << at) != 0)
}

/// A name, compared where it stands: which paths end at it, and which go on.
struct Name<'s> {
    slots: &'s [(Field, Path)],
    depth: usize,
    live: u64,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = (u64, u64);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = (u64, u64);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let (mut ends, mut goes_on) = (0, 0);
        for (at, (_, path)) in self.slots.iter().enumerate() {
            let here = self.live & (1 << at) != 0 && path.names.get(self.depth).is_some_and(|next| next == name);
            let end = self.depth + 1 == path.names.len();
            ends |= u64::from(here && end) << at;
            goes_on |= u64::from(here && !end) << at;
        }
        Ok((ends, goes_on))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_paths_and_kept_as_they_are_written() {
        let path = |text| (Field::Premium, Path::from_item(text, "x").unwrap());
        let slots = ["n", "sum.amount", "sum.currency", "none", "list.a", "twice", "deep"].map(path);
        let text = r#"{"n":"№ \"7\"","x":[1,{"n":2}],"sum":{"amount":12.50,"currency":null},
            "list":[{"a":1}],"twice":1,"twice":2,"deep":{"a":1}}"#;
        let expected = [
            Value::Text("№ \"7\"".into()),
            Value::Literal("12.50"),
            Value::Empty,
            Value::Absent,
            Value::Wrong(Reason::Misplaced),
            Value::TWICE,
            Value::NESTED,
        ];
        assert_eq!(item(text, &slots).unwrap(), expected);
        assert_eq!(item("[1]", &slots), None);
    }
}

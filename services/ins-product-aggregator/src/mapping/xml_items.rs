//! The items of an XML document: elements by their local names, whatever prefix they have. An element becomes its text;
//! with attributes or children a table of them, attributes as `@name`, its own text as `#text`, repeated children as a
//! list. There are no external entities: a document type declaration is refused.

use polis_actors::poller::PollError;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use serde_json::{Map, Value};

use super::items::{Each, Item, ItemPath};

/// Deeper than any honest document.
const DEEPEST: usize = 64;

/// The items at a path, which must be in this namespace where one is expected.
pub(crate) fn xml(
    address: &str, text: &str, path: &ItemPath, namespace: Option<&str>, each: Each<'_>,
) -> Result<(), PollError> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk { address, path, namespace, open: Vec::new(), matched: 0, building: Vec::new(), found: false };
    loop {
        let position = reader.buffer_position();
        let (resolved, event) = reader
            .read_resolved_event()
            .map_err(|error| walk.malformed(format!("not XML at byte {position}: {error}")))?;
        match event {
            Event::Start(start) => walk.start(&resolved, &start)?,
            Event::End(_) => walk.end(each)?,
            Event::Text(text) => walk.text(&text.xml10_content()),
            Event::CData(text) => walk.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|error| walk.malformed(error.to_string()))?;
                let known = quick_xml::escape::resolve_predefined_entity(&reference);
                match (character, known) {
                    (Some(character), _) => walk.text(character.encode_utf8(&mut [0; 4])),
                    (None, Some(known)) => walk.text(known),
                    (None, None) => return Err(walk.malformed(format!("entity &{};, which is refused", &*reference))),
                }
            }
            Event::DocType(_) => return Err(walk.malformed("a document type declaration, which is refused")),
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if !walk.open.is_empty() {
        return Err(walk.malformed(format!("the document ends inside of <{}>", walk.open.join("><"))));
    }
    if walk.found { Ok(()) } else { Err(walk.malformed(path.missing())) }
}

struct Walk<'a> {
    address: &'a str,
    path: &'a ItemPath,
    namespace: Option<&'a str>,
    open: Vec<String>,
    /// How many names of the path the open elements match.
    matched: usize,
    /// Elements of the item that is being read, innermost last.
    building: Vec<(Map<String, Value>, String)>,
    found: bool,
}

impl Walk<'_> {
    fn malformed(&self, what: impl Into<String>) -> PollError {
        PollError::Malformed { address: self.address.to_owned(), what: what.into() }
    }

    fn start(&mut self, resolved: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<(), PollError> {
        let name = start.local_name().into_inner().to_owned();
        if self.open.len() >= DEEPEST {
            return Err(self.malformed(format!("elements more than {DEEPEST} deep")));
        }
        if self.building.is_empty() {
            let on_path = self.matched == self.open.len()
                && self.path.steps.get(self.matched).is_some_and(|step| step.takes(&name));
            self.matched += usize::from(on_path);
            // The parent that is there without items is an answer too.
            self.found |= on_path && self.matched + 1 >= self.path.steps.len();
            if on_path && self.matched == self.path.steps.len() {
                self.check_namespace(resolved, &name)?;
                self.building.push(self.element(start)?);
            }
        } else {
            self.building.push(self.element(start)?);
        }
        self.open.push(name);
        Ok(())
    }

    fn check_namespace(&self, resolved: &ResolveResult<'_>, name: &str) -> Result<(), PollError> {
        let Some(expected) = self.namespace else { return Ok(()) };
        let actual = match resolved {
            ResolveResult::Bound(Namespace(actual)) => actual,
            ResolveResult::Unbound | ResolveResult::Unknown(_) => "",
        };
        if actual == expected {
            return Ok(());
        }
        Err(self.malformed(format!("<{name}> is in namespace {actual:?}, expected {expected:?}")))
    }

    fn element(&self, start: &BytesStart<'_>) -> Result<(Map<String, Value>, String), PollError> {
        let mut children = Map::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.malformed(error.to_string()))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| self.malformed(error.to_string()))?;
            children.insert(format!("@{}", attribute.key.local_name().into_inner()), value.into_owned().into());
        }
        Ok((children, String::new()))
    }

    fn text(&mut self, text: &str) {
        if let Some((_, own)) = self.building.last_mut() {
            own.push_str(text);
        }
    }

    fn end(&mut self, each: Each<'_>) -> Result<(), PollError> {
        let name = self.open.pop().unwrap_or_default();
        let Some((mut children, text)) = self.building.pop() else {
            self.matched = self.matched.min(self.open.len());
            return Ok(());
        };
        let text = text.trim();
        let value = if children.is_empty() {
            Value::from(text)
        } else {
            if !text.is_empty() {
                children.insert("#text".to_owned(), text.into());
            }
            Value::Object(children)
        };
        let Some((parent, _)) = self.building.last_mut() else {
            self.matched = self.matched.min(self.open.len());
            return each(Item { name: Some(name), value });
        };
        match parent.get_mut(&name) {
            None => {
                parent.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::insurer::Origin;

    fn items(text: &str, path: &str, namespace: Option<&str>) -> Result<Vec<Value>, String> {
        let path = ItemPath::new(&toml::Spanned::new(0..1, path.to_owned()), &Origin::new("x.toml", path)).unwrap();
        let mut found = Vec::new();
        let read = xml("x", text, &path, namespace, &mut |item| {
            found.push(item.value);
            Ok(())
        });
        read.map(|()| found).map_err(|error| error.to_string())
    }

    #[test]
    fn elements_become_values_by_their_local_names() {
        let text = r#"<?xml version="1.0"?><s:List xmlns:s="urn:s"><s:P id="1"><s:Name>Щит &amp; меч</s:Name>
            <s:T c="RUB">5</s:T><s:T>6</s:T><Empty/></s:P><s:P id="2"/></s:List>"#;
        let expected = json!([
            { "@id": "1", "Name": "Щит & меч", "T": [{ "@c": "RUB", "#text": "5" }, "6"], "Empty": "" },
            { "@id": "2" }
        ]);
        assert_eq!(Value::from(items(text, "$.List.P", Some("urn:s")).unwrap()), expected);
        let error = items(text, "$.List.P", Some("urn:other")).unwrap_err();
        assert!(error.contains("urn:s") && error.contains("urn:other"), "{error}");
    }

    #[test]
    fn an_empty_list_is_an_answer_and_a_list_that_is_not_there_is_none() {
        assert_eq!(items("<a><b></b></a>", "$.a.b.c", None).unwrap(), Vec::<Value>::new());
        assert!(items("<a><x/></a>", "$.a.b.c", None).unwrap_err().contains("has no $.a.b.c"));
        assert!(items("<html><body/></html>", "$.a.b", None).is_err());
    }

    #[test]
    fn what_could_reach_outside_or_blow_up_is_refused() {
        let doctype = r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>&x;</b></a>"#;
        assert!(items(doctype, "$.a.b", None).unwrap_err().contains("refused"));
        assert!(items("<a><b>&x;</b></a>", "$.a.b", None).unwrap_err().contains("&x;"));
        let deep = "<a>".repeat(100_000);
        assert!(items(&deep, "$.a.b", None).unwrap_err().contains("deep"));
        assert!(items("<a><b>1</b>", "$.a.b", None).is_err(), "a document that ends early");
    }
}

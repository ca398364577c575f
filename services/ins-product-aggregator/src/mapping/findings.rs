//! What a check of a mapping finds, in place of the first error that ends a poll.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Collects. Shared between the mapping and whoever asked for the check.
#[derive(Debug, Default)]
pub struct Findings(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    problems: Vec<String>,
    fields: BTreeSet<String>,
}

impl Findings {
    pub(super) fn add(&self, problem: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).problems.push(problem);
    }

    /// Remembers the names of all fields of an item.
    pub(super) fn saw(&self, item: &Value) {
        collect(item, "$", &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).fields);
    }

    /// What could not be mapped, with the product and why.
    pub fn problems(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).problems.clone()
    }

    /// Fields of the insurer whose last name stands nowhere in the file: what the mapping leaves out.
    pub fn unused(&self, file: &str) -> Vec<String> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = inner.fields.iter().filter(|path| {
            let name = path.rsplit('.').next().unwrap_or_default();
            ![format!(".{name}"), format!("['{name}']")].iter().any(|use_| mentions(file, use_))
        });
        unused.cloned().collect()
    }
}

/// Whether the name stands there as a whole: `.id` is not in `.identity`.
fn mentions(file: &str, name: &str) -> bool {
    file.match_indices(name).any(|(at, _)| {
        let next = file[at + name.len()..].chars().next();
        next.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })
}

fn collect(value: &Value, path: &str, fields: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect(value, &format!("{path}.{name}"), fields);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, path, fields)),
        _ => {
            let path = path.strip_suffix(".#text").unwrap_or(path);
            fields.insert(path.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_that_no_path_names_are_left_out() {
        let findings = Findings::default();
        findings.saw(
            &json!({ "id": 1, "identity": 2, "tariffs": [{ "@code": "a", "price": { "#text": "5", "@c": "RUB" } }] }),
        );
        let file = "product_id = \"$.id\"\ntariff_id = \"$['@code']\"\npremium = \"$.price\"";
        assert_eq!(findings.unused(file), ["$.identity", "$.tariffs.price.@c"]);
    }
}

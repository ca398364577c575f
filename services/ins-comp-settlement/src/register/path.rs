//! Names on the way from the root of a document, or from one of its items, to a value.

use super::error::ConfigError;

/// Names, outermost first. Lists on the way are gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) names: Vec<String>,
    pub(super) text: String,
}

impl Path {
    /// `$.register.policies[*]`
    pub(super) fn from_root(text: &str, key: &str) -> Result<Self, ConfigError> {
        let names = text.trim().strip_prefix('$').and_then(Self::parse);
        let what = || format!("{text:?} is not a path: write names from the root, as in $.register.policies[*]");
        Ok(Self { names: names.ok_or_else(|| ConfigError::new(key, what()))?, text: text.to_owned() })
    }

    /// `premium.amount`
    pub(super) fn from_item(text: &str, key: &str) -> Result<Self, ConfigError> {
        let plain = text.trim();
        let names = match plain.strip_prefix('$') {
            Some(rooted) => Self::parse(rooted),
            None if plain.starts_with('[') => Self::parse(plain),
            None => Self::parse(&format!(".{plain}")),
        };
        let what = || format!("{text:?} is not a path: write names from the item, as in premium.amount");
        let names = names.filter(|names| !names.is_empty());
        Ok(Self { names: names.ok_or_else(|| ConfigError::new(key, what()))?, text: text.to_owned() })
    }

    fn parse(mut rest: &str) -> Option<Vec<String>> {
        let mut names = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[*]") {
                rest = after;
            } else if let Some(quoted) = rest.strip_prefix("['") {
                let (name, after) = quoted.split_once("']")?;
                names.push(name.to_owned());
                rest = after;
            } else {
                let plain = rest.strip_prefix('.')?;
                let end = plain.find(['.', '[']).unwrap_or(plain.len());
                let (name, after) = plain.split_at(end);
                if name.is_empty() || name == "*" {
                    return None;
                }
                names.push(name.to_owned());
                rest = after;
            }
        }
        Some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_names() {
        let root = |text| Path::from_root(text, "items").map(|path| path.names.join("/"));
        assert_eq!(root("$.register.policies[*]").as_deref(), Ok("register/policies"));
        assert_eq!(root("$['a.b'][*].c").as_deref(), Ok("a.b/c"));
        assert_eq!(root("$[*]").as_deref(), Ok(""));
        for wrong in ["register", "$.", "$..a", "$.*", "$['a"] {
            assert!(root(wrong).unwrap_err().to_string().starts_with("items:"), "{wrong}");
        }
        let item = |text| Path::from_item(text, "columns.premium").map(|path| path.names.join("/"));
        assert_eq!(item("premium.amount").as_deref(), Ok("premium/amount"));
        assert_eq!(item("$.premium.@currency").as_deref(), Ok("premium/@currency"));
        assert!(item("$").is_err() && item("").is_err());
    }
}

//! Addresses in place of others: for insurers of a sandbox that is elsewhere.

use std::str::FromStr;

use serde::Deserialize;

/// Addresses in place of others: `FROM=TO,FROM=TO`, each the beginning of an address.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Rebase(Vec<(String, String)>);

impl Rebase {
    /// The address, or the one that stands in for it.
    pub fn apply(&self, address: &str) -> String {
        let rebased = self.0.iter().find_map(|(from, to)| Some(format!("{to}{}", address.strip_prefix(from)?)));
        rebased.unwrap_or_else(|| address.to_owned())
    }
}

impl FromStr for Rebase {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(|pair| {
            let (from, to) = pair.split_once('=').ok_or_else(|| format!("{pair:?}: write FROM=TO,FROM=TO"))?;
            Ok((from.to_owned(), to.to_owned()))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Rebase {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_begins_with_what_stands_in_for_it() {
        let rebase: Rebase = "http://127.0.0.1:8090=http://sandbox:1, https://a=http://b".parse().unwrap();
        assert_eq!(rebase.apply("http://127.0.0.1:8090/r?x=1"), "http://sandbox:1/r?x=1");
        assert_eq!(rebase.apply("https://other/r"), "https://other/r");
        assert_eq!("".parse(), Ok(Rebase::default()));
        assert!("http://a".parse::<Rebase>().unwrap_err().contains("FROM=TO"));
    }
}

//! What an insurer is asked for: a document at an address, or the answer to one that is posted there.

use serde_json::Value;
use url::Url;

/// A document to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    address: String,
    /// JSON that is posted; without it the document is got.
    posted: Option<String>,
}

impl Ask {
    /// The document at an address.
    pub(crate) fn get(address: impl Into<String>) -> Self {
        Self { address: address.into(), posted: None }
    }

    /// What is answered to this.
    pub(crate) fn post(address: impl Into<String>, json: &Value) -> Self {
        Self { address: address.into(), posted: Some(json.to_string()) }
    }

    /// Where it goes; in errors, what it is called.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn posted(&self) -> Option<&str> {
        self.posted.as_deref()
    }

    /// What validators are kept by.
    pub(crate) fn key(&self) -> String {
        self.posted.as_ref().map_or_else(|| self.address.clone(), |json| format!("{}\n{json}", self.address))
    }

    /// The other way round. No address has a line break.
    pub(crate) fn from_key(key: &str) -> Self {
        let (address, posted) = key.split_once('\n').map_or((key, None), |(address, json)| (address, Some(json)));
        Self { address: address.to_owned(), posted: posted.map(str::to_owned) }
    }

    /// The same with a parameter: of the query, or a member of what is posted. There a name stands for a member of the
    /// whole, and a JSON pointer (RFC 6901) for one further inside.
    ///
    /// # Errors
    /// When there is no place for it.
    pub(crate) fn with(&self, parameter: &str, value: Value) -> Result<Self, String> {
        let Some(posted) = &self.posted else {
            let mut url = Url::parse(&self.address).map_err(|error| error.to_string())?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            url.query_pairs_mut().append_pair(parameter, &text);
            return Ok(Self::get(url));
        };
        let mut json: Value = serde_json::from_str(posted).map_err(|error| error.to_string())?;
        let (within, name) = parameter.rsplit_once('/').unwrap_or(("", parameter));
        let object = json.pointer_mut(within).and_then(Value::as_object_mut);
        let object = object.ok_or_else(|| format!("what is posted has no object for {parameter}"))?;
        object.insert(name.to_owned(), value);
        Ok(Self::post(&self.address, &json))
    }

    /// The same at the target of a link in its answer.
    ///
    /// # Errors
    /// When the target is no address.
    pub(crate) fn at(&self, target: &str) -> Result<Self, String> {
        let url = Url::parse(&self.address).and_then(|base| base.join(target));
        let url = url.map_err(|error| format!("next page {target:?}: {error}"))?;
        Ok(Self { address: url.into(), posted: self.posted.clone() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_go_where_the_request_has_room_for_them() {
        let got = Ask::get("https://insurer.test/p?of=all");
        assert_eq!(got.with("page", 2.into()).unwrap().address(), "https://insurer.test/p?of=all&page=2");
        let posted = Ask::post("https://insurer.test/q", &json!({ "query": "q", "variables": {} }));
        let next = posted.with("/variables/after", "x".into()).unwrap();
        assert_eq!(next.posted(), Some(r#"{"query":"q","variables":{"after":"x"}}"#));
        assert_eq!(posted.with("page", 2.into()).unwrap().posted(), Some(r#"{"page":2,"query":"q","variables":{}}"#));
        assert!(posted.with("/query/after", "x".into()).unwrap_err().contains("/query/after"));
    }

    #[test]
    fn an_ask_is_known_again_by_its_key() {
        for ask in [Ask::get("https://insurer.test/p"), Ask::post("https://insurer.test/p", &json!({ "of": "a\nb" }))] {
            assert_eq!(Ask::from_key(&ask.key()), ask);
        }
    }
}

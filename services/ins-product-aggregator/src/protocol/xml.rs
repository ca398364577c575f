//! XML over HTTP: one document, asked for conditionally.

use std::borrow::Cow;

use encoding_rs::Encoding;
use polis_actors::poller::{PollError, Polling, Source, Validators};
use serde::Deserialize;
use url::Url;

use super::auth::AuthConfig;
use super::body::Body;
use super::http::Http;
use super::round::one_document;
use crate::mapping::xml_items::xml;
use crate::mapping::{Building, Mapper};
use crate::offer::Catalogue;

/// How an insurer that publishes XML is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XmlConfig {
    /// Address of the document.
    pub url: Url,
    /// Who we are.
    pub auth: Option<AuthConfig>,
    /// Namespace of the products; another one is another contract.
    pub namespace: Option<String>,
}

/// An insurer that publishes XML.
pub struct Xml {
    http: Http,
    mapper: Mapper,
    config: XmlConfig,
}

impl Xml {
    /// A client for one insurer.
    pub fn new(config: &XmlConfig, http: Http, mapper: Mapper) -> Self {
        Self { http, mapper, config: config.clone() }
    }
}

impl Source for Xml {
    type Content = Catalogue;

    fn protocol(&self) -> &'static str {
        "xml-http"
    }

    fn poll<'a>(&'a self, validators: &'a Validators) -> Polling<'a, Catalogue> {
        let (address, namespace) = (self.config.url.as_str(), self.config.namespace.as_deref());
        let read = move |body: &Body, building: &mut Building<'_>| {
            let text = xml_text(address, body)?;
            xml(address, &text, &self.mapper.products, namespace, &mut |item| building.item(address, &item))
        };
        Box::pin(one_document(&self.http, &self.mapper, address, "application/xml", validators, read))
    }
}

/// The text of an XML document: the charset of the answer comes first, then what the declaration says (RFC 7303,
/// section 3.2).
pub(super) fn xml_text<'b>(address: &str, body: &'b Body) -> Result<Cow<'b, str>, PollError> {
    let declared = (!body.content_type.contains("charset=")).then(|| declared(&body.bytes)).flatten();
    body.text(address, declared)
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declaration = head.trim_start_matches('\u{feff}').strip_prefix("<?xml")?.split("?>").next()?.to_owned();
    let (_, value) = declaration.split_once("encoding")?;
    let label = value.trim_start().strip_prefix('=')?.trim_start();
    let label = label.trim_matches(['"', '\'']).split(['"', '\'']).next()?;
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_8, WINDOWS_1251};

    use super::*;

    #[test]
    fn the_declaration_names_the_encoding() {
        assert_eq!(declared(b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><a/>"), Some(WINDOWS_1251));
        assert_eq!(declared(b"<?xml version='1.0' encoding='utf-8' ?><a/>"), Some(UTF_8));
        assert_eq!(declared(b"<a/>"), None);
    }
}

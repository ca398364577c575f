//! SOAP 1.1 (W3C Note, 2000) and 1.2 (W3C Recommendation, 2007) over HTTP, with the user name token of WS-Security
//! (OASIS, Username Token Profile 1.1.1). Faults are understood in both versions.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use polis_actors::config::Secret;
use polis_actors::poller::{PollError, Polled, Polling, Source, Validator, Validators};
use quick_xml::escape::escape;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use sha1::{Digest, Sha1};
use toml::Spanned;
use url::Url;

use super::auth::{self, AuthConfig, BadCredentials, Environment};
use super::http::Http;
use super::xml::xml_text;
use crate::mapping::Mapper;
use crate::mapping::items::ItemPath;
use crate::mapping::xml_items::xml;
use crate::offer::Catalogue;

const SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const PROFILE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
const BASE64_BINARY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// How a SOAP insurer is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoapConfig {
    /// Address of the service.
    pub url: Url,
    /// Which SOAP.
    pub version: Version,
    /// `SOAPAction` in 1.1, `action` of the content type in 1.2.
    pub action: String,
    /// What stands in the body of the request: one element.
    pub request: Spanned<String>,
    /// Namespace of the products; another one is another contract.
    pub namespace: Option<String>,
    /// Who we are to HTTP.
    pub auth: Option<AuthConfig>,
    /// Who we are to WS-Security.
    pub username_token: Option<UsernameToken>,
}

/// Which SOAP.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Version {
    /// 1.1
    #[serde(rename = "1.1")]
    V1_1,
    /// 1.2
    #[serde(rename = "1.2")]
    V1_2,
}

/// A user name and a password.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsernameToken {
    /// User name.
    pub user: String,
    /// Password.
    pub password: Spanned<Secret>,
    /// Sends a digest over nonce and time in place of the password.
    #[serde(default)]
    pub digest: bool,
}

impl Version {
    fn namespace(self) -> &'static str {
        match self {
            Self::V1_1 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::V1_2 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    fn headers(self, action: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let content = match self {
            Self::V1_1 => "text/xml; charset=utf-8".to_owned(),
            Self::V1_2 => format!("application/soap+xml; charset=utf-8; action=\"{action}\""),
        };
        // An action that is no header value leaves the header away; the service will say so.
        if let Ok(content) = HeaderValue::from_str(&content) {
            headers.insert(CONTENT_TYPE, content);
        }
        if self == Self::V1_1
            && let Ok(action) = HeaderValue::from_str(&format!("\"{action}\""))
        {
            headers.insert("soapaction", action);
        }
        headers
    }
}

impl SoapConfig {
    /// The body of the request, checked.
    ///
    /// # Errors
    /// The key and what is wrong with it: the request must be one well-formed element.
    pub fn body(&self) -> Result<String, (Range<usize>, String)> {
        let request = self.request.get_ref().trim();
        let wrapped = format!("<Body>{request}</Body>");
        let path = ItemPath::of(&["Body"]);
        let mut elements = 0;
        let read = xml("request", &wrapped, &path, None, &mut |body| {
            elements = body
                .value
                .as_object()
                .map_or(0, |children| children.values().map(|value| value.as_array().map_or(1, Vec::len)).sum());
            Ok(())
        });
        match read {
            Err(error) => Err((self.request.span(), error.to_string())),
            Ok(()) if elements != 1 => {
                Err((self.request.span(), format!("the request has {elements} elements; it must have one")))
            }
            Ok(()) => Ok(request.to_owned()),
        }
    }
}

/// A SOAP insurer.
pub struct Soap {
    http: Http,
    mapper: Mapper,
    config: SoapConfig,
    body: String,
    password: Option<String>,
    faults: ItemPath,
    envelopes: ItemPath,
}

impl Soap {
    /// A client for one insurer.
    ///
    /// # Errors
    /// When the password is not where it should be.
    pub fn new(
        config: &SoapConfig, body: String, http: Http, mapper: Mapper, environment: &Environment,
    ) -> Result<Self, BadCredentials> {
        let password =
            config.username_token.as_ref().map(|token| auth::resolve(&token.password, environment)).transpose()?;
        let faults = ItemPath::of(&["Envelope", "Body", "Fault"]);
        Ok(Self {
            http,
            mapper,
            config: config.clone(),
            body,
            password,
            faults,
            envelopes: ItemPath::of(&["Envelope"]),
        })
    }

    fn envelope(&self) -> String {
        let namespace = self.config.version.namespace();
        let header = match (&self.config.username_token, &self.password) {
            (Some(token), Some(password)) => {
                security(token, password, Timestamp::now(), &fastrand::u128(..).to_be_bytes())
            }
            _ => String::new(),
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{namespace}\"><s:Header>{header}</s:Header>\
             <s:Body>{}</s:Body></s:Envelope>",
            self.body
        )
    }

    fn fault(&self, address: &str, text: &str) -> Option<String> {
        let mut fault = None;
        let read = xml(address, text, &self.faults, None, &mut |item| {
            fault = Some(item.value);
            Ok(())
        });
        read.ok()?;
        let fault = fault?;
        let at = |paths: [&[&str]; 2]| {
            paths.iter().find_map(|path| path.iter().try_fold(&fault, |value, name| value.get(*name)).and_then(plain))
        };
        let code = at([&["faultcode"], &["Code", "Value"]]).unwrap_or_default();
        let reason = at([&["faultstring"], &["Reason", "Text"]]).unwrap_or_default();
        Some(format!("fault {code}: {reason}"))
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(element) => element.get("#text")?.as_str().map(str::to_owned),
        Value::Array(values) => values.first().and_then(plain),
        _ => None,
    }
}

/// The security header. The digest is base64(sha1(nonce + created + password)).
fn security(token: &UsernameToken, password: &str, now: Timestamp, nonce: &[u8]) -> String {
    let created = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let user = escape(&token.user);
    let secret = if token.digest {
        let digest = Sha1::new().chain_update(nonce).chain_update(&created).chain_update(password).finalize();
        format!(
            "<w:Password Type=\"{PROFILE}#PasswordDigest\">{}</w:Password>\
             <w:Nonce EncodingType=\"{BASE64_BINARY}\">{}</w:Nonce><u:Created>{created}</u:Created>",
            BASE64.encode(digest),
            BASE64.encode(nonce)
        )
    } else {
        format!("<w:Password Type=\"{PROFILE}#PasswordText\">{}</w:Password>", escape(password))
    };
    format!(
        "<w:Security xmlns:w=\"{SECURITY}\" xmlns:u=\"{UTILITY}\" s:mustUnderstand=\"1\"><w:UsernameToken>\
         <w:Username>{user}</w:Username>{secret}</w:UsernameToken></w:Security>"
    )
}

impl Source for Soap {
    type Content = Catalogue;

    fn protocol(&self) -> &'static str {
        match self.config.version {
            Version::V1_1 => "soap-1.1",
            Version::V1_2 => "soap-1.2",
        }
    }

    fn poll<'a>(&'a self, known: &'a Validators) -> Polling<'a, Catalogue> {
        Box::pin(async move {
            let (address, version) = (self.config.url.as_str(), self.config.version);
            let headers = version.headers(&self.config.action);
            let (status, retry_after, body) = self.http.post(address, headers, self.envelope()).await?;
            let text = xml_text(address, &body);
            let fault = text.as_ref().ok().and_then(|text| self.fault(address, text));
            if status != StatusCode::OK || fault.is_some() {
                let what = fault.unwrap_or_default();
                return Err(PollError::Status {
                    address: address.to_owned(),
                    status: status.as_u16(),
                    what,
                    retry_after,
                });
            }
            let text = text?;
            let validator = Validator { digest: Some(body.digest()), ..Validator::default() };
            if known.get(address) == Some(&validator) {
                return Ok(Polled::NotModified);
            }
            xml(address, &text, &self.envelopes, Some(version.namespace()), &mut |_| Ok(()))?;
            let mut building = self.mapper.begin(self.http.limits.items);
            let namespace = self.config.namespace.as_deref();
            xml(address, &text, &self.mapper.products, namespace, &mut |item| building.item(address, &item))?;
            let validators = Validators::from([(address.to_owned(), validator)]);
            Ok(Polled::Whole { content: building.finish(address)?, validators })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_digest_follows_the_profile() {
        let token = UsernameToken {
            user: "polis & co".to_owned(),
            password: Spanned::new(0..0, Secret::Env(String::new())),
            digest: true,
        };
        let header = security(&token, "secret", "2026-01-31T10:00:00Z".parse().unwrap(), b"0123456789abcdef");
        // printf "0123456789abcdef2026-01-31T10:00:00Zsecret" piped through openssl dgst -sha1 -binary and base64
        let expected = "iYBeWCtUYFZiixrgOOwgb4hliWc=";
        assert!(header.contains(expected) && header.contains("polis &amp; co"), "{header}");
        assert!(!header.contains("secret<"));
    }
}

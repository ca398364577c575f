//! An insurer as its file describes it. One file each, so that a mistake in one refuses one.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polis_actors::config::Period;
use polis_actors::config::Rebase;
use polis_actors::poller::{Schedule, Source};
use reqwest::Client;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use thiserror::Error;
use toml::Spanned;
use url::Url;

use crate::config::GuardConfig;
use crate::mapping::{Findings, Mapper, Mapping, MappingError};
use crate::offer::Catalogue;
use crate::protocol::auth::{AuthConfig, BadCredentials, Environment};
use crate::protocol::authority::Authority;
use crate::protocol::grpc::{Grpc, GrpcConfig, MAPPING};
use crate::protocol::http::Http;
use crate::protocol::price_list::{PriceList, PriceListConfig};
use crate::protocol::rest::{Rest, RestConfig};
use crate::protocol::soap::{Soap, SoapConfig};
use crate::protocol::xml::{Xml, XmlConfig};
use crate::referred::{Stamps, referred};
use crate::schedule::ScheduleConfig;

/// Why an insurer's file cannot be used.
#[derive(Debug, Error)]
pub enum InsurerError {
    /// The file or directory cannot be read.
    #[error("{path}: {cause}")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why not.
        cause: std::io::Error,
    },
    /// A key that is unknown or has a value that is not allowed.
    #[error("{file}: {cause}")]
    Syntax {
        /// Which file.
        file: String,
        /// Where and what, with the line.
        cause: Box<toml::de::Error>,
    },
    /// A key that parses and cannot be used.
    #[error("{place}: {what}")]
    Key {
        /// File, line and what stands there.
        place: String,
        /// What is wrong with it.
        what: String,
    },
}

/// A file, for errors that point into it.
#[derive(Debug)]
pub struct Origin {
    file: String,
    text: String,
}

impl Origin {
    /// A file and its text.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into() }
    }

    /// File, line, and the key that stands there: `insurers/ural.toml:12: premium`.
    pub fn place(&self, at: &Range<usize>) -> String {
        let start = at.start.min(self.text.len());
        let number = self.text[..start].matches('\n').count();
        let line = self.text.lines().nth(number).unwrap_or_default();
        let key = line.split('=').next().unwrap_or_default().trim();
        format!("{}:{}: {key}", self.file, number + 1)
    }

    fn key(&self, at: &Range<usize>, what: impl Into<String>) -> InsurerError {
        InsurerError::Key { place: self.place(at), what: what.into() }
    }
}

/// The file of one insurer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsurerConfig {
    /// Identifier, part of every key; never changed or reused.
    pub id: Spanned<String>,
    /// Name for people.
    pub name: String,
    /// When it is polled.
    pub schedule: Spanned<ScheduleConfig>,
    /// A call that takes longer has failed.
    #[serde(deserialize_with = "some_time")]
    pub deadline: Period,
    /// A catalogue that was not confirmed for longer is not fresh, and an alert says so.
    #[serde(default, deserialize_with = "maybe_some_time")]
    pub fresh_within: Option<Period>,
    /// Certificates in PEM of an authority that its servers are trusted by, besides the public ones.
    pub ca_file: Option<Spanned<PathBuf>>,
    /// What is more than it should be.
    #[serde(default)]
    pub limits: Limits,
    /// What keeps a broken answer from emptying the catalogue, where it differs from what holds for all.
    pub guard: Option<GuardConfig>,
    /// REST with JSON.
    pub rest: Option<RestConfig>,
    /// XML over HTTP.
    pub xml: Option<XmlConfig>,
    /// SOAP 1.1 or 1.2.
    pub soap: Option<SoapConfig>,
    /// A table as a file, over HTTPS or SFTP.
    pub price_list: Option<PriceListConfig>,
    /// gRPC, `polis.insurer.v1`.
    pub grpc: Option<GrpcConfig>,
    /// Which of its fields is which of ours. Only `grpc` can do without.
    pub mapping: Option<Mapping>,
}

impl InsurerConfig {
    /// Those that are asked for something.
    fn addresses(&self) -> impl Iterator<Item = &Url> {
        let rest = self.rest.iter().flat_map(|rest| rest.documents.values().chain([&rest.url]));
        let others = [
            self.xml.as_ref().map(|xml| &xml.url),
            self.soap.as_ref().map(|soap| &soap.url),
            self.price_list.as_ref().map(|list| list.url.get_ref()),
            self.grpc.as_ref().map(|grpc| &grpc.url),
        ];
        let auths = [
            self.rest.as_ref().and_then(|rest| rest.auth.as_ref()),
            self.xml.as_ref().and_then(|xml| xml.auth.as_ref()),
            self.soap.as_ref().and_then(|soap| soap.auth.as_ref()),
            self.price_list.as_ref().and_then(|list| list.auth.as_ref()),
            self.grpc.as_ref().and_then(|grpc| grpc.auth.as_ref()),
        ];
        let tokens = auths.into_iter().flatten().filter_map(AuthConfig::token_url);
        rest.chain(others.into_iter().flatten()).chain(tokens)
    }
}

/// A period in which something can happen.
fn some_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Period, D::Error> {
    let period = Period::deserialize(deserializer)?;
    if period.0.is_zero() { Err(Error::custom("no time at all; give it more than zero")) } else { Ok(period) }
}

fn maybe_some_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Period>, D::Error> {
    some_time(deserializer).map(Some)
}

/// What is more than it should be.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most bytes of one document.
    #[serde(deserialize_with = "some")]
    pub body_bytes: usize,
    /// Most items of all documents together.
    #[serde(deserialize_with = "some")]
    pub items: usize,
    /// Most requests in a minute, pages included; as many as the schedule makes when absent.
    pub requests_per_minute: Option<NonZeroU32>,
}

/// A limit that lets something through.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    NonZeroUsize::deserialize(deserializer).map(NonZeroUsize::get)
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 16 << 20, items: 200_000, requests_per_minute: None }
    }
}

/// An insurer that is ready to be polled.
#[derive(Clone)]
pub struct Insurer {
    /// Its file.
    pub config: Arc<InsurerConfig>,
    /// How it is called.
    pub source: Arc<dyn Source<Content = Catalogue>>,
    /// When it is polled.
    pub schedule: Schedule,
    /// The file in few bytes: a change of it is a change of the insurer.
    pub fingerprint: String,
    /// Files that it refers to, as they were before they were read.
    pub referred: Stamps,
}

/// What all insurers share.
#[derive(Clone)]
pub struct Surroundings {
    /// The HTTP client.
    pub client: Client,
    /// Replaces the beginning of addresses.
    pub rebase: Rebase,
    /// Where secrets are.
    pub environment: Environment,
    /// Where problems are collected, for a check; a poll ends with the first one.
    pub findings: Option<Arc<Findings>>,
}

impl Insurer {
    /// Reads a file.
    ///
    /// # Errors
    /// [`InsurerError`] names file, line and key.
    pub fn read(path: &Path, around: &Surroundings) -> Result<Self, InsurerError> {
        let file = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|cause| InsurerError::Unreadable { path: file.clone(), cause })?;
        Self::parse(file, text, around)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`InsurerError`] names file, line and key.
    pub fn parse(file: String, text: String, around: &Surroundings) -> Result<Self, InsurerError> {
        let config: InsurerConfig = toml::from_str(&text)
            .map_err(|cause| InsurerError::Syntax { file: file.clone(), cause: Box::new(cause) })?;
        let referred = toml::from_str(&text).map(|table| referred(&table)).unwrap_or_default();
        let fingerprint: String = Sha256::digest(&text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let origin = Arc::new(Origin::new(file, text));
        let id = config.id.get_ref();
        if id.is_empty() || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            let what = format!("{id:?} is not an identifier: lower-case letters, digits and hyphens");
            return Err(origin.key(&config.id.span(), what));
        }
        let source = source(&config, around, &origin)?;
        let whole = config.schedule.span();
        let wrong = |(at, what): (Option<Range<usize>>, String)| origin.key(&at.unwrap_or(whole), what);
        let schedule = config.schedule.get_ref().build().map_err(wrong)?;
        Ok(Self { config: Arc::new(config), source, schedule, fingerprint, referred })
    }

    /// Its identifier.
    pub fn id(&self) -> &str {
        self.config.id.get_ref()
    }
}

/// The mapping of the file, or the one that its protocol brings.
fn mapping(config: &InsurerConfig, origin: &Arc<Origin>) -> Result<(Mapping, Arc<Origin>), InsurerError> {
    match (&config.mapping, &config.grpc) {
        (Some(mapping), _) => Ok((mapping.clone(), origin.clone())),
        (None, Some(_)) => {
            let origin = Origin::new("mapping of polis.insurer.v1", MAPPING);
            let syntax = |cause| InsurerError::Syntax { file: origin.file.clone(), cause: Box::new(cause) };
            Ok((toml::from_str(MAPPING).map_err(syntax)?, Arc::new(origin)))
        }
        (None, None) => Err(origin.key(&config.id.span(), "the file has no section mapping")),
    }
}

fn source(
    config: &InsurerConfig, around: &Surroundings, origin: &Arc<Origin>,
) -> Result<Arc<dyn Source<Content = Catalogue>>, InsurerError> {
    let (mapping, mapped_in) = mapping(config, origin)?;
    let mapper = |documents: &[&str]| {
        let broken = |MappingError { at, fault }: MappingError| mapped_in.key(&at, fault.to_string());
        Mapper::new(&mapping, documents, mapped_in.clone(), around.findings.clone()).map_err(broken)
    };
    let refused = |BadCredentials { at, what }: BadCredentials| origin.key(&at, what);
    if let Some(ca_file) = config.ca_file.as_ref().filter(|_| !config.addresses().any(|url| url.scheme() == "https")) {
        let what = "vouches for servers at https://, and the file has no such address";
        return Err(origin.key(&ca_file.span(), what));
    }
    let authority = config.ca_file.as_ref().map(Authority::read).transpose().map_err(refused)?;
    let client = authority.as_ref().map_or(&around.client, |authority| &authority.client).clone();
    let around = &Surroundings { client, ..around.clone() };
    let http = |auth| Http::new(around, auth, config.limits).map_err(refused);
    match (&config.rest, &config.xml, &config.soap, &config.price_list, &config.grpc) {
        (Some(rest), None, None, None, None) => {
            let documents: Vec<&str> = rest.documents.keys().map(String::as_str).collect();
            let broken = |MappingError { at, fault }: MappingError| origin.key(&at, fault.to_string());
            let rest = Rest::new(rest, http(rest.auth.as_ref())?, mapper(&documents)?, origin).map_err(broken)?;
            Ok(Arc::new(rest))
        }
        (None, Some(xml), None, None, None) => Ok(Arc::new(Xml::new(xml, http(xml.auth.as_ref())?, mapper(&[])?))),
        (None, None, Some(soap), None, None) => {
            let body = soap.body().map_err(|(at, what)| origin.key(&at, what))?;
            let http = http(soap.auth.as_ref())?;
            let soap = Soap::new(soap, body, http, mapper(&[])?, &around.environment).map_err(refused)?;
            Ok(Arc::new(soap))
        }
        (None, None, None, Some(list), None) => {
            let list = PriceList::new(list, around, config.limits, mapper(&[])?);
            Ok(Arc::new(list.map_err(|(at, what)| origin.key(&at, what))?))
        }
        (None, None, None, None, Some(grpc)) => {
            let http = http(grpc.auth.as_ref())?;
            Ok(Arc::new(Grpc::new(grpc, http, authority.as_ref(), mapper(&[])?, config.deadline.0)))
        }
        _ => {
            let what = "the file needs exactly one of the sections rest, xml, soap, price_list, grpc";
            Err(origin.key(&config.id.span(), what))
        }
    }
}

/// Reads a directory: those that can be used, and what is wrong with the others. An identifier that is there twice is
/// wrong in the second file.
///
/// # Errors
/// When the directory cannot be read.
pub fn read_all(
    directory: &Path, around: &Surroundings,
) -> Result<(BTreeMap<String, Insurer>, Vec<InsurerError>), InsurerError> {
    let unreadable = |cause| InsurerError::Unreadable { path: directory.display().to_string(), cause };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let (mut insurers, mut errors) = (BTreeMap::new(), Vec::new());
    for path in paths {
        match Insurer::read(&path, around) {
            Err(error) => errors.push(error),
            Ok(insurer) if insurers.contains_key(insurer.id()) => {
                let what = format!("insurer {} has another file already", insurer.id());
                errors.push(InsurerError::Key { place: path.display().to_string(), what });
            }
            Ok(insurer) => {
                insurers.insert(insurer.id().to_owned(), insurer);
            }
        }
    }
    Ok((insurers, errors))
}

#[cfg(test)]
mod tests {
    use polis_actors::config::Source;

    use super::*;

    const FILE: &str = r#"
id = "north"
name = "North"
schedule = { every = "30s" }
deadline = "5s"
fresh_within = "10m"
guard = { most_withdrawn = 0.3 }
[rest]
url = "http://insurer.test/products"
[mapping]
products = "$[*]"
product_id = "$.id"
name = "$.name"
line = "$.line"
"#;

    fn parse(text: String) -> Result<Insurer, InsurerError> {
        let around = Surroundings {
            client: Http::client().unwrap(),
            rebase: Rebase::default(),
            environment: Arc::new(Source::process_environment()),
            findings: None,
        };
        Insurer::parse("north.toml".to_owned(), text, &around)
    }

    #[tokio::test]
    async fn what_would_fail_or_guard_nothing_is_refused_with_its_line() {
        parse(FILE.to_owned()).unwrap();
        let cases = [
            ("deadline = \"5s\"", "deadline = \"0s\"", "line 5"),
            ("fresh_within = \"10m\"", "fresh_within = \"0s\"", "line 6"),
            ("most_withdrawn = 0.3", "most_withdrawn = nan", "line 7"),
            ("most_withdrawn = 0.3", "most_withdrawn = 30", "line 7"),
            ("[rest]", "limits = { body_bytes = 0 }\n[rest]", "line 8"),
            ("[rest]", "limits = { items = 0 }\n[rest]", "line 8"),
            ("[rest]", "limits = { requests_per_minute = 0 }\n[rest]", "line 8"),
        ];
        for (from, to, line) in cases {
            let error = parse(FILE.replace(from, to)).map(|_| ()).unwrap_err().to_string();
            let shown = to.lines().next().unwrap();
            assert!(error.starts_with("north.toml: ") && error.contains(line), "{to}: {error}");
            assert!(error.contains(shown), "{to}: {error}");
        }
        let cases = [
            ("guard =", "ca_file = \"/nowhere.pem\"\nguard =", "north.toml:7: ca_file: ", "https://"),
            ("line = \"$.line\"", "line = { value = \"boats\" }", "north.toml:14: line: ", "ours are motor-liability"),
            ("[mapping]", "post = \"[1]\"\n[mapping]", "north.toml:10: post: ", "not an object"),
            ("[mapping]", "post = \"{\"\n[mapping]", "north.toml:10: post: ", "is not JSON"),
            (
                "[mapping]",
                "post = '{ \"of\": 1 }'\npages = { number = { parameter = \"/of/page\", first = 1 } }\n[mapping]",
                "north.toml:11: pages: ",
                "no object for /of/page",
            ),
        ];
        for (from, to, place, what) in cases {
            let error = parse(FILE.replace(from, to)).map(|_| ()).unwrap_err().to_string();
            assert!(error.starts_with(place) && error.contains(what), "{to}: {error}");
        }
    }
}

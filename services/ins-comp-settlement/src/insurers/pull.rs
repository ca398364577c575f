//! Where registers are fetched, and who we are there.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::fmt::strtime;
use polis_actors::config::Secret;
use polis_actors::config::{Period as Long, seconds};
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, PROXY_AUTHORIZATION};
use reqwest::{Client, RequestBuilder, Url};
use serde::Deserialize;
use thiserror::Error;

use super::origin::Origin;
use crate::register::Period;

/// Where registers are fetched, as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PullConfig {
    /// The address, with `{from}` and `{to}` in the place of the first and the last day.
    url: String,
    /// How these days are written, as in strftime.
    #[serde(default = "iso")]
    dates: String,
    /// Fetching that takes longer has failed.
    #[serde(default = "five_minutes")]
    deadline: Long,
    /// Headers of the insurer's choice.
    #[serde(default)]
    headers: BTreeMap<String, HeaderConfig>,
    /// Who we are.
    auth: Option<AuthConfig>,
}

/// What a header says: a text that anybody may read, or a secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum HeaderConfig {
    Text(String),
    Secret(Secret),
}

/// Who we are.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum AuthConfig {
    /// User and password (RFC 7617).
    Basic { user: String, password: Secret },
    /// A token of ours (RFC 6750).
    Bearer { token: Secret },
}

fn iso() -> String {
    "%Y-%m-%d".to_owned()
}

fn five_minutes() -> Long {
    seconds(300)
}

/// Where registers are fetched.
#[derive(Clone, Debug)]
pub struct Pull {
    url: String,
    dates: String,
    /// Fetching that takes longer has failed.
    pub deadline: Duration,
    headers: Vec<(HeaderName, Said)>,
    auth: Option<AuthConfig>,
    auth_place: String,
}

/// What a header says, and where in the file.
#[derive(Clone, Debug)]
enum Said {
    Text(HeaderValue),
    Secret(Secret, String),
}

/// A secret that is not where it should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{place}: {what}")]
pub struct BadSecret {
    /// File, line and key.
    pub place: String,
    /// What is missing.
    pub what: String,
}

type Wrong = (String, String);

impl PullConfig {
    /// The same, ready for use; otherwise the key and what is wrong with it. Secrets are looked up when they are needed: a
    /// register can be sent to us without them.
    pub(super) fn build(&self, origin: Origin<'_>) -> Result<Pull, Wrong> {
        let (first, last) = (Date::constant(2026, 1, 31), Date::constant(2026, 2, 28));
        let wrong = |what: String| Err(("pull.url".to_owned(), what));
        for part in ["{from}", "{to}"] {
            if !self.url.contains(part) {
                return wrong(format!("has no {part}, in the place of a day"));
            }
        }
        let written = |day: Date| written(day, &self.dates);
        if written(first).is_none() || written(first) == written(last) {
            return Err((
                "pull.dates".to_owned(),
                format!("{:?} is not a format of dates, as %d.%m.%Y is", self.dates),
            ));
        }
        let address = filled(&self.url, &written(first).unwrap_or_default(), &written(last).unwrap_or_default());
        match Url::parse(&address) {
            _ if address.contains(['{', '}']) => return wrong("has more in braces than {from} and {to}".to_owned()),
            Err(error) => return wrong(format!("{address} is not an address: {error}")),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                return wrong(format!("begins with {}, and http or https is expected", url.scheme()));
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                return wrong("has a user in it; write [pull.auth.basic], with the password by reference".to_owned());
            }
            Ok(_) => {}
        }
        if self.deadline.0.is_zero() {
            return Err(("pull.deadline".to_owned(), "must be longer than nothing".to_owned()));
        }
        let headers = self.headers.iter().map(|(name, says)| header(name, says, origin)).collect::<Result<_, _>>()?;
        Ok(Pull {
            url: self.url.clone(),
            dates: self.dates.clone(),
            deadline: self.deadline.0,
            headers,
            auth: self.auth.clone(),
            auth_place: origin.place("pull.auth"),
        })
    }
}

fn header(name: &str, says: &HeaderConfig, origin: Origin<'_>) -> Result<(HeaderName, Said), Wrong> {
    let key = format!("pull.headers.{name}");
    let header = HeaderName::try_from(name).map_err(|_| (key.clone(), "is not the name of a header".to_owned()))?;
    let said = match says {
        HeaderConfig::Text(_) if [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(&header) => {
            return Err((key, "is a secret; write { env = \"…\" } or { file = \"…\" }".to_owned()));
        }
        HeaderConfig::Text(text) => Said::Text(
            HeaderValue::try_from(text).map_err(|_| (key, format!("{text:?} cannot be the value of a header")))?,
        ),
        HeaderConfig::Secret(secret) => Said::Secret(secret.clone(), origin.place(&key)),
    };
    Ok((header, said))
}

impl Pull {
    /// The address of the register of these days.
    pub fn address(&self, period: Period) -> String {
        let written = |day| written(day, &self.dates).unwrap_or_default();
        filled(&self.url, &written(period.from), &written(period.to))
    }

    /// A request to this address that says who we are.
    ///
    /// # Errors
    /// When a secret is not where it should be.
    pub fn request(
        &self, client: &Client, address: &str, environment: &BTreeMap<String, String>,
    ) -> Result<RequestBuilder, BadSecret> {
        let resolved = |secret: &Secret, place: &str| {
            secret.resolve(environment).map_err(|what| BadSecret { place: place.to_owned(), what })
        };
        let mut request = client.get(address);
        for (name, said) in &self.headers {
            let value = match said {
                Said::Text(text) => text.clone(),
                Said::Secret(secret, place) => sensitive(resolved(secret, place)?, place)?,
            };
            request = request.header(name, value);
        }
        let place = &self.auth_place;
        Ok(match &self.auth {
            None => request,
            Some(AuthConfig::Basic { user, password }) => request.basic_auth(user, Some(resolved(password, place)?)),
            Some(AuthConfig::Bearer { token }) => request.bearer_auth(resolved(token, place)?),
        })
    }
}

fn sensitive(text: String, place: &str) -> Result<HeaderValue, BadSecret> {
    let unfit = |_| BadSecret { place: place.to_owned(), what: "the secret cannot be sent in a header".to_owned() };
    let mut value = HeaderValue::try_from(text).map_err(unfit)?;
    value.set_sensitive(true);
    Ok(value)
}

fn written(day: Date, format: &str) -> Option<String> {
    strtime::format(format, day).ok()
}

fn filled(url: &str, from: &str, to: &str) -> String {
    url.replace("{from}", from).replace("{to}", to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(config: &str) -> Result<Pull, String> {
        let text = format!("[pull]\n{config}");
        #[derive(Deserialize)]
        struct File {
            pull: PullConfig,
        }
        let file: File = toml::from_str(&text).map_err(|error| error.message().to_owned())?;
        file.pull.build(Origin { file: "x.toml", text: &text }).map_err(|(key, what)| format!("{key}: {what}"))
    }

    fn november() -> Period {
        Period { from: Date::constant(2026, 11, 1), to: Date::constant(2026, 11, 30) }
    }

    #[test]
    fn an_address_has_the_days_as_the_insurer_wants_them() {
        let plain = pull("url = \"https://insurer.test/r?from={from}&to={to}\"").unwrap();
        assert_eq!(plain.address(november()), "https://insurer.test/r?from=2026-11-01&to=2026-11-30");
        assert_eq!(plain.deadline, Duration::from_secs(300));
        let dotted = pull("url = \"http://insurer.test/{from}-{to}.csv\"\ndates = \"%d.%m.%y\"").unwrap();
        assert_eq!(dotted.address(november()), "http://insurer.test/01.11.26-30.11.26.csv");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        for (config, expected) in [
            ("url = \"https://insurer.test/{from}\"", "pull.url: has no {to}"),
            ("url = \"https://insurer.test/{from}/{to}/{month}\"", "pull.url: has more in braces"),
            ("url = \"insurer.test/{from}/{to}\"", "pull.url: insurer.test/2026-01-31/2026-02-28 is not an address"),
            ("url = \"ftp://insurer.test/{from}/{to}\"", "pull.url: begins with ftp"),
            ("url = \"https://polis:word@insurer.test/{from}/{to}\"", "pull.url: has a user in it"),
            ("url = \"https://insurer.test/{from}/{to}\"\ndates = \"day\"", "pull.dates: \"day\" is not a format"),
            ("url = \"https://insurer.test/{from}/{to}\"\ndates = \"%Q\"", "pull.dates: \"%Q\" is not a format"),
            ("url = \"https://insurer.test/{from}/{to}\"\ndeadline = \"0s\"", "pull.deadline: must be longer"),
            ("url = \"https://insurer.test/{from}/{to}\"\nheaders = { \"a b\" = \"x\" }", "pull.headers.a b: is not"),
            (
                "url = \"https://insurer.test/{from}/{to}\"\nheaders = { cookie = \"x\" }",
                "pull.headers.cookie: is a secret",
            ),
            ("url = \"https://insurer.test/{from}/{to}\"\ntoken = \"x\"", "unknown field `token`"),
        ] {
            let error = pull(config).map(|pull| pull.address(november())).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn secrets_come_from_where_they_are_and_are_not_shown() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::new();
        let url = "url = \"https://insurer.test/{from}/{to}\"\n";
        let headers = "headers = { accept = \"text/csv\", x-api-key = { env = \"KEY\" } }\n";
        let auth = "auth.basic = { user = \"polis\", password = { env = \"WORD\" } }";
        let pull = pull(&format!("{url}{headers}{auth}")).unwrap();
        let request = |names: &[&str]| {
            let environment = names.iter().map(|name| ((*name).to_owned(), "s3cret".to_owned())).collect();
            pull.request(&client, &pull.address(november()), &environment)
        };
        let said = request(&["KEY", "WORD"]).unwrap().build().unwrap().headers().clone();
        assert_eq!((&said["accept"], &said["x-api-key"]), (&"text/csv".parse().unwrap(), &"s3cret".parse().unwrap()));
        // polis:s3cret
        assert_eq!(said[AUTHORIZATION], "Basic cG9saXM6czNjcmV0");
        assert!(!format!("{said:?}").contains("cret"), "{said:?}");
        let missing = |names| request(names).map(drop).unwrap_err().to_string();
        assert_eq!(missing(&["KEY"]), "x.toml:4: pull.auth: the environment has no variable WORD");
        assert_eq!(missing(&["WORD"]), "x.toml:3: pull.headers.x-api-key: the environment has no variable KEY");
    }
}

//! The certificate authority of an insurer that has one of its own.

use std::path::PathBuf;

use polis_actors::runtime::root_cause;
use reqwest::{Certificate, Client};
use toml::Spanned;

use super::auth::BadCredentials;
use super::http::Http;

/// An authority that is trusted besides the public ones.
pub(crate) struct Authority {
    /// A client that trusts it.
    pub(crate) client: Client,
    /// Its certificates, as they stand in the file.
    pub(crate) pem: Vec<u8>,
}

impl Authority {
    /// The authority in a file.
    ///
    /// # Errors
    /// When the file cannot be read or has no certificates that can be used.
    pub(crate) fn read(file: &Spanned<PathBuf>) -> Result<Self, BadCredentials> {
        let wrong =
            |what: &str| BadCredentials { at: file.span(), what: format!("file {}: {what}", file.get_ref().display()) };
        let pem = std::fs::read(file.get_ref()).map_err(|error| wrong(&error.to_string()))?;
        let unusable =
            |error: reqwest::Error| wrong(&format!("no certificate that can be used: {}", root_cause(&error)));
        let certificates = Certificate::from_pem_bundle(&pem).map_err(unusable)?;
        if certificates.is_empty() {
            return Err(wrong("has no certificate in PEM"));
        }
        Ok(Self { client: Http::client_that_trusts(certificates).map_err(unusable)?, pem })
    }
}

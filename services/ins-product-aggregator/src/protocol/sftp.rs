//! Files on an insurer's SFTP server (draft-ietf-secsh-filexfer-02, version 3). A file that is still being written is
//! not taken.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use polis_actors::config::{Period, Rebase, Secret};
use polis_actors::poller::{PollError, Validator};
use russh::client::{self, AuthResult, Handle};
use russh::keys::ssh_key::Fingerprint;
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, StatusCode};
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use toml::Spanned;
use url::Url;

use super::auth::{self, BadCredentials, Environment};
use super::body::Body;
use super::pace::Pace;
use crate::insurer::Limits;

/// Who we are to an SFTP server, and how we know that it is the insurer's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SftpConfig {
    /// User name.
    pub user: String,
    /// Password; either this or a key.
    pub password: Option<Spanned<Secret>>,
    /// Private key in the format of OpenSSH, without a passphrase.
    pub private_key: Option<Spanned<Secret>>,
    /// Fingerprint of the server's key, as `ssh-keygen -lf` shows it: `SHA256:…`.
    pub host_key: Spanned<String>,
    /// How we know that a file is whole.
    #[serde(default)]
    pub written: Written,
}

/// How an insurer writes its files.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Written {
    /// Under another name, and renamed when it is whole.
    ByRename,
    /// In place: it is whole when it has not grown for that long.
    SettlesIn(Period),
    /// With another file beside it when it is whole: the same name and this ending.
    Marker(String),
}

impl Default for Written {
    fn default() -> Self {
        Self::SettlesIn(Period(Duration::from_secs(2)))
    }
}

/// Fetches files of one insurer.
#[derive(Debug)]
pub(crate) struct Sftp {
    url: Url,
    rebase: Rebase,
    user: String,
    proof: Proof,
    host_key: Fingerprint,
    written: Written,
    most_bytes: usize,
    pace: Pace,
}

enum Proof {
    Password(String),
    Key(Arc<PrivateKey>),
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "password",
            Self::Key(_) => "key",
        })
    }
}

const CONNECT: Duration = Duration::from_secs(3);
/// Times of version 3 are whole seconds: what was written in the second in which it was read may be written again in
/// that second and look the same.
const SAME_SECOND: Duration = Duration::from_secs(2);
/// Names under which files are written that are renamed when they are whole.
const UNFINISHED: [&str; 4] = [".part", ".tmp", ".filepart", ".partial"];

impl Sftp {
    /// A client for the files at an address. The last part of the path may have one `*`: of those that fit, the file
    /// that was written last is read.
    ///
    /// # Errors
    /// The key of the configuration and what is wrong with it.
    pub(crate) fn new(
        url: &Spanned<Url>, config: &SftpConfig, environment: &Environment, rebase: Rebase, limits: Limits,
    ) -> Result<Self, (Range<usize>, String)> {
        let host_key = config.host_key.get_ref();
        let host_key: Fingerprint = host_key.parse().map_err(|_| {
            let what = format!("{host_key:?} is not a fingerprint; ssh-keygen -lf shows one, SHA256:…");
            (config.host_key.span(), what)
        })?;
        let resolve = |secret: &Spanned<Secret>| {
            auth::resolve(secret, environment).map_err(|BadCredentials { at, what }| (at, what))
        };
        let proof = match (&config.password, &config.private_key) {
            (Some(password), None) => Proof::Password(resolve(password)?),
            (None, Some(key)) => {
                let unusable = |error| (key.span(), format!("is not a private key in the format of OpenSSH: {error}"));
                Proof::Key(Arc::new(PrivateKey::from_openssh(resolve(key)?).map_err(unusable)?))
            }
            _ => return Err((config.host_key.span(), "sftp needs either a password or a private_key".to_owned())),
        };
        let (user, written) = (config.user.clone(), config.written.clone());
        let (most_bytes, pace) = (limits.body_bytes, Pace::new(limits.requests_per_minute));
        Ok(Self { url: url.get_ref().clone(), rebase, user, proof, host_key, written, most_bytes, pace })
    }

    /// Where the files are.
    pub(crate) fn address(&self) -> &str {
        self.url.as_str()
    }

    fn malformed(&self, what: impl Into<String>) -> PollError {
        PollError::Malformed { address: self.address().to_owned(), what: what.into() }
    }

    fn unreachable(&self, cause: impl Into<String>) -> PollError {
        PollError::Unreachable { address: self.address().to_owned(), cause: cause.into() }
    }

    /// The file; none when it is the one that is known already.
    pub(crate) async fn get_if_changed(
        &self, known: Option<&Validator>,
    ) -> Result<Option<(Body, Option<Validator>)>, PollError> {
        self.pace.wait().await;
        let session = self.connect().await?;
        let sftp = self.open(&session).await?;
        let path = self.newest(&sftp).await?;
        let before = self.look(&sftp, &path).await?;
        if known.is_some_and(|known| known.etag.as_deref() == Some(&before.tag())) {
            return Ok(None);
        }
        self.until_whole(&sftp, &before).await?;
        let bytes = self.read(&sftp, &before).await?;
        let after = self.look(&sftp, &path).await?;
        if after != before || u64::try_from(bytes.len()) != Ok(before.size) {
            return Err(self.malformed(format!("{path} is being written: it changed while it was read")));
        }
        let age = Timestamp::now().duration_since(before.modified);
        let told = (age >= SAME_SECOND.try_into().unwrap_or_default()).then(|| Validator::tag(before.tag()));
        let goodbye = session.disconnect(russh::Disconnect::ByApplication, "", "en").await;
        if let Err(error) = goodbye {
            tracing::debug!(%error, "SFTP connection ended before we did");
        }
        Ok(Some((Body { bytes, content_type: String::new() }, told)))
    }

    async fn connect(&self) -> Result<Handle<Host>, PollError> {
        let actual = self.rebase.apply(self.url.as_str());
        let actual = Url::parse(&actual).map_err(|error| self.unreachable(error.to_string()))?;
        let host = actual.host_str().unwrap_or_default().to_owned();
        let found = Arc::new(OnceLock::new());
        let handler = Host { wanted: self.host_key, found: found.clone() };
        let config = Arc::new(client::Config { nodelay: true, ..client::Config::default() });
        let connecting = client::connect(config, (host, actual.port().unwrap_or(22)), handler);
        let connected = tokio::time::timeout(CONNECT, connecting).await;
        let connected = connected.map_err(|_| self.unreachable(format!("no SSH connection within {CONNECT:?}")))?;
        let mut session = connected.map_err(|error| match found.get() {
            Some(key) => self.unreachable(format!(
                "its host key is {key}, not the {} of the file: another machine answers, or its key was changed",
                self.host_key
            )),
            None => self.unreachable(error.to_string()),
        })?;
        let admitted = match &self.proof {
            Proof::Password(password) => session.authenticate_password(&self.user, password).await,
            Proof::Key(key) => {
                let hash = session.best_supported_rsa_hash().await.ok().flatten().flatten();
                session.authenticate_publickey(&self.user, PrivateKeyWithHashAlg::new(key.clone(), hash)).await
            }
        };
        match admitted {
            Ok(AuthResult::Success) => Ok(session),
            Ok(AuthResult::Failure { .. }) => Err(PollError::Status {
                address: self.address().to_owned(),
                status: USERAUTH_FAILURE,
                what: format!("user {} is not let in with this {:?}", self.user, self.proof),
                retry_after: None,
            }),
            Err(error) => Err(self.unreachable(error.to_string())),
        }
    }

    async fn open(&self, session: &Handle<Host>) -> Result<SftpSession, PollError> {
        let ended = |error: russh::Error| self.unreachable(format!("no SFTP: {error}"));
        let channel = session.channel_open_session().await.map_err(ended)?;
        channel.request_subsystem(true, "sftp").await.map_err(ended)?;
        SftpSession::new(channel.into_stream()).await.map_err(|error| self.refused("the session", &error))
    }

    fn refused(&self, what: &str, error: &SftpError) -> PollError {
        match error {
            SftpError::Status(status) => PollError::Status {
                address: self.address().to_owned(),
                status: status_number(status.status_code),
                what: format!("{what}: {} {}", status.status_code, status.error_message).trim_end().to_owned(),
                retry_after: None,
            },
            SftpError::Timeout => self.malformed(format!("{what}: no answer")),
            other => self.malformed(format!("{what} ends early: {other}")),
        }
    }

    /// The path, or the newest of those that fit.
    async fn newest(&self, sftp: &SftpSession) -> Result<String, PollError> {
        let path = percent_decoded(self.url.path());
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let Some((begin, end)) = name.split_once('*') else { return Ok(path) };
        let listing = sftp.read_dir(directory).await.map_err(|error| self.refused(directory, &error))?;
        let fits = |name: &str| {
            name.len() >= begin.len() + end.len()
                && name.starts_with(begin)
                && name.ends_with(end)
                && !name.starts_with('.')
                && !matches!(&self.written, Written::Marker(ending) if name.ends_with(ending.as_str()))
                && !UNFINISHED.iter().any(|unfinished| name.ends_with(unfinished))
        };
        let newest = listing
            .filter(|entry| !entry.file_type().is_dir())
            .map(|entry| (entry.metadata().mtime, entry.file_name()))
            .filter(|(_, name)| fits(name))
            .max();
        let (_, newest) = newest.ok_or_else(|| self.malformed(format!("no file fits {path}")))?;
        Ok(format!("{directory}/{newest}"))
    }

    async fn look(&self, sftp: &SftpSession, path: &str) -> Result<Seen, PollError> {
        let attributes = sftp.metadata(path).await.map_err(|error| self.refused(path, &error))?;
        let seen = Seen::new(path, &attributes).ok_or_else(|| self.malformed(format!("{path} has no size or time")))?;
        if seen.size > self.most_bytes as u64 {
            return Err(self.malformed(format!("{path} is larger than the {} bytes allowed", self.most_bytes)));
        }
        Ok(seen)
    }

    async fn until_whole(&self, sftp: &SftpSession, seen: &Seen) -> Result<(), PollError> {
        match &self.written {
            Written::ByRename => Ok(()),
            Written::SettlesIn(period) => {
                tokio::time::sleep(period.0).await;
                if self.look(sftp, &seen.path).await? == *seen {
                    return Ok(());
                }
                Err(self.malformed(format!("{} is being written: it grew within {:?}", seen.path, period.0)))
            }
            Written::Marker(ending) => {
                let marker = format!("{}{ending}", seen.path);
                match sftp.metadata(&marker).await {
                    // One that is older marks the file that was here before.
                    Ok(mark) if Seen::new(&marker, &mark).is_none_or(|mark| mark.modified < seen.modified) => {
                        Err(self.malformed(format!("{} is being written: {marker} is older than it", seen.path)))
                    }
                    Ok(_) => Ok(()),
                    Err(SftpError::Status(status)) if status.status_code == StatusCode::NoSuchFile => {
                        Err(self.malformed(format!("{} is being written: there is no {marker} yet", seen.path)))
                    }
                    Err(error) => Err(self.refused(&marker, &error)),
                }
            }
        }
    }

    async fn read(&self, sftp: &SftpSession, seen: &Seen) -> Result<Vec<u8>, PollError> {
        let file = sftp.open(&seen.path).await.map_err(|error| self.refused(&seen.path, &error))?;
        let mut bytes = Vec::new();
        // One byte more than there should be shows that it grows.
        let ended = |error: std::io::Error| self.malformed(format!("{} ends early: {error}", seen.path));
        file.take(seen.size + 1).read_to_end(&mut bytes).await.map_err(ended)?;
        Ok(bytes)
    }
}

/// Message number of RFC 4252.
const USERAUTH_FAILURE: u16 = 51;

fn status_number(code: StatusCode) -> u16 {
    code as u16
}

fn percent_decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// What can be seen of a file without reading it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    path: String,
    size: u64,
    modified: Timestamp,
}

impl Seen {
    fn new(path: &str, attributes: &FileAttributes) -> Option<Self> {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(attributes.mtime?.into());
        Some(Self { path: path.to_owned(), size: attributes.size?, modified: modified.try_into().ok()? })
    }

    fn tag(&self) -> String {
        let name = Path::new(&self.path).file_name().map(|name| name.to_string_lossy().into_owned());
        format!("{} {} {}", name.unwrap_or_default(), self.size, self.modified.as_second())
    }
}

/// Lets only the insurer's machine be talked to.
struct Host {
    wanted: Fingerprint,
    /// The key of another one.
    found: Arc<OnceLock<Fingerprint>>,
}

impl client::Handler for Host {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let shown = match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256),
            PublicKeyOrCertificate::Certificate(certificate) => certificate.public_key().fingerprint(HashAlg::Sha256),
        };
        let known = shown == self.wanted;
        if !known {
            // The first one is the one to tell.
            let _ = self.found.set(shown);
        }
        Ok(known)
    }
}

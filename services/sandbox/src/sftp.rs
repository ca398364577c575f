//! Insurers that put price lists on an SFTP server. The user is the insurer; each has the same directory:
//!
//! | File | Is |
//! |---|---|
//! | `/export/prices-2026-01-01.csv` | an old price list, in UTF-8 |
//! | `/export/prices-current.csv` | the one that holds |
//! | `/export/prices-next.csv.part` | the beginning of one that is being written |
//! | `/export/tariffs.xlsx`, `….ready` | a workbook, and the mark that it is whole |

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use polis_actors::server::Closing;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::ssh_key::{HashAlg, LineEnding};
use russh::keys::{PrivateKey, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handle as Connection, Msg, Server as _, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId};
use russh_sftp::protocol::{Attrs, Data, File, FileAttributes, Handle, Name, OpenFlags, Status, StatusCode, Version};
use russh_sftp::server::StatusReply;
use tokio::net::TcpListener;

use crate::exhibit::exhibit;
use crate::fault::Fault;
use crate::market::{Insurer, Market};
use crate::{door, serve, tables};

const DIRECTORY: &str = "/export";
/// When the old price list was written: 1 January 2026.
const LONG_AGO: u32 = 1_767_225_600;
/// How much a file that is being written has grown with each look at it.
const GROWTH: usize = 16;

/// An invented key pair, the same in every run: not a secret, and so that files of insurers can name it.
fn key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

/// The fingerprint of the server's key, as `ssh-keygen -lf` shows it.
pub fn host_key() -> String {
    key(1).fingerprint(HashAlg::Sha256).to_string()
}

/// The private key that lets its owner in as any insurer's customer, in the format of OpenSSH.
///
/// # Errors
/// When it cannot be written down.
pub fn customer_key() -> Result<String, russh::keys::ssh_key::Error> {
    Ok(key(2).to_openssh(LineEnding::LF)?.to_string())
}

/// Serves until it is closing.
pub(crate) async fn run(market: Market, listener: TcpListener, closing: Closing) {
    let config = Config {
        keys: vec![key(1)],
        auth_rejection_time: Duration::from_millis(100),
        auth_rejection_time_initial: Some(Duration::ZERO),
        nodelay: true,
        ..Config::default()
    };
    let mut gate = Gate { market };
    let running = gate.run_on_socket(Arc::new(config), &listener);
    tokio::select! {
        ended = running => if let Err(error) = ended {
            tracing::warn!(%error, "SFTP ended");
        },
        () = closing => {}
    }
}

struct Gate {
    market: Market,
}

impl russh::server::Server for Gate {
    type Handler = Visitor;

    fn new_client(&mut self, _: Option<std::net::SocketAddr>) -> Visitor {
        Visitor { market: self.market.clone(), user: String::new(), channels: HashMap::new() }
    }
}

/// One connection.
struct Visitor {
    market: Market,
    user: String,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Visitor {
    fn admit(&mut self, user: &str, knows: bool) -> Auth {
        let there = self.market.with(|insurers| insurers.contains_key(user));
        if there && knows {
            user.clone_into(&mut self.user);
            return Auth::Accept;
        }
        Auth::reject()
    }
}

impl russh::server::Handler for Visitor {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(self.admit(user, password == door::SECRET))
    }

    async fn auth_publickey(&mut self, user: &str, shown: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        let known: &PublicKey = &PublicKey::from(&key(2));
        Ok(self.admit(user, known.key_data() == shown.public_key.key_data()))
    }

    async fn channel_open_session(
        &mut self, channel: Channel<Msg>, reply: ChannelOpenHandle, _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self, id: ChannelId, name: &str, session: &mut Session,
    ) -> Result<(), russh::Error> {
        match self.channels.remove(&id) {
            Some(channel) if name == "sftp" => {
                session.channel_success(id)?;
                let files = Files::new(&self.market, &self.user, session.handle());
                russh_sftp::server::run(channel.into_stream(), files).await;
                Ok(())
            }
            _ => session.channel_failure(id),
        }
    }
}

/// What one session sees: the insurer as it was when the session began.
struct Files {
    insurer: Insurer,
    files: BTreeMap<String, (Vec<u8>, u32)>,
    connection: Connection,
    looks: usize,
    listed: bool,
}

type Reply<T> = Result<T, StatusReply>;

impl Files {
    fn new(market: &Market, user: &str, connection: Connection) -> Self {
        let insurer = serve::asked(market, user, true).unwrap_or_default();
        let shown = exhibit(user, &insurer);
        let csv = tables::csv(&shown).into_bytes();
        let written = seconds(market.published(user, &csv));
        // A workbook that cannot be made is an empty file, which no reader takes for one.
        let mut xlsx = tables::xlsx(&shown).unwrap_or_default();
        let mut current = csv.clone();
        for bytes in [&mut current, &mut xlsx] {
            spoil(bytes, insurer.fault.as_ref());
        }
        let old = tables::csv(&shown[..shown.len() / 2]).into_bytes();
        let mut files = BTreeMap::from([
            ("prices-2026-01-01.csv".to_owned(), (old, LONG_AGO)),
            ("prices-current.csv".to_owned(), (current, written)),
            ("prices-next.csv.part".to_owned(), (csv[..csv.len() / 2].to_vec(), written + 60)),
            ("tariffs.xlsx".to_owned(), (xlsx, written)),
        ]);
        if insurer.fault != Some(Fault::Growing) {
            files.insert("tariffs.xlsx.ready".to_owned(), (Vec::new(), written));
        }
        Self { insurer, files, connection, looks: 0, listed: false }
    }

    /// Faults that every request meets.
    async fn unwell(&self) -> Reply<()> {
        match &self.insurer.fault {
            Some(Fault::Status { status, .. }) => Err(StatusCode::Failure.with_message(format!("отказ {status}"))),
            Some(Fault::Slow { seconds }) => {
                tokio::time::sleep(Duration::from_secs(*seconds)).await;
                Ok(())
            }
            Some(Fault::Hang) => std::future::pending().await,
            _ => Ok(()),
        }
    }

    fn file(&self, path: &str) -> Reply<(&str, &[u8], u32)> {
        let name = path.strip_prefix(DIRECTORY).and_then(|name| name.strip_prefix('/'));
        let (name, (bytes, written)) =
            name.and_then(|name| self.files.get_key_value(name)).ok_or(StatusCode::NoSuchFile)?;
        let there = match self.insurer.fault {
            Some(Fault::Growing) => (bytes.len() / 2 + self.looks * GROWTH).min(bytes.len()),
            _ => bytes.len(),
        };
        Ok((name, &bytes[..there], *written))
    }

    fn attributes(&mut self, path: &str) -> Reply<FileAttributes> {
        self.looks += 1;
        if path == DIRECTORY || path == "/" {
            let mut attributes = FileAttributes { permissions: Some(0o755), ..FileAttributes::empty() };
            attributes.set_dir(true);
            return Ok(attributes);
        }
        self.file(path).map(|(_, bytes, written)| regular(bytes.len(), written))
    }
}

fn regular(size: usize, written: u32) -> FileAttributes {
    let mut attributes = FileAttributes {
        size: Some(size as u64),
        atime: Some(written),
        mtime: Some(written),
        permissions: Some(0o644),
        ..FileAttributes::empty()
    };
    attributes.set_regular(true);
    attributes
}

/// Times of the protocol are whole seconds.
fn seconds(at: SystemTime) -> u32 {
    let seconds = at.duration_since(UNIX_EPOCH).ok().and_then(|at| u32::try_from(at.as_secs()).ok());
    seconds.unwrap_or(LONG_AGO)
}

fn spoil(bytes: &mut Vec<u8>, fault: Option<&Fault>) {
    match fault {
        Some(Fault::Truncated) => bytes.truncate(bytes.len() / 2),
        Some(Fault::Html) => *bytes = "<html><body>Ведутся работы</body></html>".as_bytes().to_vec(),
        Some(Fault::Encoding) => *bytes = vec![0xd9, 0xe8, 0xf2, b';', 0xff],
        Some(Fault::Large { megabytes }) => *bytes = vec![b' '; megabytes << 20],
        _ => {}
    }
}

fn done(id: u32) -> Status {
    let (error_message, language_tag) = (String::new(), String::new());
    Status { id, status_code: StatusCode::Ok, error_message, language_tag }
}

impl russh_sftp::server::Handler for Files {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Reply<Version> {
        Ok(Version::new())
    }

    async fn realpath(&mut self, id: u32, path: String) -> Reply<Name> {
        let path = if path == "." { "/".to_owned() } else { path };
        Ok(Name { id, files: vec![File::new(path, FileAttributes::empty())] })
    }

    async fn stat(&mut self, id: u32, path: String) -> Reply<Attrs> {
        self.unwell().await?;
        Ok(Attrs { id, attrs: self.attributes(&path)? })
    }

    async fn lstat(&mut self, id: u32, path: String) -> Reply<Attrs> {
        self.stat(id, path).await
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Reply<Attrs> {
        self.stat(id, handle).await
    }

    async fn opendir(&mut self, id: u32, path: String) -> Reply<Handle> {
        self.unwell().await?;
        if path.trim_end_matches('/') != DIRECTORY {
            return Err(StatusCode::NoSuchFile.into());
        }
        self.listed = false;
        Ok(Handle { id, handle: path })
    }

    async fn readdir(&mut self, id: u32, _: String) -> Reply<Name> {
        if std::mem::replace(&mut self.listed, true) {
            return Err(StatusCode::Eof.into());
        }
        let files = self.files.iter().map(|(name, (bytes, written))| File::new(name, regular(bytes.len(), *written)));
        Ok(Name { id, files: files.collect() })
    }

    async fn open(&mut self, id: u32, path: String, flags: OpenFlags, _: FileAttributes) -> Reply<Handle> {
        self.unwell().await?;
        if flags.intersects(OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::APPEND) {
            return Err(StatusCode::PermissionDenied.into());
        }
        self.file(&path)?;
        Ok(Handle { id, handle: path })
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Reply<Data> {
        if self.insurer.fault == Some(Fault::Cut) {
            // Whether it goes out or not: nothing more is said on this connection.
            let _ = self.connection.disconnect(russh::Disconnect::ByApplication, String::new(), String::new()).await;
            return std::future::pending().await;
        }
        let (_, bytes, _) = self.file(&handle)?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let to = from.saturating_add(len as usize).min(bytes.len());
        if from == to {
            return Err(StatusCode::Eof.into());
        }
        Ok(Data { id, data: bytes[from..to].to_vec() })
    }

    async fn close(&mut self, id: u32, _: String) -> Reply<Status> {
        Ok(done(id))
    }
}

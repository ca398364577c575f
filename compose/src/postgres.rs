//! PostgreSQL from the binaries that Maven Central carries.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::sys::signal::Signal;
use nix::unistd::{Uid, User, chown};

use crate::artifacts::{Artifacts, Cache};
use crate::download::fetch_all;
use crate::process::ProcessSpec;
use crate::{StackError, Use, database_url, pristine};

/// Where the server's programs are, downloading them when they are not there.
pub(crate) async fn install(cache: &Cache) -> Result<PathBuf, StackError> {
    let arch = std::env::consts::ARCH;
    let artifact = Artifacts::pinned()?.postgres.into_iter().find(|a| a.arch.as_deref() == Some(arch));
    let artifact = artifact.ok_or(StackError::Unsupported { part: "PostgreSQL", arch, variable: "POSTGRES_URL" })?;
    let home = cache.path(artifact.file_name().trim_end_matches(".jar"));
    if home.join("bin/postgres").exists() {
        return Ok(home);
    }
    let jars = fetch_all("PostgreSQL", std::slice::from_ref(&artifact), &cache.path("downloads")).await?;
    unpack(&jars[0], &home)?;
    Ok(home)
}

/// Unpacks beside the final place and renames, so that a run that is interrupted leaves nothing half-unpacked.
fn unpack(jar: &Path, home: &Path) -> Result<(), StackError> {
    let parent = home.parent().unwrap_or(home);
    let bad = |error: String| StackError::Command { program: format!("unpacking {}", jar.display()), output: error };
    let file = std::fs::File::open(jar).map_err(StackError::file("open", jar))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|e| bad(e.to_string()))?;
    let inner = archive.file_names().flatten().find(|name| name.ends_with(".txz")).map(std::borrow::Cow::into_owned);
    let inner = inner.ok_or_else(|| bad("no .txz inside".to_owned()))?;
    let mut packed = Vec::new();
    archive
        .by_name(&inner)
        .map_err(|e| bad(e.to_string()))?
        .read_to_end(&mut packed)
        .map_err(StackError::file("read", jar))?;
    let staging = tempfile::tempdir_in(parent).map_err(StackError::file("create a directory in", parent))?;
    let into = staging.path().join("unpacked");
    tar::Archive::new(liblzma::read::XzDecoder::new(&*packed))
        .unpack(&into)
        .map_err(StackError::file("unpack into", &into))?;
    // The server runs as another user than the one that unpacks it when that one is root.
    std::fs::set_permissions(&into, std::fs::Permissions::from_mode(0o755))
        .map_err(StackError::file("set permissions of", &into))?;
    if let Err(error) = std::fs::rename(&into, home)
        && !home.join("bin/postgres").exists()
    {
        return Err(StackError::File { doing: "rename into", path: home.to_owned(), source: error });
    }
    Ok(())
}

/// Who the server runs as: it refuses to be root.
fn identity() -> Result<Option<(u32, u32)>, StackError> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Ok(Some(user)) = User::from_name(name) {
            return Ok(Some((user.uid.as_raw(), user.gid.as_raw())));
        }
    }
    let remedy = "PostgreSQL refuses to run as root; create one with: useradd --system nobody".to_owned();
    Err(StackError::Missing { program: "an unprivileged user", remedy })
}

/// Makes the data directory when there is none, and the specification of the server on that port.
pub(crate) async fn prepare(
    cache: &Cache, purpose: Use, home: &Path, data: &Path, log: &Path, port: u16,
) -> Result<ProcessSpec, StackError> {
    let identity = identity()?;
    if !data.join("PG_VERSION").exists() {
        let key = [format!("{identity:?}"), home.display().to_string()].into_iter().chain(INITDB.map(str::to_owned));
        let key: Vec<String> = key.collect();
        let new = pristine::kept(cache, "postgres-data", &key, |data| init(home, data, identity)).await?;
        pristine::copy(&new, data).await?;
    }
    let conf = data.join("polis.conf");
    std::fs::write(&conf, include_str!("../postgres/postgresql.conf")).map_err(StackError::file("write", &conf))?;
    let mut spec = ProcessSpec::new("postgres", home.join("bin/postgres"), log);
    let option = |name: &str, value: &str| ["-c".to_owned(), format!("{name}={value}")];
    spec.arguments = vec!["-D".to_owned(), data.display().to_string()];
    spec.arguments.extend(option("port", &port.to_string()));
    spec.arguments.extend(option("listen_addresses", "127.0.0.1"));
    spec.arguments.extend(option("unix_socket_directories", ""));
    if purpose == Use::Test {
        // Stopping alone took seconds: each file of each database is brought to the disk.
        spec.arguments.extend(option("fsync", "off"));
    }
    spec.directory = data.to_owned();
    spec.identity = identity;
    spec.stop = Signal::SIGINT;
    let url = database_url(port, "postgres");
    spec.readiness = Some(Arc::new(move || {
        let url = url.clone();
        Box::pin(async move { tokio_postgres::connect(&url, tokio_postgres::NoTls).await.is_ok() })
    }));
    Ok(spec)
}

const INITDB: [&str; 7] = ["-U", "polis", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];

async fn init(home: &Path, data: PathBuf, identity: Option<(u32, u32)>) -> Result<(), StackError> {
    std::fs::create_dir_all(&data).map_err(StackError::file("create directory", &data))?;
    if let Some((user, group)) = identity {
        chown(&data, Some(user.into()), Some(group.into()))
            .map_err(|errno| StackError::file("change the owner of", &data)(errno.into()))?;
    }
    let program = home.join("bin/initdb");
    let mut command = tokio::process::Command::new(&program);
    command.arg("-D").arg(&data).args(INITDB).arg("--no-sync").current_dir(&data);
    if let Some((user, group)) = identity {
        command.uid(user).gid(group);
    }
    let output = command.output().await.map_err(StackError::file("run", &program))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(StackError::Command { program: program.display().to_string(), output: text });
    }
    let file = data.join("postgresql.conf");
    let mut text = std::fs::read_to_string(&file).map_err(StackError::file("read", &file))?;
    text.push_str("\ninclude 'polis.conf'\n");
    std::fs::write(&file, text).map_err(StackError::file("write", &file))
}

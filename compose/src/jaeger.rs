//! Jaeger, built once with Go from a pinned module, because no registry carries its binary.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::StackError;
use crate::artifacts::Cache;
use crate::process::ProcessSpec;
use crate::services::answers;

const VERSION: &str = "1.76.0";

/// The ports of one Jaeger.
#[derive(Clone, Copy, Debug)]
pub struct JaegerPorts {
    /// Query API.
    pub query: u16,
    /// OTLP over gRPC.
    pub grpc: u16,
    /// OTLP over HTTP.
    pub http: u16,
}

fn place(cache: &Cache) -> PathBuf {
    cache.path(format!("jaeger-{VERSION}/jaeger"))
}

/// Whether [`build`] has nothing to do.
pub fn is_built(cache: &Cache) -> bool {
    place(cache).exists()
}

/// Builds Jaeger unless it is in the cache. Takes minutes the first time.
///
/// # Errors
/// When Go is missing or the build fails.
pub async fn build(cache: &Cache) -> Result<PathBuf, StackError> {
    let binary = place(cache);
    if is_built(cache) {
        return Ok(binary);
    }
    let directory = cache.path(format!("jaeger-{VERSION}"));
    let source = directory.join("source");
    std::fs::create_dir_all(&source).map_err(StackError::file("create directory", &source))?;
    let files = [
        ("go.mod", include_str!("../jaeger/go.mod")),
        ("go.sum", include_str!("../jaeger/go.sum")),
        ("pin.go", include_str!("../jaeger/pin.go")),
    ];
    for (name, text) in files {
        let path = source.join(name);
        std::fs::write(&path, text).map_err(StackError::file("write", &path))?;
    }
    // Built under another name, so that an interrupted build is not mistaken for a finished one.
    let staging = directory.join(format!("jaeger.{}", std::process::id()));
    let output = tokio::process::Command::new("go")
        .args(["build", "-trimpath", "-o"])
        .arg(&staging)
        .arg("github.com/jaegertracing/jaeger/cmd/jaeger")
        .env("GOFLAGS", "-mod=mod")
        .env("GONOSUMDB", "*")
        .current_dir(&source)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(StackError::file("run", "go"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(StackError::Command { program: "go build".to_owned(), output: text });
    }
    std::fs::rename(&staging, &binary).map_err(StackError::file("rename into", &binary))?;
    Ok(binary)
}

/// The specification of Jaeger on those ports. It keeps traces in memory.
pub(crate) fn prepare(
    binary: &Path, log: &Path, directory: &Path, ports: JaegerPorts,
) -> Result<ProcessSpec, StackError> {
    let config = directory.join("jaeger.yaml");
    let text = include_str!("../jaeger/config.yaml")
        .replace("${QUERY_PORT}", &ports.query.to_string())
        .replace("${GRPC_PORT}", &ports.grpc.to_string())
        .replace("${HTTP_PORT}", &ports.http.to_string());
    std::fs::create_dir_all(directory).map_err(StackError::file("create directory", directory))?;
    std::fs::write(&config, text).map_err(StackError::file("write", &config))?;
    let mut spec = ProcessSpec::new("jaeger", binary, log);
    spec.arguments = vec!["--config".to_owned(), config.display().to_string()];
    spec.directory = directory.to_owned();
    spec.grace = Duration::from_secs(5);
    let address = format!("http://127.0.0.1:{}/api/services", ports.query);
    spec.readiness = Some(answers(address));
    Ok(spec)
}

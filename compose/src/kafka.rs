//! Apache Kafka in KRaft mode, from the jars that Maven Central carries.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use polis_actors::runtime::Restart;
use rskafka::BackoffConfig;
use rskafka::client::ClientBuilder;

use crate::artifacts::{Artifacts, Cache};
use crate::download::fetch_all;
use crate::process::ProcessSpec;
use crate::{StackError, Use, free_port, pristine};

const BASE: &str = include_str!("../kafka/server.properties");

/// The installed jars, and how to run a class of them.
#[derive(Clone, Debug)]
pub(crate) struct Kafka {
    classpath: String,
    log_config: PathBuf,
}

impl Kafka {
    pub(crate) async fn install(cache: &Cache) -> Result<Self, StackError> {
        let jars = fetch_all("Kafka", &Artifacts::pinned()?.kafka, &cache.path("kafka")).await?;
        let classpath = jars.iter().map(|jar| jar.display().to_string()).collect::<Vec<_>>().join(":");
        let log_config = cache.path("kafka/log4j2.yaml");
        std::fs::write(&log_config, include_str!("../kafka/log4j2.yaml"))
            .map_err(StackError::file("write", &log_config))?;
        Ok(Self { classpath, log_config })
    }

    /// Arguments for `java` to run a class with this much heap.
    fn java(&self, heap: &str, purpose: Use, class: &str) -> Vec<String> {
        // A third of the time that the broker takes to start is spent by the second compiler.
        let compilers = if purpose == Use::Test { 1 } else { 4 };
        vec![
            format!("-Xmx{heap}"),
            format!("-Xms{heap}"),
            "-XX:+UseSerialGC".to_owned(),
            format!("-XX:TieredStopAtLevel={compilers}"),
            "-Xshare:auto".to_owned(),
            format!("-Dlog4j2.configurationFile={}", self.log_config.display()),
            "-cp".to_owned(),
            self.classpath.clone(),
            class.to_owned(),
        ]
    }

    /// Runs one of Kafka's own tools to its end.
    async fn tool(&self, class: &str, arguments: &[String]) -> Result<(), StackError> {
        let output = tokio::process::Command::new("java")
            .args(self.java("128m", Use::Test, class))
            .args(arguments)
            .output()
            .await
            .map_err(StackError::file("run", "java"))?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let end: Vec<&str> = text.lines().rev().take(12).collect();
        let output = end.into_iter().rev().collect::<Vec<_>>().join("\n");
        Err(StackError::Command { program: class.to_owned(), output })
    }

    /// Formats the data directory when it is new, and the specification of the broker on that port.
    pub(crate) async fn prepare(
        &self, cache: &Cache, purpose: Use, data: &Path, log: &Path, port: u16,
    ) -> Result<ProcessSpec, StackError> {
        std::fs::create_dir_all(data).map_err(StackError::file("create directory", data))?;
        let stored = data.join("log");
        if !stored.join("meta.properties").exists() {
            // The jars by their names, which carry their versions.
            let key = [self.classpath.clone(), BASE.to_owned()];
            let new = pristine::kept(cache, "kafka-data", &key, |stored| self.format(stored)).await?;
            pristine::copy(&new, &stored).await?;
        }
        let mut spec = ProcessSpec::new("kafka", "java", log);
        spec.arguments = self.java("512m", purpose, "kafka.Kafka");
        spec.arguments.push(configured(data, &stored, port, free_port()?)?);
        spec.directory = data.to_owned();
        spec.restart = Restart::Permanent;
        spec.readiness = Some(Arc::new(move || Box::pin(answers(format!("127.0.0.1:{port}")))));
        Ok(spec)
    }

    /// What the broker stores before anything has happened does not depend on its ports.
    async fn format(&self, stored: PathBuf) -> Result<(), StackError> {
        let config = configured(stored.parent().unwrap_or(&stored), &stored, 9092, 9093)?;
        let arguments = ["format", "-t", "cG9saXMtbmF0aXZlLXN0YQ", "-c", &config].map(str::to_owned);
        self.tool("kafka.tools.StorageTool", &arguments).await
    }
}

/// Writes the configuration of a broker; answers where it is.
fn configured(directory: &Path, stored: &Path, port: u16, controller: u16) -> Result<String, StackError> {
    let config = directory.join("server.properties");
    let text = format!(
        "{BASE}\nlisteners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\nlog.dirs={}\n",
        stored.display()
    );
    std::fs::write(&config, text).map_err(StackError::file("write", &config))?;
    Ok(config.display().to_string())
}

async fn answers(bootstrap: String) -> bool {
    let once = BackoffConfig { deadline: Some(Duration::from_millis(200)), ..BackoffConfig::default() };
    let connect = ClientBuilder::new(vec![bootstrap]).backoff_config(once).build();
    match tokio::time::timeout(Duration::from_secs(2), connect).await {
        Ok(Ok(client)) => client.list_topics().await.is_ok(),
        _ => false,
    }
}

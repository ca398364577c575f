//! Apache Kafka in KRaft mode, from the jars that Maven Central carries.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use polis_actors::runtime::Restart;
use rskafka::BackoffConfig;
use rskafka::client::ClientBuilder;

use crate::StackError;
use crate::artifacts::{Artifacts, Cache};
use crate::download::fetch_all;
use crate::process::ProcessSpec;

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
    pub(crate) fn java(&self, heap: &str, class: &str) -> Vec<String> {
        vec![
            format!("-Xmx{heap}"),
            format!("-Xms{heap}"),
            "-XX:+UseSerialGC".to_owned(),
            "-XX:TieredStopAtLevel=4".to_owned(),
            "-Xshare:auto".to_owned(),
            format!("-Dlog4j2.configurationFile={}", self.log_config.display()),
            "-cp".to_owned(),
            self.classpath.clone(),
            class.to_owned(),
        ]
    }

    /// Runs one of Kafka's own tools to its end.
    pub(crate) async fn tool(&self, class: &str, arguments: &[String]) -> Result<String, StackError> {
        let output = tokio::process::Command::new("java")
            .args(self.java("128m", class))
            .args(arguments)
            .output()
            .await
            .map_err(StackError::file("run", "java"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return Ok(text);
        }
        let end: Vec<&str> = text.lines().rev().take(12).collect();
        let output = end.into_iter().rev().collect::<Vec<_>>().join("\n");
        Err(StackError::Command { program: class.to_owned(), output })
    }

    /// Formats the data directory when it is new, and the specification of the broker on that port.
    pub(crate) async fn prepare(
        &self, data: &Path, log: &Path, port: u16, controller: u16,
    ) -> Result<ProcessSpec, StackError> {
        std::fs::create_dir_all(data).map_err(StackError::file("create directory", data))?;
        let config = data.join("server.properties");
        let base = include_str!("../kafka/server.properties");
        let text = format!(
            "{base}\nlisteners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
             controller.quorum.voters=1@127.0.0.1:{controller}\nlog.dirs={}\n",
            data.join("log").display()
        );
        std::fs::write(&config, text).map_err(StackError::file("write", &config))?;
        let config = config.display().to_string();
        if !data.join("log/meta.properties").exists() {
            let arguments = ["format", "-t", "cG9saXMtbmF0aXZlLXN0YQ", "-c", &config].map(str::to_owned);
            self.tool("kafka.tools.StorageTool", &arguments).await?;
        }
        let mut spec = ProcessSpec::new("kafka", "java", log);
        spec.arguments = self.java("512m", "kafka.Kafka");
        spec.arguments.push(config);
        spec.directory = data.to_owned();
        spec.restart = Restart::Permanent;
        spec.readiness = Some(Arc::new(move || Box::pin(answers(format!("127.0.0.1:{port}")))));
        Ok(spec)
    }
}

async fn answers(bootstrap: String) -> bool {
    let once = BackoffConfig { deadline: Some(Duration::from_millis(200)), ..BackoffConfig::default() };
    let connect = ClientBuilder::new(vec![bootstrap]).backoff_config(once).build();
    match tokio::time::timeout(Duration::from_secs(2), connect).await {
        Ok(Ok(client)) => client.list_topics().await.is_ok(),
        _ => false,
    }
}

//! Programs of Polis as processes of their own, and what they take of the machine.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use polis_stack::free_port;
use tokio::process::{Child, Command};

/// What the bench signs notifications with, in the place of a payment provider.
pub(crate) const SECRET: &str = "bench";
/// Catalogue, policies, payments.
pub(crate) const SALE_TOPICS: [&str; 3] = ["bench.sale.catalogue", "bench.sale.policies", "bench.sale.payments"];

/// A program that is measured.
pub(crate) struct Program {
    process: Child,
    admin: u16,
}

impl Program {
    /// The aggregator on this database, topic and directory of insurers.
    pub(crate) fn aggregator(database: &str, kafka: &str, topic: &str, insurers: &Path) -> anyhow::Result<Self> {
        let insurers = insurers.display().to_string();
        let own = [("INSURERS__DIRECTORY", insurers.as_str()), ("TOPIC__NAME", topic)];
        Self::start("ins-product-aggregator", database, kafka, &own)
    }

    /// core-app on this database and port, for nobody but us: without limits.
    pub(crate) fn core_app(database: &str, kafka: &str, port: u16, web: &Path) -> anyhow::Result<Self> {
        let (listen, web) = (format!("127.0.0.1:{port}"), web.display().to_string());
        let own = [
            ("HTTP__LISTEN", listen.as_str()),
            ("HTTP__WEB", web.as_str()),
            ("HTTP__LIMITS__READS_PER_SECOND", "0"),
            ("HTTP__LIMITS__WRITES_PER_SECOND", "0"),
            ("PROVIDER__SECRET", SECRET),
            ("TOPIC__NAME", SALE_TOPICS[0]),
            ("POLICIES__NAME", SALE_TOPICS[1]),
            ("PAYMENTS__NAME", SALE_TOPICS[2]),
        ];
        Self::start("core-app", database, kafka, &own)
    }

    /// Settlement on this database, with these files of insurers.
    pub(crate) fn settlement(
        database: &str, kafka: &str, topics: &[String; 2], insurers: &Path, spool: &Path,
    ) -> anyhow::Result<Self> {
        let (insurers, spool) = (insurers.display().to_string(), spool.display().to_string());
        let own = [
            ("INSURERS__DIRECTORY", insurers.as_str()),
            ("INTAKE__SPOOL", spool.as_str()),
            ("PRODUCTS__NAME", topics[0].as_str()),
            ("POLICIES__NAME", topics[1].as_str()),
        ];
        Self::start("ins-comp-settlement", database, kafka, &own)
    }

    /// Its admin port.
    pub(crate) fn admin(&self) -> u16 {
        self.admin
    }

    fn start(name: &str, database: &str, kafka: &str, own: &[(&str, &str)]) -> anyhow::Result<Self> {
        let admin = free_port()?;
        let program = std::env::current_exe()?.with_file_name(name);
        let prefix = name.to_uppercase().replace('-', "_");
        let listen = format!("127.0.0.1:{admin}");
        let shared = [
            ("DATABASE__URL", database),
            ("KAFKA__BROKERS", kafka),
            ("ADMIN__LISTEN", listen.as_str()),
            ("TELEMETRY__LOG", "warn,rskafka=error"),
        ];
        let variables = shared.iter().chain(own).map(|(key, value)| (format!("{prefix}__{key}"), value));
        let process = Command::new(&program)
            .envs(variables)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}; make bench builds it", program.display()))?;
        Ok(Self { process, admin })
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        let pid = self.process.id().context("the program has ended")?;
        Ok(std::fs::read_to_string(format!("/proc/{pid}/{file}"))?)
    }

    /// Processor time so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = self.proc("stat")?;
        let (_, fields) = stat.rsplit_once(')').context("/proc/…/stat")?;
        // utime and stime of proc(5), in hundredths of a second on every Linux of this kind.
        let ticks: u64 = fields.split_whitespace().skip(11).take(2).map(|n| n.parse().unwrap_or(0)).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// `VmRSS` or `VmHWM`, MB.
    pub(crate) fn memory(&self, field: &str) -> anyhow::Result<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find(|line| line.starts_with(field)).unwrap_or_default();
        let kilobytes: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0.0);
        Ok(kilobytes / 1024.0)
    }

    /// From now on `VmHWM` is of what comes.
    pub(crate) fn forget_peak(&self) -> anyhow::Result<()> {
        let pid = self.process.id().context("the program has ended")?;
        // clear_refs of proc(5): 5 sets the peak to what is resident now.
        Ok(std::fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
    }

    /// Cumulative counts of a histogram by upper bound, summed over its labels.
    pub(crate) async fn buckets(&self, histogram: &str) -> anyhow::Result<Vec<(f64, u64)>> {
        let text = self.metrics().await?;
        let prefix = format!("{histogram}_bucket{{");
        let mut buckets: Vec<(f64, u64)> = Vec::new();
        for line in text.lines().filter(|line| line.starts_with(&prefix)) {
            let bound = line.split("le=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            let bound: f64 = bound.replace("+Inf", "inf").parse()?;
            let count: u64 = line.rsplit(' ').next().unwrap_or_default().parse()?;
            match buckets.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, sum)) => *sum += count,
                None => buckets.push((bound, count)),
            }
        }
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(buckets)
    }

    async fn metrics(&self) -> anyhow::Result<String> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.admin)).await?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(text)
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }
}

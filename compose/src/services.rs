//! The programs of Polis as supervised processes, configured for one stack through their environment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::process::{ProcessSpec, Readiness};
use crate::{Stack, StackError, create_database, free_port};

/// Databases of the services; each has a login of the same name.
pub const AGGREGATOR_DATABASE: &str = "ins_product_aggregator";
/// Of core-app.
pub const CORE_DATABASE: &str = "core_app";
/// Of ins-comp-settlement.
pub const SETTLEMENT_DATABASE: &str = "ins_comp_settlement";

/// The ports of the services.
#[derive(Clone, Copy, Debug)]
pub struct ServicePorts {
    /// Insurers of the sandbox and its control API.
    pub sandbox: u16,
    /// Insurers of the sandbox that speak gRPC.
    pub sandbox_grpc: u16,
    /// Insurers of the sandbox that put files on a server.
    pub sandbox_sftp: u16,
    /// Admin port of ins-product-aggregator.
    pub aggregator_admin: u16,
    /// Page, API and SSE of core-app.
    pub core: u16,
    /// Admin port of core-app.
    pub core_admin: u16,
    /// Admin port of ins-comp-settlement.
    pub settlement_admin: u16,
}

impl ServicePorts {
    /// The documented ones.
    pub const DEFAULT: Self = Self {
        sandbox: 8090,
        sandbox_grpc: 8091,
        sandbox_sftp: 8022,
        aggregator_admin: 9081,
        core: 8080,
        core_admin: 9080,
        settlement_admin: 9082,
    };

    /// Free ones, for tests.
    ///
    /// # Errors
    /// When there are none to be had.
    pub fn free() -> Result<Self, StackError> {
        Ok(Self {
            sandbox: free_port()?,
            sandbox_grpc: free_port()?,
            sandbox_sftp: free_port()?,
            aggregator_admin: free_port()?,
            core: free_port()?,
            core_admin: free_port()?,
            settlement_admin: free_port()?,
        })
    }

    /// The addresses of insurers' files, which name the documented ports, in place of which these stand.
    pub fn rebase(&self) -> String {
        let pair = |scheme: &str, from: u16, to: u16| format!("{scheme}://127.0.0.1:{from}={scheme}://127.0.0.1:{to}");
        let documented = Self::DEFAULT;
        [
            pair("http", documented.sandbox, self.sandbox),
            pair("http", documented.sandbox_grpc, self.sandbox_grpc),
            pair("sftp", documented.sandbox_sftp, self.sandbox_sftp),
        ]
        .join(",")
    }

    /// All of them, with what they are for.
    pub fn all(&self) -> [(&'static str, u16); 7] {
        [
            ("sandbox", self.sandbox),
            ("sandbox gRPC", self.sandbox_grpc),
            ("sandbox SFTP", self.sandbox_sftp),
            ("ins-product-aggregator admin", self.aggregator_admin),
            ("core-app", self.core),
            ("core-app admin", self.core_admin),
            ("ins-comp-settlement admin", self.settlement_admin),
        ]
    }
}

/// How the services of one stack are started.
#[derive(Clone, Debug)]
pub struct Services {
    /// Their ports.
    pub ports: ServicePorts,
    /// Where the programs are.
    pub programs: PathBuf,
    /// Where the built page is.
    pub web: PathBuf,
    /// Where the files of the insurers are.
    pub insurers: PathBuf,
    /// Where the files are by which settlement knows insurers.
    pub settlement_insurers: PathBuf,
    /// Base address of an OTLP receiver over HTTP; empty for none.
    pub otlp: String,
    /// Time between two changes of prices in the sandbox.
    pub drift: String,
}

impl Services {
    /// The programs beside the running one, as `cargo build` leaves them.
    ///
    /// # Errors
    /// When the place of the running program is unknown.
    pub fn beside_this_program(ports: ServicePorts) -> Result<Self, StackError> {
        let this = std::env::current_exe().map_err(StackError::file("find", "the running program"))?;
        let beside = this.parent().unwrap_or(&this);
        // Test programs are one directory deeper.
        let programs = if beside.ends_with("deps") { beside.parent().unwrap_or(beside) } else { beside };
        // People read these in messages: without a way that goes up again.
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let services = here.parent().unwrap_or(here).join("services");
        let web = services.join("core-app/web/dist");
        let insurers = services.join("ins-product-aggregator/insurers");
        let settlement_insurers = services.join("ins-comp-settlement/insurers");
        let (programs, drift) = (programs.to_owned(), "700ms".to_owned());
        Ok(Self { ports, programs, web, insurers, settlement_insurers, otlp: String::new(), drift })
    }

    /// Creates the databases of the services, unless they are there.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn create_databases(&self, stack: &Stack) -> Result<(), StackError> {
        for name in [AGGREGATOR_DATABASE, CORE_DATABASE, SETTLEMENT_DATABASE] {
            create_database(&stack.addresses().postgres_admin, name).await?;
        }
        Ok(())
    }

    /// Insurers with believable catalogues and faults.
    pub fn sandbox(&self, stack: &Stack) -> ProcessSpec {
        let address = format!("http://127.0.0.1:{}/cms-qhp/plans.json", self.ports.sandbox);
        self.spec(
            stack,
            "sandbox",
            address,
            [
                ("SANDBOX__HTTP__LISTEN", local(self.ports.sandbox)),
                ("SANDBOX__GRPC__LISTEN", local(self.ports.sandbox_grpc)),
                ("SANDBOX__SFTP__LISTEN", local(self.ports.sandbox_sftp)),
                ("SANDBOX__DRIFT__EVERY", self.drift.clone()),
                ("SANDBOX__REGISTERS__BROKERS", stack.addresses().kafka.clone()),
            ],
        )
    }

    /// Polls the sandbox.
    pub fn aggregator(&self, stack: &Stack) -> ProcessSpec {
        self.spec(
            stack,
            "ins-product-aggregator",
            ready(self.ports.aggregator_admin),
            [
                ("INS_PRODUCT_AGGREGATOR__ADMIN__LISTEN", local(self.ports.aggregator_admin)),
                ("INS_PRODUCT_AGGREGATOR__DATABASE__URL", stack.addresses().database_url(AGGREGATOR_DATABASE)),
                ("INS_PRODUCT_AGGREGATOR__INSURERS__DIRECTORY", self.insurers.display().to_string()),
                ("SANDBOX_SECRET", "sandbox".to_owned()),
                ("INS_PRODUCT_AGGREGATOR__REBASE", self.ports.rebase()),
            ],
        )
    }

    /// The application that buyers use.
    pub fn core_app(&self, stack: &Stack) -> ProcessSpec {
        self.spec(
            stack,
            "core-app",
            ready(self.ports.core_admin),
            [
                ("CORE_APP__HTTP__PUBLIC", format!("http://127.0.0.1:{}", self.ports.core)),
                ("CORE_APP__PROVIDER__URL", format!("http://127.0.0.1:{}", self.ports.sandbox)),
                // The sandbox's: an invented word.
                ("CORE_APP__PROVIDER__SECRET", "sandbox".to_owned()),
                ("CORE_APP__AUDIT__KEY", stack.audit_key().to_owned()),
                ("CORE_APP__HTTP__LISTEN", local(self.ports.core)),
                ("CORE_APP__HTTP__WEB", self.web.display().to_string()),
                ("CORE_APP__ADMIN__LISTEN", local(self.ports.core_admin)),
                ("CORE_APP__DATABASE__URL", stack.addresses().database_url(CORE_DATABASE)),
            ],
        )
    }

    /// Settles with insurers.
    pub fn settlement(&self, stack: &Stack) -> ProcessSpec {
        self.spec(
            stack,
            "ins-comp-settlement",
            ready(self.ports.settlement_admin),
            [
                ("INS_COMP_SETTLEMENT__ADMIN__LISTEN", local(self.ports.settlement_admin)),
                ("INS_COMP_SETTLEMENT__DATABASE__URL", stack.addresses().database_url(SETTLEMENT_DATABASE)),
                ("INS_COMP_SETTLEMENT__INSURERS__DIRECTORY", self.settlement_insurers.display().to_string()),
                ("INS_COMP_SETTLEMENT__REBASE", self.ports.rebase()),
                ("INS_COMP_SETTLEMENT__INTAKE__SPOOL", stack.directory().join("registers").display().to_string()),
            ],
        )
    }

    fn spec<const N: usize>(
        &self, stack: &Stack, name: &str, ready: String, environment: [(&str, String); N],
    ) -> ProcessSpec {
        let mut spec = ProcessSpec::new(name, self.programs.join(name), stack.log_of(name));
        let own = environment.into_iter().map(|(key, value)| (key.to_owned(), value));
        spec.environment = own
            .chain([
                ("KAFKA_BROKERS".to_owned(), stack.addresses().kafka.clone()),
                ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), self.otlp.clone()),
            ])
            .collect();
        spec.directory = stack.directory().to_owned();
        spec.readiness = Some(answers(ready));
        spec
    }
}

fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn ready(admin: u16) -> String {
    format!("http://127.0.0.1:{admin}/health/ready")
}

/// Ready when that address answers with success.
pub(crate) fn answers(address: String) -> Readiness {
    Arc::new(move || {
        let address = address.clone();
        Box::pin(async move {
            let answer =
                tokio::time::timeout(Duration::from_secs(2), crate::download::client().get(address).send()).await;
            matches!(answer, Ok(Ok(answer)) if answer.status().is_success())
        })
    })
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use super::*;

    #[test]
    fn paths_are_as_people_write_them() {
        let Services { insurers, settlement_insurers, .. } =
            Services::beside_this_program(ServicePorts::DEFAULT).unwrap();
        for path in [insurers, settlement_insurers] {
            assert!(path.is_dir(), "{}", path.display());
            assert!(path.components().all(|part| part != Component::ParentDir), "{}", path.display());
        }
    }
}

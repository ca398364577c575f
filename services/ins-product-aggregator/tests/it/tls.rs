//! Insurers behind TLS with an authority of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ins_product_aggregator::insurer::{Insurer, InsurerError};
use polis_stack::ServicePorts;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::bed::{Bed, all, altered, bed, invented_prices, prices};

/// An authority, in a file of its own.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(directory: &tempfile::TempDir, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = directory.path().join(format!("{name}.pem"));
        std::fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A server for this machine in front of a port that speaks without TLS; answers where it is.
    async fn in_front_of(&self, port: u16, protocol: &str) -> u16 {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let mut config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap().port();
        tokio::task::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::task::spawn(async move {
                    // A caller who does not trust us ends here.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut behind = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut behind).await;
                });
            }
        });
        at
    }
}

/// The insurer behind that port.
fn behind(bed: &Bed, id: &str, plain: u16, port: u16, authority: Option<&Path>) -> Result<Insurer, InsurerError> {
    let (from, to) = (format!("http://127.0.0.1:{plain}"), format!("https://127.0.0.1:{port}"));
    let known = authority.map_or("deadline".to_owned(), |file| format!("ca_file = \"{}\"\ndeadline", file.display()));
    altered(bed, id, &[(&from, &to), ("deadline", &known)])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_of_the_insurer_is_trusted_by_its_file_and_no_other_one() {
    let (bed, directory) = (bed().await, tempfile::tempdir().unwrap());
    let (ours, another) = (Authority::new(&directory, "ours"), Authority::new(&directory, "another"));
    let documented = ServicePorts::DEFAULT;
    // Pages and the place where tokens are issued, a SOAP service, a price list, and gRPC.
    for (id, plain, actual, protocol) in [
        ("ural-polis", documented.sandbox, bed.ports.sandbox, "http/1.1"),
        ("neva-strakhovanie", documented.sandbox, bed.ports.sandbox, "http/1.1"),
        ("amur-garantiya", documented.sandbox, bed.ports.sandbox, "http/1.1"),
        ("yenisei-polis", documented.sandbox_grpc, bed.ports.sandbox_grpc, "h2"),
    ] {
        let port = ours.in_front_of(actual, protocol).await;
        let trusting = behind(&bed, id, plain, port, Some(&ours.file)).unwrap();
        let catalogue = all(&trusting).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(prices(&catalogue), invented_prices(&bed.market, id), "{id}");
        for wrong in [None, Some(&*another.file)] {
            let error = all(&behind(&bed, id, plain, port, wrong).unwrap()).await.unwrap_err();
            let named = error.to_string().contains(&format!("https://127.0.0.1:{port}"));
            assert!(error.kind() == "unreachable" && named, "{id}: {} {error}", error.kind());
            assert!(error.to_string().contains("invalid peer certificate: UnknownIssuer"), "{id}: {error}");
        }
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_authority_is_refused_by_its_line() {
    let (bed, directory) = (bed().await, tempfile::tempdir().unwrap());
    let file = |name: &str, text: &str| {
        let file = directory.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let broken = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n";
    for (file, said) in [
        (directory.path().join("none.pem"), "No such file"),
        (file("empty.pem", "nothing\n"), "has no certificate in PEM"),
        (file("broken.pem", broken), "no certificate that can be used"),
    ] {
        let error = behind(&bed, "sibir-zashchita", 8090, 8443, Some(&file)).err().unwrap().to_string();
        assert!(error.contains("sibir-zashchita.toml:5: ca_file: file ") && error.contains(said), "{error}");
    }
    bed.stop().await;
}

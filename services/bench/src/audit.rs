//! A million events of sold policies: projections made from them again, and all of them proved.

use std::sync::Arc;
use std::time::{Duration, Instant};

use core_app::audit::Checkpoints;
use core_app::audit::checkpoint::{Signer, Trusted};
use core_app::audit::verify::verify;
use core_app::sale::rebuild::{Replace, rebuild};
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::runtime::{Background, SupervisorSpec};
use polis_schema::Service;

use crate::figure::Figure;
use crate::parts::{database, peak_memory};
use crate::sold::{Stage, fill};

const EVENTS: usize = 1_000_000;
/// Events of a policy that was bought.
const EACH: usize = 7;
/// A key for nothing but this.
const SEED: &str = "0101010101010101010101010101010101010101010101010101010101010101";

pub(crate) fn measure(postgres: &str) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let database = database(postgres, "bench_audit", Service::Core).await?;
        fill(&database, Stage::Confirmed, EVENTS.div_ceil(EACH)).await?;

        let began = Instant::now();
        let rebuilt = rebuild(&database, Some(Replace { by: "bench", why: "" })).await?;
        let built = began.elapsed().as_secs_f64();
        anyhow::ensure!(rebuilt.replaced && rebuilt.events >= EVENTS as u64, "{rebuilt:?}");
        let began = Instant::now();
        let compared = rebuild(&database, None).await?;
        let checked = began.elapsed().as_secs_f64();
        anyhow::ensure!(compared.differing == 0, "{compared:?}");

        let signer = Arc::new(Signer::from_seed(SEED)?);
        let trusted = Trusted::default().and(signer.public_key());
        let leases = Leases::new(&database, &"bench-audit".into(), LeaseConfig::default());
        let checkpoints =
            Checkpoints { database: database.clone(), leases, signer: Some(signer), every: Duration::from_millis(100) };
        let build = |placer| (SupervisorSpec::new("bench").child(checkpoints.build()).build(placer).1, ());
        let (background, ()) = Background::start("bench", build).await?;
        let client = database.get().await?;
        while client.query_one("select count(*) from audit_pending", &[]).await?.get::<_, i64>(0) > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::task::spawn_blocking(move || background.stop()).await?;
        client.batch_execute("analyze audit_heads; analyze applications").await?;
        let began = Instant::now();
        let found = verify(&client, trusted, None).await?;
        let verified = began.elapsed().as_secs_f64();
        anyhow::ensure!(found.faults == 0 && found.checkpoints > 0 && found.uncovered == 0, "{found:?}");
        let began = Instant::now();
        let counted: i64 = client.query_one("select count(sha256(payload)) from application_events", &[]).await?.get(0);
        let scanned = began.elapsed().as_secs_f64();
        let what = |what: &str| format!("{counted} events: {what}");
        Ok(vec![
            Figure::new(what("projections made again and put in place"), built, "s").target(30.0),
            Figure::new(what("projections made again and compared"), checked, "s"),
            Figure::new(what("audit verified, with signed checkpoints"), verified, "s")
                .target(10.0)
                .limit(scanned, "s: PostgreSQL hashes them where they are"),
            Figure::new("audit: memory", peak_memory(), "MB"),
        ])
    })
}

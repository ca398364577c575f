//! How much one address may ask of the API: reads and writes apart, by the generic cell rate algorithm (ITU-T I.371), so that
//! nobody's haste is everybody's.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use polis_actors::http::{Admit, Asked, Problem};
use polis_actors::runtime::{Guarded, spawn_guarded};
use serde::Deserialize;
use warp::http::{Method, StatusCode};

/// How much one address may ask for; 0 is no limit.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// `GET`, in the long run.
    pub reads_per_second: u32,
    /// `GET`, after a rest.
    pub reads_at_once: u32,
    /// Everything else, in the long run.
    pub writes_per_second: u32,
    /// Everything else, after a rest.
    pub writes_at_once: u32,
}

type Limiter = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock, NoOpMiddleware<std::time::Instant>>;

/// How often addresses of which nothing was heard are forgotten.
const FORGET: Duration = Duration::from_secs(30);
/// The provider tells us what it must, and its word is checked by signature.
const WEBHOOK: &str = "/api/payments/webhook";

struct Limits {
    reads: Option<Arc<Limiter>>,
    writes: Option<Arc<Limiter>>,
    behind_proxy: bool,
    _forgetting: Guarded<()>,
}

fn limiter(per_second: u32, at_once: u32) -> Option<Arc<Limiter>> {
    let quota = Quota::per_second(NonZeroU32::new(per_second)?);
    let quota = NonZeroU32::new(at_once).map_or(quota, |at_once| quota.allow_burst(at_once));
    Some(Arc::new(RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock)))
}

/// Turns requests away that are too many. Call it on the process's runtime.
pub fn limits(config: LimitsConfig, behind_proxy: bool) -> Admit {
    let reads = limiter(config.reads_per_second, config.reads_at_once);
    let writes = limiter(config.writes_per_second, config.writes_at_once);
    let known = [reads.clone(), writes.clone()];
    let forgetting = spawn_guarded(async move {
        loop {
            tokio::time::sleep(FORGET).await;
            for limiter in known.iter().flatten() {
                limiter.retain_recent();
                limiter.shrink_to_fit();
            }
        }
    });
    let limits = Limits { reads, writes, behind_proxy, _forgetting: forgetting };
    Arc::new(move |asked| limits.check(asked))
}

impl Limits {
    fn check(&self, asked: &Asked<'_>) -> Result<(), Problem> {
        if !asked.path.starts_with("/api/") || asked.path == WEBHOOK {
            return Ok(());
        }
        let reads = matches!(*asked.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let Some(limiter) = (if reads { &self.reads } else { &self.writes }) else { return Ok(()) };
        limiter.check_key(&self.client(asked)).map_err(|wait| {
            metrics::counter!("http_turned_away_total", "kind" => if reads { "read" } else { "write" }).increment(1);
            let wait = wait.wait_time_from(MonotonicClock.now());
            let seconds = wait.as_secs() + 1;
            let what = format!("too many requests from this address; come again in {seconds} s");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, what).retry_after(seconds)
        })
    }

    /// Who asks. Only the last proxy is ours: what stands before its entry anybody could have written.
    fn client(&self, asked: &Asked<'_>) -> IpAddr {
        let said = || asked.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok();
        let last = || said()?.rsplit(',').next()?.trim().parse().ok();
        let client = self.behind_proxy.then(last).flatten().unwrap_or(asked.peer);
        network(client)
    }
}

/// One subscriber has a whole /64 of IPv6 (RFC 6177).
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderMap;

    use super::*;

    fn ask(admit: &Admit, method: &Method, path: &str, peer: &str, forwarded: &str) -> bool {
        let mut headers = HeaderMap::new();
        if !forwarded.is_empty() {
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        admit(&Asked { method, path, headers: &headers, peer: peer.parse().unwrap() }).is_ok()
    }

    #[tokio::test]
    async fn each_address_has_its_own_measure() {
        let config = LimitsConfig { reads_per_second: 0, reads_at_once: 0, writes_per_second: 1, writes_at_once: 2 };
        let direct = limits(config, false);
        let post = |peer: &str| ask(&direct, &Method::POST, "/api/quotes", peer, "10.0.0.9");
        assert_eq!([post("10.0.0.1"), post("10.0.0.1"), post("10.0.0.1")], [true, true, false]);
        assert!(post("10.0.0.2"), "somebody else is not concerned");
        assert_eq!(
            [post("2001:db8::1"), post("2001:db8::2"), post("2001:db8::3")],
            [true, true, false],
            "one subscriber"
        );
        assert!(ask(&direct, &Method::GET, "/api/products", "10.0.0.1", ""), "no limit for reads");
        assert!(ask(&direct, &Method::POST, WEBHOOK, "10.0.0.1", ""), "the provider is always heard");

        let proxied = limits(config, true);
        let post = |forwarded: &str| ask(&proxied, &Method::POST, "/api/quotes", "10.0.0.1", forwarded);
        assert_eq!([post("1.1.1.1"), post("2.2.2.2, 1.1.1.1"), post("3.3.3.3, 1.1.1.1")], [true, true, false]);
        assert!(post("1.1.1.1, 2.2.2.2"));
    }
}

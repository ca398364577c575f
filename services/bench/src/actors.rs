//! Send and ask, beside plain actix on the same machine in the same run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use actix::{Actor, Arbiter, Context, Handler};
use polis_actors::runtime::{Background, ChildSpec, Ctx, Handle, Message, Reply, Service, SupervisorSpec};

use crate::figure::Figure;

const ASKS: u64 = 100_000;
const SENDS: u64 = 1_000_000;
const LONG: Duration = Duration::from_secs(30);

struct Counter(Arc<AtomicU64>);

struct Add(u64);

impl Service for Counter {
    const KIND: &'static str = "counter";
}

impl Message for Add {
    type Reply = u64;
}

impl Handle<Add> for Counter {
    fn handle(&mut self, Add(n): Add, _: &mut Ctx<'_, Self>) -> Reply<Self, u64> {
        Reply::Now(self.0.fetch_add(n, Relaxed))
    }
}

impl Actor for Counter {
    type Context = Context<Self>;
}

impl actix::Message for Add {
    type Result = u64;
}

impl Handler<Add> for Counter {
    type Result = u64;

    fn handle(&mut self, Add(n): Add, _: &mut Self::Context) -> u64 {
        self.0.fetch_add(n, Relaxed)
    }
}

/// Operations a second: asks one after the other, then sends as fast as the mailbox takes them.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let plain = actix_figures()?;
    let ours = our_figures()?;
    let beside = "plain actix";
    Ok(vec![
        Figure::new("actors: ask and answer, one after the other", ours.0, "1/s").limit(plain.0, beside),
        Figure::new("actors: send, until all are handled", ours.1, "1/s").limit(plain.1, beside),
    ])
}

fn our_figures() -> anyhow::Result<(f64, f64)> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let counted = Arc::new(AtomicU64::new(0));
        let state = counted.clone();
        let build = move |placer| {
            let spec = ChildSpec::new("counter", move |_| Ok(Counter(state.clone()))).mailbox(1024);
            let (actor, child) = spec.build();
            (SupervisorSpec::new("bench").child(child).build(placer).1, actor)
        };
        let (_tree, actor) = Background::start("bench", build).await?;
        let began = Instant::now();
        for _ in 0..ASKS {
            actor.ask(Add(1), LONG).await.map_err(|e| anyhow::anyhow!(e.to_string()))?;
        }
        let asks = ASKS as f64 / began.elapsed().as_secs_f64();
        counted.store(0, Relaxed);
        let began = Instant::now();
        for _ in 0..SENDS {
            actor.tell(Add(1), LONG).await.map_err(|e| anyhow::anyhow!(e.to_string()))?;
        }
        while counted.load(Relaxed) < SENDS {
            tokio::task::yield_now().await;
        }
        Ok((asks, SENDS as f64 / began.elapsed().as_secs_f64()))
    })
}

fn actix_figures() -> anyhow::Result<(f64, f64)> {
    let system = actix::System::new();
    system.block_on(async {
        let counted = Arc::new(AtomicU64::new(0));
        let state = counted.clone();
        let arbiter = Arbiter::new();
        let actor = Counter::start_in_arbiter(&arbiter.handle(), move |context| {
            context.set_mailbox_capacity(1024);
            Counter(state)
        });
        let began = Instant::now();
        for _ in 0..ASKS {
            actor.send(Add(1)).await?;
        }
        let asks = ASKS as f64 / began.elapsed().as_secs_f64();
        counted.store(0, Relaxed);
        let began = Instant::now();
        for _ in 0..SENDS {
            let mut message = Add(1);
            while let Err(actix::dev::SendError::Full(back)) = actor.try_send(message) {
                message = back;
                tokio::task::yield_now().await;
            }
        }
        while counted.load(Relaxed) < SENDS {
            tokio::task::yield_now().await;
        }
        let sends = SENDS as f64 / began.elapsed().as_secs_f64();
        arbiter.stop();
        Ok((asks, sends))
    })
}

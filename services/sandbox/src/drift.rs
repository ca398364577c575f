//! Prices change by themselves.

use std::sync::Arc;

use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service};
use rust_decimal::Decimal;

use crate::config::DriftConfig;
use crate::market::Market;

struct Drift {
    market: Market,
}

/// A child that changes prices as the market's drift says, which may change.
pub(crate) fn drift(market: &Market) -> Arc<dyn Child> {
    let market = market.clone();
    ChildSpec::new("drift", move |_| Ok(Drift { market: market.clone() })).build().1
}

impl Service for Drift {
    const KIND: &'static str = "drift";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        ctx.spawn_linked(run(self.market.clone(), ctx.progress()), |_, never, _| match never {});
    }
}

async fn run(market: Market, progress: Progress) -> std::convert::Infallible {
    let mut wanted = market.drift.subscribe();
    loop {
        let DriftConfig { every, seed } = *wanted.borrow_and_update();
        let mut random = fastrand::Rng::with_seed(seed);
        progress.healthy(if every.0.is_zero() { "prices stand still" } else { "prices drift" });
        loop {
            let wait = async {
                if every.0.is_zero() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(every.0).await;
            };
            tokio::select! {
                () = wait => change_one(&market, &mut random),
                // The market has a sender: it does not end before this does.
                _ = wanted.changed() => break,
            }
        }
    }
}

/// A few per cent up or down, in whole roubles.
fn change_one(market: &Market, random: &mut fastrand::Rng) {
    market.with(|insurers| {
        let mut tariffs: Vec<_> = insurers
            .values_mut()
            .flat_map(|insurer| insurer.products.values_mut())
            .flat_map(|product| &mut product.tariffs)
            .collect();
        let count = tariffs.len();
        let Some(tariff) = tariffs.get_mut(random.usize(..count.max(1))) else { return };
        let percent = Decimal::from(random.i64(1..=4) * if random.bool() { 1 } else { -1 });
        let changed = (tariff.premium * (Decimal::ONE_HUNDRED + percent) / Decimal::ONE_HUNDRED).round();
        tariff.premium = changed.max(Decimal::ONE_HUNDRED);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_changes() {
        let prices = |seed| {
            let (market, mut random) = (Market::invented().unwrap(), fastrand::Rng::with_seed(seed));
            (0..100).for_each(|_| change_one(&market, &mut random));
            market.with(|insurers| {
                let products = insurers.values().flat_map(|insurer| insurer.products.values());
                products.flat_map(|product| product.tariffs.iter().map(|t| t.premium)).collect::<Vec<_>>()
            })
        };
        assert_eq!(prices(7), prices(7));
        assert_ne!(prices(7), prices(8));
    }
}

//! Prices change by themselves.

use std::sync::Arc;

use polis_actors::runtime::{Child, ChildSpec, Ctx, Service};
use rust_decimal::Decimal;

use crate::config::DriftConfig;
use crate::market::Market;

struct Drift {
    market: Market,
    config: DriftConfig,
    random: fastrand::Rng,
}

pub(crate) fn drift(market: &Market, config: DriftConfig) -> Arc<dyn Child> {
    let market = market.clone();
    ChildSpec::new("drift", move |_| {
        Ok(Drift { market: market.clone(), config, random: fastrand::Rng::with_seed(config.seed) })
    })
    .build()
    .1
}

impl Service for Drift {
    const KIND: &'static str = "drift";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        if self.config.every.0.is_zero() {
            ctx.progress().healthy("prices stand still");
            return;
        }
        ctx.progress().healthy("prices drift");
        ctx.every(self.config.every.0, |drift, _| drift.change_one());
    }
}

impl Drift {
    /// A few per cent up or down, in whole roubles.
    fn change_one(&mut self) {
        let random = &mut self.random;
        self.market.with(|insurers| {
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
}

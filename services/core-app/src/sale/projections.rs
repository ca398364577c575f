//! What lists show of applications and policies, as columns: written with the events of one application, or for all of them
//! when they are made from the events again.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::{Statement, applications, projections};
use rust_decimal::Decimal;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::state::{Application, Received, Status};

/// Where rows go.
#[derive(Clone, Copy)]
pub(super) struct Target {
    applications: &'static Statement,
    policies: &'static Statement,
}

/// The tables in use. What was there is brought up to date; its first times stay.
pub(super) const IN_USE: Target =
    Target { applications: &applications::PROJECT, policies: &applications::PROJECT_POLICY };
/// The tables beside them.
pub(super) const REBUILT: Target =
    Target { applications: &projections::ADD_APPLICATIONS, policies: &projections::ADD_POLICIES };

/// When things happened that rows tell of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// The first event.
    pub(super) created: Timestamp,
    /// The last one.
    pub(super) changed: Timestamp,
    /// When there was a policy; of no interest where there is none.
    pub(super) issued: Timestamp,
}

/// Rows, by column.
#[derive(Default)]
pub(super) struct Rows {
    ids: Vec<Uuid>,
    versions: Vec<i64>,
    statuses: Vec<&'static str>,
    insurers: Vec<String>,
    products: Vec<String>,
    names: Vec<String>,
    tariffs: Vec<String>,
    currencies: Vec<String>,
    premiums: Vec<Decimal>,
    paid: Vec<Decimal>,
    to_refund: Vec<Decimal>,
    refunded: Vec<Decimal>,
    persons: Vec<Option<Uuid>>,
    numbers: Vec<Option<String>>,
    created: Vec<Timestamp>,
    changed: Vec<Timestamp>,
    policies: Policies,
}

#[derive(Default)]
struct Policies {
    numbers: Vec<String>,
    ids: Vec<Uuid>,
    statuses: Vec<&'static str>,
    from: Vec<Date>,
    to: Vec<Date>,
    issued: Vec<Timestamp>,
    cancelled: Vec<Option<Date>>,
}

impl Rows {
    /// How many applications.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Adds an application, and its policy if there is one.
    pub(super) fn push(&mut self, id: Uuid, state: &Application, times: Times) {
        let sum = |part: fn(&Received) -> Decimal| state.received.iter().map(part).sum::<Decimal>();
        let quote = &state.quote;
        self.ids.push(id);
        self.versions.push(state.version);
        self.statuses.push(state.status.as_str());
        self.insurers.push(quote.insurer_id.clone());
        self.products.push(quote.product_id.clone());
        self.names.push(quote.product_name.clone());
        self.tariffs.push(quote.tariff_id.clone());
        self.currencies.push(state.currency().to_owned());
        self.premiums.push(state.premium());
        self.paid.push(sum(|payment| payment.paid));
        self.to_refund.push(sum(|payment| payment.to_refund));
        self.refunded.push(sum(|payment| payment.refunded));
        self.persons.push(state.person_id().and_then(|id| id.parse().ok()));
        self.numbers.push(state.policy_number.clone());
        self.created.push(times.created);
        self.changed.push(times.changed);
        if let (Some(number), Some((from, to))) = (&state.policy_number, state.period()) {
            let policies = &mut self.policies;
            policies.numbers.push(number.clone());
            policies.ids.push(id);
            policies.statuses.push(if state.status == Status::Cancelled { "cancelled" } else { "issued" });
            policies.from.push(from);
            policies.to.push(to);
            policies.issued.push(times.issued);
            policies.cancelled.push(state.cancelled_from);
        }
    }

    /// Writes all of them, in the caller's open transaction.
    ///
    /// # Errors
    /// When a statement fails.
    pub(super) async fn write(&self, transaction: &Transaction<'_>, target: Target) -> Result<(), DatabaseError> {
        let columns: [&(dyn ToSql + Sync); 16] = [
            &self.ids,
            &self.versions,
            &self.statuses,
            &self.insurers,
            &self.products,
            &self.names,
            &self.tariffs,
            &self.currencies,
            &self.premiums,
            &self.paid,
            &self.to_refund,
            &self.refunded,
            &self.persons,
            &self.numbers,
            &self.created,
            &self.changed,
        ];
        transaction.run(target.applications, &columns).await?;
        let Policies { numbers, ids, statuses, from, to, issued, cancelled } = &self.policies;
        if numbers.is_empty() {
            return Ok(());
        }
        let columns: [&(dyn ToSql + Sync); 7] = [numbers, ids, statuses, from, to, issued, cancelled];
        transaction.run(target.policies, &columns).await.map(drop)
    }
}

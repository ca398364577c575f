//! The payments that the provider knows of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::fault::PaymentFault;

/// All payments. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Till {
    inner: Arc<Mutex<Inner>>,
    /// There is something to be told.
    pub(super) news: Arc<Notify>,
}

/// What is behind the lock.
#[derive(Debug, Default)]
pub struct Inner {
    /// By the provider's name.
    pub payments: HashMap<String, Payment>,
    /// What was answered to which key.
    pub(super) by_key: HashMap<String, String>,
    /// Refunds by their key.
    pub(super) refunds: HashMap<String, Refund>,
    /// How it misbehaves.
    pub fault: Option<PaymentFault>,
    /// Outcomes that are to be told, and how that goes wrong: decided together with the outcome.
    pub(super) untold: Vec<(Payment, Option<PaymentFault>)>,
    /// Decides upon payments as soon as they are made; payers do when absent.
    pub decides: Option<PaymentStatus>,
}

/// A payment.
#[derive(Clone, Debug, Serialize)]
pub struct Payment {
    /// The provider's name of it.
    pub id: String,
    /// Where it is.
    pub status: PaymentStatus,
    /// How much.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// The caller's name of it.
    pub order: String,
    /// Which attempt.
    pub attempt: i32,
    /// Where the payer pays.
    pub url: String,
    /// Why it was declined.
    pub reason: String,
    /// What the payer sees.
    #[serde(skip)]
    pub description: String,
    /// Where the payer goes afterwards.
    #[serde(skip)]
    pub return_url: String,
    /// Where notifications go.
    #[serde(skip)]
    pub webhook_url: String,
    /// What went back.
    pub refunded: Decimal,
}

/// Where a payment is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentStatus {
    /// The payer has not decided.
    Pending,
    /// The money has come.
    Succeeded,
    /// There will be no money.
    Declined,
}

/// A refund.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) amount: Decimal,
    /// ISO 4217.
    pub(super) currency: String,
}

impl Till {
    /// Looks at or changes the payments.
    pub fn with<R>(&self, f: impl FnOnce(&mut Inner) -> R) -> R {
        f(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn fault(&self) -> Option<PaymentFault> {
        self.with(|till| till.fault.clone())
    }

    /// Decides upon a payment; none when there is no such payment or it was decided before.
    pub(super) fn decide(&self, id: &str, status: PaymentStatus, reason: &str) -> Option<Payment> {
        self.with(|till| {
            let wrong = till.fault == Some(PaymentFault::WrongAmount);
            let payment = till.payments.get_mut(id)?;
            if payment.status != PaymentStatus::Pending {
                return None;
            }
            payment.status = status;
            reason.clone_into(&mut payment.reason);
            if wrong {
                payment.amount -= Decimal::ONE;
            }
            Some(payment.clone())
        })
    }
}

//! Notifications: signed, and sent again until somebody takes them.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use polis_actors::runtime::{Child, ChildSpec, Ctx, Service, spawn_guarded};
use reqwest::Client;
use ring::hmac;
use serde_json::json;

use super::fault::PaymentFault;
use super::till::{Payment, PaymentStatus, Till};
use crate::door::SECRET;

const ANSWER: Duration = Duration::from_secs(10);
/// Times between tries.
const AGAIN: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(30),
];

struct Messenger {
    till: Till,
    client: Client,
}

/// A child that tells whoever asked for a payment what became of it.
pub(crate) fn messenger(till: &Till) -> Arc<dyn Child> {
    let till = till.clone();
    ChildSpec::new("notifications", move |_| {
        // Installed already when another part of the process needed it first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(ANSWER).build()?;
        Ok(Messenger { till: till.clone(), client })
    })
    .build()
    .1
}

impl Service for Messenger {
    const KIND: &'static str = "notifications";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        ctx.progress().healthy("telling what became of payments");
        let run = run(self.till.clone(), self.client.clone());
        ctx.spawn_linked(run, |_, never, _| match never {});
    }
}

async fn run(till: Till, client: Client) -> std::convert::Infallible {
    let mut telling = FuturesUnordered::new();
    loop {
        let untold = till.with(|till| std::mem::take(&mut till.untold));
        telling.extend(
            untold
                .into_iter()
                .map(|(payment, fault)| spawn_guarded(tell(till.clone(), client.clone(), payment, fault))),
        );
        tokio::select! {
            () = till.news.notified() => {}
            // A panic while telling is ours: it must reach the supervisor as one.
            Some(told) = telling.next() => told.unwrap_or_else(|exit| panic!("{exit}")),
        }
    }
}

/// Tells it in the background.
pub(super) fn notify(till: &Till, payment: Payment) {
    till.with(|till| till.untold.push((payment, till.fault.clone())));
    till.news.notify_one();
}

/// Tells it, and waits until it is taken or given up.
async fn tell(till: Till, client: Client, payment: Payment, fault: Option<PaymentFault>) {
    if fault == Some(PaymentFault::NotificationLost) {
        return;
    }
    if matches!(fault, Some(PaymentFault::AnswersDiffer | PaymentFault::DeclinedFalsely)) {
        let other = Payment { status: PaymentStatus::Declined, reason: "declined".to_owned(), ..payment.clone() };
        send(&till, &client, &other).await;
    }
    if fault == Some(PaymentFault::DeclinedFalsely) {
        return;
    }
    send(&till, &client, &payment).await;
    if fault == Some(PaymentFault::NotificationTwice) {
        send(&till, &client, &payment).await;
    }
}

async fn send(till: &Till, client: &Client, payment: &Payment) {
    let id = format!("evt-{}-{}", payment.id, if payment.status == PaymentStatus::Succeeded { "ok" } else { "no" });
    let body = json!({ "id": id, "payment": payment }).to_string();
    for wait in AGAIN {
        tokio::time::sleep(wait).await;
        let bad = till.fault() == Some(PaymentFault::BadSignature);
        let signature = sign(if bad { "guessed" } else { SECRET }, &body);
        let request = client.post(&payment.webhook_url).header("polis-provider-signature", signature);
        let sent = request.header("content-type", "application/json").body(body.clone()).send().await;
        if sent.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
    }
    tracing::warn!(payment = payment.id, "nobody takes the notification");
}

/// `t=<seconds>,v1=<HMAC-SHA256 of "t.body", hex>`.
fn sign(secret: &str, body: &str) -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hex}")
}

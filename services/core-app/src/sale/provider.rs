//! The payment provider: payments, refunds, and the signature of its notifications.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use ring::hmac;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::hex::unhex;

/// Where the provider is and who we are to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Its address.
    pub url: Url,
    /// What it knows us by, and signs its notifications with.
    pub secret: String,
    /// Where it reaches us, when that is not where browsers do.
    pub callback: Option<Url>,
}

/// Why a call gave nothing.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// Nobody answered, or not in time, or with an error of its own: the same call is made again.
    #[error("the payment provider does not answer: {0}")]
    Away(String),
    /// It says no, and would again.
    #[error("the payment provider refuses: {status} {reason}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it says.
        reason: String,
    },
}

/// What the provider knows of a payment.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Payment {
    /// Its name of it.
    pub id: String,
    /// Where it is.
    pub status: PaymentStatus,
    /// What was or is to be paid.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// Our name of it.
    pub order: String,
    /// Which attempt.
    pub attempt: i32,
    /// Where the payer pays.
    #[serde(default)]
    pub url: String,
    /// Why it was declined.
    #[serde(default)]
    pub reason: String,
}

/// Where a payment is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentStatus {
    /// The payer has not decided.
    Pending,
    /// The money has come.
    Succeeded,
    /// There will be no money.
    Declined,
}

/// A notification.
#[derive(Clone, Debug, Deserialize)]
pub struct Notification {
    /// Its own identity: the same one may come twice.
    pub id: String,
    /// The payment as it is.
    pub payment: Payment,
}

/// A refund.
#[derive(Clone, Debug, Deserialize)]
pub struct Refund {
    /// The provider's name of it.
    pub id: String,
    /// How much went back.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
}

/// What is to be paid.
#[derive(Clone, Debug, Serialize)]
pub struct Wanted<'a> {
    /// Our name of it.
    pub order: &'a str,
    /// Which attempt.
    pub attempt: i32,
    /// How much.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: &'a str,
    /// What the payer sees.
    pub description: &'a str,
    /// Where the payer goes afterwards.
    pub return_url: &'a str,
    /// Where notifications go.
    pub webhook_url: &'a str,
}

/// Calls the provider.
#[derive(Clone, Debug)]
pub struct Provider {
    client: Client,
    config: ProviderConfig,
}

const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);
/// How far the clocks of provider and us may be apart, and how long a notification may be on its way.
pub const TOLERANCE: Duration = Duration::from_secs(300);

impl Provider {
    /// A client.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(config: ProviderConfig) -> Result<Self, reqwest::Error> {
        // Installed already when another part of the process needed it first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().connect_timeout(CONNECT).timeout(ANSWER).user_agent("polis-core-app").build()?;
        Ok(Self { client, config })
    }

    /// Where notifications go.
    pub(super) fn webhook(&self, public: &str) -> String {
        let base = self.config.callback.as_ref().map_or(public, Url::as_str);
        format!("{}/api/payments/webhook", base.trim_end_matches('/'))
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.config.url.as_str().trim_end_matches('/'))
    }

    /// Makes a payment; the same one when it was made before with this key.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn pay(&self, idempotency_key: &str, wanted: &Wanted<'_>) -> Result<Payment, ProviderError> {
        let request =
            self.client.post(self.address("/payments")).header("idempotency-key", idempotency_key).json(wanted);
        self.send(request).await
    }

    /// What became of a payment.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn look(&self, payment_id: &str) -> Result<Payment, ProviderError> {
        self.send(self.client.get(self.address(&format!("/payments/{payment_id}")))).await
    }

    /// Pays back; once for each key.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn refund(
        &self, idempotency_key: &str, payment_id: &str, amount: Decimal, currency: &str,
    ) -> Result<Refund, ProviderError> {
        let body = serde_json::json!({ "amount": amount, "currency": currency });
        let request = self.client.post(self.address(&format!("/payments/{payment_id}/refunds")));
        self.send(request.header("idempotency-key", idempotency_key).json(&body)).await
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T, ProviderError> {
        let away = |error: reqwest::Error| ProviderError::Away(polis_actors::runtime::error_text(&error));
        let response = request.bearer_auth(&self.config.secret).send().await.map_err(away)?;
        let status = response.status();
        if status.is_success() {
            return response.json().await.map_err(away);
        }
        let reason = reason(response).await;
        let passes = status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT);
        if passes {
            return Err(ProviderError::Away(format!("{status} {reason}")));
        }
        Err(ProviderError::Refused { status: status.as_u16(), reason })
    }

    /// Whether a notification is the provider's, and of now: `t=<seconds>,v1=<HMAC-SHA256 of "t.body", hex>`.
    pub fn signed(&self, signature: &str, body: &[u8], now_seconds: i64) -> bool {
        let part = |name: &str| signature.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        let (Some(time), Some(given)) = (part("t"), part("v1")) else { return false };
        let fresh = time.parse::<i64>().is_ok_and(|time| time.abs_diff(now_seconds) <= TOLERANCE.as_secs());
        let Some(given) = unhex(given) else { return false };
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.config.secret.as_bytes());
        let message = [time.as_bytes(), b".", body].concat();
        fresh && hmac::verify(&key, &message, &given).is_ok()
    }
}

async fn reason(response: Response) -> String {
    const MOST: usize = 200;
    let text = response.text().await.unwrap_or_default();
    text.chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_providers_word_of_now_is_taken() {
        let config =
            ProviderConfig { url: "http://provider.test".parse().unwrap(), secret: "word".to_owned(), callback: None };
        let provider = Provider::new(config).unwrap();
        let sign = |secret: &str, time: i64, body: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
            format!("t={time},v1={}", crate::hex::hex(tag.as_ref()))
        };
        let good = sign("word", 1000, "{}");
        assert!(provider.signed(&good, b"{}", 1000) && provider.signed(&good, b"{}", 1300));
        assert!(!provider.signed(&good, b"{ }", 1000), "another body");
        assert!(!provider.signed(&good, b"{}", 1301), "an old one, played again");
        assert!(!provider.signed(&good, b"{}", 600), "one from the future");
        assert!(!provider.signed(&sign("guess", 1000, "{}"), b"{}", 1000));
        for nonsense in ["", "t=1000", "v1=00", "t=1000,v1=zz", "t=x,v1=00", "t=1000,v1=0"] {
            assert!(!provider.signed(nonsense, b"{}", 1000), "{nonsense}");
        }
    }
}

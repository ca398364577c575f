//! Who is turned away at the door of core-app, over real HTTP: forged and stale notifications, a request whose key is under
//! way, whoever asks for too much, pages of other origins.

use std::time::Duration;

use reqwest::{Method, Response};
use ring::hmac;
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use super::buyer::{Buyer, ask, key, person, wish};
use super::contract;
use super::polis::{Polis, until};
use polis_stack::CORE_DATABASE;

const WEBHOOK: &str = "/api/payments/webhook";
/// What the sandbox signs with.
const SECRET: &str = "sandbox";
/// Longer than a notification may be on its way.
const STALE: i64 = 301;
const SHOP: &str = "https://shop.example";

/// Sends a notification that says it is of then; answers the status.
async fn notify(polis: &Polis, secret: &str, ago: i64, signed: &str, sent: &str) -> u16 {
    let time = jiff::Timestamp::now().as_second() - ago;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), format!("{time}.{signed}").as_bytes());
    let tag: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = polis.http.post(polis.core(WEBHOOK)).header("content-type", "application/json");
    let request = request.header("polis-provider-signature", format!("t={time},v1={tag}"));
    let answer = request.body(sent.to_owned()).send().await.unwrap();
    let status = answer.status().as_u16();
    contract::answered(polis, &Method::POST, WEBHOOK, serde_json::from_str(sent).ok().as_ref(), answer).await.unwrap();
    status
}

/// The provider says how a payment is now; answers the status.
pub async fn told_of(polis: &Polis, payment: &Value) -> u16 {
    let notification = json!({ "id": format!("evt-{}-{}", payment["id"], key()), "payment": payment }).to_string();
    notify(polis, SECRET, 0, &notification, &notification).await
}

/// Only the provider's own word of now about the payer's money is taken, and taken once.
pub async fn notifications_are_the_providers_and_of_now(polis: &Polis) {
    let buyer = Buyer::paying(polis).await;
    until("the payer can pay", || buyer.is_asked()).await;
    let of = |status: &str, payment: &Value| {
        let mut payment = payment.clone();
        payment["status"] = status.into();
        json!({ "id": format!("evt-{}-{status}", payment["id"]), "payment": payment }).to_string()
    };
    let payment = buyer.made(1).await;
    let (paid, declined) = (of("succeeded", &payment), of("declined", &payment));
    let before = buyer.events().await;
    for (secret, ago, signed, what) in [
        ("guessed", 0, &paid, "another secret"),
        (SECRET, 0, &declined, "another body"),
        (SECRET, STALE, &paid, "one of before, played again"),
        (SECRET, -2 * STALE, &paid, "one of later"),
    ] {
        assert_eq!(notify(polis, secret, ago, signed, &paid).await, 401, "{what}");
    }
    assert_eq!(buyer.events().await, before, "nobody believed a word");
    for _ in 0..2 {
        assert_eq!(notify(polis, SECRET, STALE - 60, &declined, &declined).await, 204, "late, but not too late");
    }
    let events = buyer.events().await;
    assert_eq!(events.iter().filter(|event| *event == "payment-failed").count(), 1, "taken once: {events:?}");
}

/// While a request is carried out, the same one with its key is told so, and afterwards it gets the answer of the first.
pub async fn a_key_under_way_is_told_so(polis: &Polis) {
    let address = polis.stack.addresses().database_url(CORE_DATABASE);
    let (holding, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
    let _driver = tokio::spawn(connection);
    let buyer = Buyer::quoted(polis).await;
    let submission = format!("/api/applications/{}/submission", buyer.id);
    for (path, body) in [("/api/quotes", wish()), (&*submission, person())] {
        let (one, token) = (key(), buyer.token.as_str());
        let post = || ask(polis, Method::POST, path, token, &one, Some(&body));
        // Nobody can write an event: whoever is asked to stands still in the middle of it.
        holding.batch_execute("begin; lock table application_events in exclusive mode").await.unwrap();
        let second = async {
            until("the first one waits", || async {
                let waits =
                    "select count(*) from pg_locks where not granted and relation = 'application_events'::regclass";
                polis.core_count(waits).await == 1
            })
            .await;
            let told = post().await;
            holding.batch_execute("rollback").await.unwrap();
            told
        };
        let (first, (status, problem)) = tokio::join!(post(), second);
        assert!(status == 409 && problem["under_way"] == true, "{path}: {status} {problem}");
        assert!((200..300).contains(&first.0), "{path}: {first:?}");
        assert_eq!(post().await, first, "{path}: the same answer");
    }
}

/// Who was refused may ask again at once with the same key: nothing is under way any more when the refusal is there.
pub async fn a_refusal_is_the_end_of_a_request(polis: &Polis) {
    let buyer = Buyer::quoted(polis).await;
    let (path, one, nothing) = (format!("/api/applications/{}/reservation", buyer.id), key(), json!({}));
    let post = || ask(polis, Method::POST, &path, &buyer.token, &one, Some(&nothing));
    let first = post().await;
    assert!(first.0 == 409 && first.1["status_now"] == "quoted", "{first:?}");
    for _ in 0..20 {
        assert_eq!(post().await, first);
    }
}

/// A request that an older core-app has answered is answered by this one, though it would not take it; another one with that
/// key is refused.
pub async fn a_key_of_before_an_upgrade_is_known(polis: &Polis) {
    let address = polis.stack.addresses().database_url(CORE_DATABASE);
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
    let _driver = tokio::spawn(connection);
    let (one, body) = (key(), r#"{"tariff": "base of before"}"#);
    let kept = json!({ "application_id": uuid::Uuid::nil(), "status": "quoted" });
    // As it was kept until prints were keyed.
    let keep = "insert into idempotency_keys (scope, key, request_hash, status, body)
        values ('/api/quotes', encode(sha256(convert_to($1, 'UTF8')), 'hex'), sha256(convert_to($2, 'UTF8')), 201, $3)";
    client.execute(keep, &[&one, &body, &kept.to_string()]).await.unwrap();
    let send = async |body: &str| {
        let request = polis.http.post(polis.core("/api/quotes")).header("idempotency-key", &one);
        request.body(body.to_owned()).send().await.unwrap()
    };
    let answer = send(body).await;
    let replayed = answer.headers().get("idempotent-replayed").cloned();
    assert_eq!((answer.status().as_u16(), replayed), (201, Some("true".parse().unwrap())));
    assert_eq!(answer.json::<Value>().await.unwrap()["application"], kept);
    assert_eq!(send(r#"{"tariff": "another"}"#).await.status(), 422);
}

/// The page runs scripts of its own only, sends forms to its own server, and is shown in nobody's frame.
pub async fn the_page_runs_what_is_ours_only(polis: &Polis) {
    let page = polis.http.get(polis.core("/")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    for part in ["default-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|said| said == part), "{part} is missing in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

/// core-app with little patience and a page of another origin in place of the one that runs.
async fn restricted(polis: &Polis) {
    polis.stack.remove("core-app").await;
    let mut core = polis.services.core_app(&polis.stack);
    for (name, value) in [
        ("HTTP__LIMITS__WRITES_PER_SECOND", "1"),
        ("HTTP__LIMITS__WRITES_AT_ONCE", "2"),
        ("HTTP__ORIGINS", &format!("[\"{SHOP}\"]")),
    ] {
        core.environment.push((format!("CORE_APP__{name}"), value.to_owned()));
    }
    polis.spawn(core).await;
    polis.stack.until_ready().await.unwrap();
}

pub async fn haste_and_other_origins_are_turned_away(polis: &Polis) {
    restricted(polis).await;
    let hasten = async || {
        let answer = polis.http.post(polis.core("/api/quotes")).json(&wish()).send().await.unwrap();
        let (status, after) = (answer.status().as_u16(), answer.headers().get("retry-after").cloned());
        contract::answered(polis, &Method::POST, "/api/quotes", Some(&wish()), answer).await.unwrap();
        (status, after)
    };
    // Without a key each is refused, and counts.
    let statuses = [hasten().await.0, hasten().await.0];
    assert_eq!(statuses, [400, 400]);
    let (status, after) = hasten().await;
    assert_eq!(status, 429);
    let seconds: u64 = after.unwrap().to_str().unwrap().parse().unwrap();
    assert_eq!(polis.http.get(polis.core("/api/facets")).send().await.unwrap().status(), 200, "whoever looks may");
    assert_eq!(notify(polis, "guessed", 0, "{}", "{}").await, 401, "the provider is always heard");
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    assert_eq!(hasten().await.0, 400, "whoever comes again when told is heard");

    let allowed = |answer: &Response| {
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (header("access-control-allow-origin"), header("access-control-allow-headers").unwrap_or_default())
    };
    let preflight = async |origin: &str| {
        let request = polis.http.request(Method::OPTIONS, polis.core("/api/quotes")).header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        let request = request.header("access-control-request-headers", "authorization,content-type,idempotency-key");
        allowed(&request.send().await.unwrap())
    };
    let (origin, headers) = preflight(SHOP).await;
    assert_eq!(origin.as_deref(), Some(SHOP));
    assert!(
        ["authorization", "content-type", "idempotency-key"].iter().all(|name| headers.contains(name)),
        "{headers}"
    );
    assert_eq!(preflight("https://elsewhere.example").await.0, None);
    for (origin, told) in [(SHOP, Some(SHOP)), ("https://elsewhere.example", None)] {
        let answer = polis.http.get(polis.core("/api/facets")).header("origin", origin).send().await.unwrap();
        assert_eq!(allowed(&answer).0.as_deref(), told, "{origin}");
    }
}

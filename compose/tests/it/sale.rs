//! A policy is bought and paid for on the real parts: the whole way, every disappointment that providers have in store,
//! and in the end the ledgers of the provider, the database and the topic say the same.

use reqwest::Method;
use serde_json::json;

use super::buyer::{Buyer, INSURER, PRODUCT, ask, books_balance, day, fault, key, person, told, wish};
use super::polis::{Polis, until};
use super::{contract, front, metrics, openapi, paper, personal, proof};

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_bought_paid_and_issued_and_every_step_can_be_proved() {
    let polis = Polis::start().await;

    let buyer = Buyer::paying(&polis).await;
    until("the payer can pay", || async { buyer.see().await["payment"]["url"].is_string() }).await;
    buyer.decides("approve", 1).await;
    let sold = buyer.until_status("confirmed").await;
    let number = sold["policy_number"].as_str().unwrap().to_owned();
    assert!(number.starts_with("PL-"), "{sold}");
    let expected =
        ["quoted", "submitted", "reserved", "payment-requested", "payment-started", "payment-succeeded", "confirmed"];
    assert_eq!(buyer.events().await, expected);
    until("the policy is told of", || async { told(&polis).await.contains_key(&number) }).await;
    let policy = told(&polis).await[&number][0].policy.clone().unwrap();
    assert_eq!((policy.application_id.as_str(), policy.tariff_id.as_str()), (&*buyer.id, "base"));

    // As it was, and with who applied.
    let path = format!("/api/applications/{}/audit?version=3", buyer.id);
    let (_, audit) = ask(&polis, Method::GET, &path, &buyer.token, "", None).await;
    assert_eq!(
        (&audit["application"]["status"], &audit["history"][1]["person"]["name"]),
        (&json!("reserved"), &json!("Ирина Вымышленная"))
    );
    assert_eq!(audit["history"][2]["changed"]["status"], json!({ "before": "applied", "after": "reserved" }));

    let (_, audit) =
        ask(&polis, Method::GET, &format!("/api/applications/{}/audit", buyer.id), &buyer.token, "", None).await;
    assert_eq!(
        (&audit["history"][5]["who"], &audit["history"][5]["why"]),
        (&json!("payment-provider"), &json!("webhook"))
    );

    what_else_there_is(&polis, &buyer, &number).await;

    // Given back in the cooling-off period: all of the money, and the insurers' side is told.
    let words = "передумала: муж, Пётр Вымышленный, против";
    buyer.done("cancellation", json!({ "reason": words })).await;
    personal::words_are_shown(&buyer, words).await;
    personal::stands_nowhere_open(&polis, words).await;
    until("the money is back", || async { buyer.see().await["paid"] == "0.00" }).await;
    until("the cancellation is told of", || async { told(&polis).await[&number].len() == 2 }).await;
    let cancelled = told(&polis).await[&number][1].policy.clone().unwrap();
    assert_eq!(cancelled.refund, policy.premium);

    the_audit_shows_it(&polis, &buyer).await;
    personal::words_are_erased(&buyer).await;
    personal::whoever_speaks_can_be_erased(&polis).await;
    personal::what_the_provider_says_can_be_erased(&polis).await;
    proof::what_was_changed_is_found(&polis, &buyer.id).await;
    proof::lists_are_what_the_events_say(&polis, &buyer.id).await;
    the_api_says_what_is_wrong(&polis).await;
    front::notifications_are_the_providers_and_of_now(&polis).await;
    front::a_key_under_way_is_told_so(&polis).await;
    front::a_refusal_is_the_end_of_a_request(&polis).await;
    front::a_key_of_before_an_upgrade_is_known(&polis).await;
    front::the_page_runs_what_is_ours_only(&polis).await;
    a_price_that_changed_is_not_sold(&polis).await;
    books_balance(&polis, 0).await;
    contract::everything_was_seen(&polis);
    front::haste_and_other_origins_are_turned_away(&polis).await;
    polis.stop().await;
}

/// What the way to a policy does not pass: the catalogue, both streams, the policy on paper and its check, the description.
async fn what_else_there_is(polis: &Polis, buyer: &Buyer<'_>, number: &str) {
    let get = async |path: &str| {
        let (status, body) = ask(polis, Method::GET, path, &buyer.token, "", None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    };
    let path = "/api/products?limit=2&sort=-premium";
    let page = get(path).await;
    let next = get(&format!("{path}&cursor={}", page["next"].as_str().unwrap())).await;
    assert_ne!(page["items"], next["items"]);
    let product = get(&format!("/api/products/{INSURER}/{PRODUCT}")).await;
    assert!(product["tariffs"].as_array().unwrap().iter().any(|tariff| tariff["tariff_id"] == "base"), "{product}");
    assert_eq!(get("/api/openapi.json").await, openapi::document(), "what is served is what answers are held against");

    // Who has it is not told again.
    let path = "/api/facets";
    get(path).await;
    let tag = polis.http.get(polis.core(path)).send().await.unwrap().headers()["etag"].clone();
    let again = polis.http.get(polis.core(path)).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    contract::answered(polis, &Method::GET, path, None, again).await.unwrap();

    let own = format!("/api/applications/{}", buyer.id);
    get(&format!("{own}/policy.pdf")).await;
    paper::says_what_was_bought(buyer, number).await;
    let audit = get(&format!("{own}/audit")).await;
    let confirmed = audit["history"].as_array().unwrap().iter().find(|event| event["event"] == "confirmed").unwrap();
    let code = &confirmed["hash"].as_str().unwrap()[..16];
    let policy = get(&format!("/api/policies/{number}?code={code}")).await;
    assert_eq!((&policy["policy_number"], &policy["status"]), (&json!(number), &json!("issued")));

    contract::watched(polis, "/api/products/stream", "", "product").await;
    contract::watched(polis, &format!("{own}/stream"), &buyer.token, "application").await;
}

/// What operators see of it; a person is erased and the chain holds.
async fn the_audit_shows_it(polis: &Polis, buyer: &Buyer<'_>) {
    let admin = polis.core_admin("");
    let polisctl = async |arguments: &[&str]| polis.polisctl(&[arguments, &["--admin", &admin]].concat()).await;
    let (_, shown) = polisctl(&["audit", "show", &buyer.id]).await;
    assert!(shown.contains("the chain holds") && shown.contains("Ирина Вымышленная"), "{shown}");
    assert!(shown.contains("status: reserved -> payment-pending"), "{shown}");
    let (_, shown) = polisctl(&["audit", "show", &buyer.id, "--version", "2"]).await;
    assert!(shown.contains("  applied\n") && !shown.contains("confirmed"), "{shown}");
    let (_, audit) =
        ask(polis, Method::GET, &format!("/api/applications/{}/audit", buyer.id), &buyer.token, "", None).await;
    let (reserved_at, trace) = (audit["history"][2]["at"].as_str().unwrap(), &audit["history"][2]["trace_id"]);
    assert_eq!(trace.as_str().unwrap().len(), 32, "who asked can be found in the traces");
    let (_, shown) = polisctl(&["audit", "as-of", &buyer.id, reserved_at]).await;
    assert!(shown.contains("  reserved\n"), "{shown}");
    assert!(polisctl(&["audit", "erase", &buyer.id, "--by", "olga", "--why", "she asked for it"]).await.0);
    assert!(!polisctl(&["audit", "erase", &buyer.id, "--by", "olga"]).await.0, "once is enough");
    let (fine, shown) = polisctl(&["audit", "verify"]).await;
    assert!(fine && shown.contains("every chain holds"), "{shown}");
    let (_, shown) = polisctl(&["audit", "show", &buyer.id]).await;
    assert!(
        shown.contains("person: erased") && !shown.contains("Ирина") && shown.contains("the chain holds"),
        "{shown}"
    );

    // A timer is seen, moved, and done earlier than it would have been.
    let hasty = Buyer::quoted(polis).await;
    let (_, shown) = polisctl(&["timers", "list", "--application", &hasty.id]).await;
    let timer = shown.split_whitespace().next().unwrap().to_owned();
    assert!(shown.contains("quote"), "{shown}");
    let now = jiff::Timestamp::now().to_string();
    assert!(polisctl(&["timers", "move", &timer, &now, "--by", "olga"]).await.0);
    hasty.until_status("expired").await;
    let (fine, shown) = polisctl(&["timers", "cancel", &timer, "--by", "olga"]).await;
    assert!(!fine && shown.contains("no timer"), "{shown}");
    let noted = "select count(*) from operator_log where by = 'olga'";
    assert_eq!(polis.core_count(noted).await, 2);
}

async fn the_api_says_what_is_wrong(polis: &Polis) {
    let (status, problem) = ask(polis, Method::POST, "/api/quotes", "", "", Some(&wish())).await;
    assert!(status == 400 && problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
    let yesterday = json!({ "insurer_id": INSURER, "product_id": PRODUCT, "tariff_id": "base", "starts_on": day(-1) });
    assert_eq!(ask(polis, Method::POST, "/api/quotes", "", &key(), Some(&yesterday)).await.0, 422);
    let nothing = json!({ "insurer_id": INSURER, "product_id": "none", "tariff_id": "base", "starts_on": day(1) });
    assert_eq!(ask(polis, Method::POST, "/api/quotes", "", &key(), Some(&nothing)).await.0, 404);

    // The same key and body: the same answer. Another body: refused.
    let one = key();
    let first = ask(polis, Method::POST, "/api/quotes", "", &one, Some(&wish())).await;
    assert_eq!(ask(polis, Method::POST, "/api/quotes", "", &one, Some(&wish())).await, first);
    assert_eq!(ask(polis, Method::POST, "/api/quotes", "", &one, Some(&yesterday)).await.0, 422);

    let buyer = Buyer::quoted(polis).await;
    let stranger = Buyer { polis, id: buyer.id.clone(), token: "guessed".to_owned() };
    assert_eq!(stranger.step("submission", person()).await.0, 404);
    assert_eq!(stranger.see().await["status"], 404);
    let (status, problem) =
        buyer.step("submission", json!({ "name": "x", "born_on": "2020-01-01", "email": "x" })).await;
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!((status, fields), (422, vec!["name", "born_on", "email", "phone"]));
    let (status, problem) = buyer.step("payment", json!({})).await;
    assert!(status == 409 && problem["status_now"] == "quoted", "{problem}");
    assert_eq!(buyer.step("nothing", json!({})).await.0, 404);
    let long = json!({ "insurer_id": "x".repeat(20_000) });
    let (status, problem) = ask(polis, Method::POST, "/api/quotes", "", &key(), Some(&long)).await;
    assert!(status == 413 && problem["detail"].as_str().unwrap().contains("longer"), "{problem}");
    let path = "/api/payments/webhook";
    let unsigned = polis.http.post(polis.core(path)).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    contract::answered(polis, &Method::POST, path, None, unsigned).await.unwrap();
}

async fn a_price_that_changed_is_not_sold(polis: &Polis) {
    let buyer = Buyer::quoted(polis).await;
    polis.set_premium(INSURER, PRODUCT, "999.00").await;
    until("the price is new", || async { polis.premium(INSURER, PRODUCT).await == "999.00" }).await;
    let (status, problem) = buyer.step("submission", person()).await;
    assert_eq!((status, &problem["premium"]["amount"]), (409, &json!("999.00")), "{problem}");
    let fresh = Buyer::reserved(polis).await;
    assert_eq!(fresh.see().await["quote"]["premium"]["amount"], "999.00");
    // Once it is reserved the price is kept.
    polis.set_premium(INSURER, PRODUCT, "888.00").await;
    until("the price is newer", || async { polis.premium(INSURER, PRODUCT).await == "888.00" }).await;
    fresh.done("payment", json!({})).await;
    fresh.decides("approve", 1).await;
    fresh.until_status("confirmed").await;
    let paid: rust_decimal::Decimal = fresh.made(1).await["amount"].as_str().unwrap().parse().unwrap();
    assert_eq!(paid, 999.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_provider_does_there_is_a_policy_or_the_money_is_back() {
    let polis = Polis::without_services().await;
    let services = &polis.services;
    let mut core = services.core_app(&polis.stack);
    core.environment.push(("CORE_APP__SALE__PAYMENT".to_owned(), "6s".to_owned()));
    for spec in [services.sandbox(&polis.stack), services.aggregator(&polis.stack), core] {
        polis.spawn(spec).await;
    }
    polis.until_complete().await;
    until("the saga is owned", || async {
        let owned = "select count(*) from leases where expires_at > now()
            and (resource like 'consumer/payments/%' or resource in ('deadlines', 'provider-calls', 'relay/outbox'))";
        polis.core_count(owned).await == 15
    })
    .await;

    // Declined, and paid at the second attempt.
    let buyer = Buyer::paying(&polis).await;
    buyer.decides("decline", 1).await;
    buyer.until_status("reserved").await;
    buyer.done("payment", json!({})).await;
    buyer.decides("approve", 2).await;
    buyer.until_status("confirmed").await;

    for (kind, more) in [
        ("notification-first", json!({})),
        ("notification-twice", json!({})),
        ("answer-lost", json!({})),
        ("slow", json!({ "millis": 700 })),
    ] {
        let mut wanted = more;
        wanted["kind"] = kind.into();
        fault(&polis, Some(wanted)).await;
        let buyer = Buyer::paying(&polis).await;
        if kind == "answer-lost" {
            until("the payer can pay, for it was asked for again", || buyer.is_asked()).await;
        }
        if kind != "notification-first" {
            buyer.decides("approve", 1).await;
        }
        buyer.until_status("confirmed").await;
        fault(&polis, None).await;
        let events = buyer.events().await;
        assert_eq!(events.iter().filter(|event| *event == "confirmed").count(), 1, "{kind}: {events:?}");
        assert_eq!(buyer.payments().await.len(), 1, "{kind}: one payment was made");
    }

    // The provider is away for a while: it is asked again.
    fault(&polis, Some(json!({ "kind": "down" }))).await;
    let buyer = Buyer::paying(&polis).await;
    until("the failure is noted", || async {
        polis.core_count("select count(*) from timers where kind = 'call' and tries > 0").await > 0
    })
    .await;
    fault(&polis, None).await;
    buyer.decides("approve", 1).await;

    // The provider refuses to make a payment: the buyer learns why, and may try again.
    fault(&polis, Some(json!({ "kind": "refused" }))).await;
    let refused = Buyer::paying(&polis).await;
    let seen = refused.until_status("reserved").await;
    assert!(seen["reason"].as_str().unwrap().contains("this card is not taken here"), "{seen}");
    fault(&polis, None).await;
    refused.done("payment", json!({})).await;
    refused.decides("approve", 1).await;
    refused.until_status("confirmed").await;

    // What it says of a refund is lost: it is asked again, and pays back once.
    fault(&polis, Some(json!({ "kind": "answer-lost" }))).await;
    refused.done("cancellation", json!({})).await;
    until("the money is back, for it was asked for again", || async { refused.see().await["paid"] == "0.00" }).await;
    fault(&polis, None).await;

    // Another amount than was asked for: no policy, and the money goes back.
    fault(&polis, Some(json!({ "kind": "wrong-amount" }))).await;
    let short = Buyer::paying(&polis).await;
    short.decides("approve", 1).await;
    short.until_status("rejected").await;
    fault(&polis, None).await;
    until("the money is back", || async { short.see().await["paid"] == "0.00" }).await;

    // Declined, says the notification, and the money has come: it goes back.
    fault(&polis, Some(json!({ "kind": "declined-falsely" }))).await;
    let wronged = Buyer::paying(&polis).await;
    wronged.decides("approve", 1).await;
    until("the money that was not to be is back", || async {
        wronged.events().await.ends_with(&["refund-requested".to_owned(), "refunded".to_owned()])
    })
    .await;

    // Paid in time, nobody told us, and the provider is away at the deadline: it counts as paid.
    fault(&polis, Some(json!({ "kind": "notification-lost" }))).await;
    let unheard = Buyer::paying(&polis).await;
    unheard.decides("approve", 1).await;
    fault(&polis, Some(json!({ "kind": "down" }))).await;
    let missed = format!(
        "select count(*) from timers where kind = 'payment' and tries > 0 and application_id = '{}'",
        unheard.id
    );
    until("the deadline has passed", || async { polis.core_count(&missed).await > 0 }).await;
    // And nobody looks but whoever keeps the deadline.
    let looks = format!("delete from timers where kind = 'poll' and application_id = '{}'", unheard.id);
    polis.core_execute(&looks).await.unwrap();
    fault(&polis, None).await;
    unheard.until_status("confirmed").await;

    // Declined, says one notification, and paid, says the next: the money goes back, and the buyer may pay again.
    fault(&polis, Some(json!({ "kind": "answers-differ" }))).await;
    let puzzled = Buyer::paying(&polis).await;
    puzzled.decides("approve", 1).await;
    let contradiction = ["payment-failed", "payment-succeeded", "refund-requested", "refunded"].map(str::to_owned);
    until("what came after a decline is back", || async { puzzled.events().await.ends_with(&contradiction) }).await;
    fault(&polis, None).await;
    let seen = puzzled.see().await;
    assert_eq!((&seen["status"], &seen["paid"]), (&json!("reserved"), &json!("0.00")));
    puzzled.done("payment", json!({})).await;
    puzzled.decides("approve", 2).await;
    puzzled.until_status("confirmed").await;

    // Nobody pays in time; the money that comes after all goes back, once.
    let late = Buyer::paying(&polis).await;
    late.made(1).await;
    late.until_status("expired").await;
    late.decides("approve", 1).await;
    until("the late money came and went", || async {
        let events = late.events().await;
        events.ends_with(&["payment-succeeded".to_owned(), "refund-requested".to_owned(), "refunded".to_owned()])
    })
    .await;

    // A forged notification changes nothing; the truth is learnt by asking.
    fault(&polis, Some(json!({ "kind": "bad-signature" }))).await;
    let forged = Buyer::reserved(&polis).await;
    forged.done("payment", json!({})).await;
    forged.decides("approve", 1).await;
    until("the forged one was counted", || async {
        let metrics = metrics::of(&polis, polis.core_admin("/metrics")).await;
        metrics::value(&metrics, "webhook_signature_failures_total", &[]).is_some_and(|failures| failures > 0.0)
    })
    .await;
    fault(&polis, None).await;
    until("it ends well all the same", || async {
        let seen = forged.see().await;
        seen["status"] == "confirmed"
            || (seen["status"] == "expired"
                && seen["paid"] == "0.00"
                && forged.events().await.ends_with(&["refunded".to_owned()]))
    })
    .await;
    buyer.until_status_in(&["confirmed", "expired"]).await;
    books_balance(&polis, 0).await;
    polis.stop().await;
}

//! Somebody buys a policy in a real browser: sees a price change while the form is open, fails to pay, pays with 3-D Secure,
//! watches the policy arrive, saves it, and gives it back. A stranger checks the policy by the code printed on it.
//! Somebody else buys in English, by keyboard only.

use reqwest::Method;

use super::browser::Browser;
use super::buyer::ask;
use super::polis::Polis;

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_bought_in_the_browser() {
    let polis = Polis::start().await;
    let mut browser = Browser::open(&polis.core("/")).await;
    let before = browser.ask("buy ural-polis/ural-travel-1").await;
    polis.set_premium("ural-polis", "ural-travel-1", "1500.00").await;
    assert_ne!(before, "1500.00");
    browser.ask("chart-says 1500").await;
    assert_eq!(browser.ask("price-changed").await, "1500.00");
    browser.ask("apply").await;
    browser.ask("pay 4000000000000002").await;
    browser.ask("status reserved").await;
    browser.ask("pay 4000000000003220 1234").await;
    browser.ask("status confirmed").await;
    let number = browser.ask("policy").await;
    assert!(number.starts_with("PL-"), "{number}");
    assert_eq!(browser.ask("download").await, "%PDF-");
    let chart: String = browser.ask("chart ural-polis/ural-travel-1").await.split_whitespace().collect();
    assert!(chart.contains("1500₽"), "{chart}");

    let code = code(&polis, &browser.ask("application").await).await;
    assert_eq!(browser.ask(&format!("check-policy {number} {code}")).await, "valid");
    assert_eq!(browser.ask(&format!("check-policy {number} 0000000000000000")).await, "unknown");
    browser.ask("cancel-policy").await;
    assert_eq!(browser.ask(&format!("check-policy {number} {code}")).await, "cancelled");

    let number = browser.ask("buy-by-keyboard").await;
    assert!(number.starts_with("PL-"), "{number}");
    polis.stop().await;
}

/// What is printed on the policy of an application: the beginning of the hash of the event that made it.
async fn code(polis: &Polis, application: &str) -> String {
    let (id, token) = application.split_once(' ').unwrap();
    let (status, audit) = ask(polis, Method::GET, &format!("/api/applications/{id}/audit"), token, "", None).await;
    assert_eq!(status, 200, "{audit}");
    let history = audit["history"].as_array().unwrap();
    let confirmed = history.iter().find(|event| event["event"] == "confirmed").unwrap();
    confirmed["hash"].as_str().unwrap()[..16].to_owned()
}

//! Somebody buys a policy in a real browser: sees a price change while the form is open, fails to pay, pays with 3-D Secure,
//! watches the policy arrive, and gives it back.

use super::browser::Browser;
use super::polis::Polis;

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_bought_in_the_browser() {
    let polis = Polis::start().await;
    let mut browser = Browser::open(&polis.core("/")).await;
    let before = browser.ask("buy ural-polis/ural-travel-1").await;
    polis.set_premium("ural-polis", "ural-travel-1", "1500.00").await;
    assert_ne!(before, "1500.00");
    assert_eq!(browser.ask("price-changed").await, "1500.00");
    browser.ask("apply").await;
    browser.ask("pay 4000000000000002").await;
    browser.ask("status reserved").await;
    browser.ask("pay 4000000000003220 1234").await;
    browser.ask("status confirmed").await;
    let number = browser.ask("policy").await;
    assert!(number.starts_with("PL-"), "{number}");
    browser.ask("cancel-policy").await;
    polis.stop().await;
}

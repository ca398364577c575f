//! What is personal stands nowhere in the open, so that destroying a key erases all of it.

use reqwest::Method;
use serde_json::{Value, json};

use super::buyer::{Buyer, ask, person};
use super::front;
use super::polis::{Polis, until};

/// Rows of core-app's database, of whatever table, with that text in them: as text, or as the bytes of it.
async fn rows_with(polis: &Polis, text: &str) -> i64 {
    let of_table = "select count(*) as n from %I.%I as t where t::text like any (array[%L, %L])";
    let looks =
        format!("format('{of_table}', table_schema, table_name, '%{text}%', '%' || encode('{text}', 'hex') || '%')");
    polis
        .core_count(&format!(
            "select coalesce(sum((xpath('/row/n/text()', query_to_xml({looks}, false, true, '')))[1]::text::bigint), 0)::bigint
            from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"
        ))
        .await
}

/// Of a person who has applied and cancelled in those words nothing can be read but with the person's key.
pub async fn stands_nowhere_open(polis: &Polis, words: &str) {
    assert!(rows_with(polis, "payment-requested").await > 0, "what stands open is found");
    let person = person();
    for text in person.as_object().unwrap().values().map(|text| text.as_str().unwrap()).chain([words]) {
        is_nowhere(polis, text).await;
    }
}

async fn is_nowhere(polis: &Polis, text: &str) {
    assert_eq!(rows_with(polis, text).await, 0, "{text:?} stands open in the database");
    let log = std::fs::read_to_string(polis.stack.log_of("core-app")).unwrap();
    assert!(!log.contains(text), "{text:?} stands in the log");
}

async fn erase(buyer: &Buyer<'_>) {
    let admin = buyer.polis.core_admin("");
    let (fine, shown) = buyer.polis.polisctl(&["audit", "erase", &buyer.id, "--by", "olga", "--admin", &admin]).await;
    assert!(fine, "{shown}");
}

/// Reason of the application and words of the event that gave it.
async fn reason_and_words(buyer: &Buyer<'_>, event: &str) -> (Value, Value) {
    let path = format!("/api/applications/{}/audit", buyer.id);
    let (_, mut audit) = ask(buyer.polis, Method::GET, &path, &buyer.token, "", None).await;
    let told = audit["history"].as_array_mut().unwrap().iter_mut().find(|told| told["event"] == event);
    (buyer.see().await["reason"].take(), told.unwrap()["words"].take())
}

/// What an applicant said is shown to them until it is erased.
pub async fn words_are_shown(buyer: &Buyer<'_>, words: &str) {
    assert_eq!(reason_and_words(buyer, "cancelled").await, (json!(words), json!(words)));
}

/// And not afterwards.
pub async fn words_are_erased(buyer: &Buyer<'_>) {
    assert_eq!(reason_and_words(buyer, "cancelled").await, (json!("the applicant wanted it"), json!("erased")));
}

/// What the provider says of a decline is shown to whoever applied, stands nowhere open, not in kept answers either, and goes
/// with them.
pub async fn what_the_provider_says_can_be_erased(polis: &Polis) {
    let said = "карта держателя PETR VYMYSHLENNY заблокирована";
    let buyer = Buyer::paying(polis).await;
    until("the payer can pay", || buyer.is_asked()).await;
    let declined = async |attempts| {
        let mut payment = buyer.made(attempts).await;
        (payment["status"], payment["reason"]) = (json!("declined"), json!(said));
        assert_eq!(front::told_of(polis, &payment).await, 204);
    };
    declined(1).await;
    assert_eq!(reason_and_words(&buyer, "payment-failed").await, (json!(said), json!(said)));
    let (_, shown) = polis.polisctl(&["audit", "show", &buyer.id, "--admin", &polis.core_admin("")]).await;
    assert!(shown.contains(&format!("words: {said}")) && shown.contains("reason: null -> declined"), "{shown}");
    let answered = buyer.done("payment", json!({})).await;
    assert_eq!(answered["reason"], "declined", "what is kept of the answer is without the words");
    is_nowhere(polis, said).await;
    erase(&buyer).await;
    assert_eq!(reason_and_words(&buyer, "payment-failed").await, (json!("declined"), json!("erased")));
    // Of whoever was erased nothing is written again, and what has happened has happened.
    until("the payer can pay again", || async { buyer.see().await["payment"]["url"].is_string() }).await;
    declined(2).await;
    is_nowhere(polis, said).await;
    let (seen, events) = (buyer.see().await, buyer.events().await);
    assert_eq!((&seen["status"], &seen["reason"]), (&json!("reserved"), &json!("declined")));
    assert_eq!(events.iter().filter(|event| *event == "payment-failed").count(), 2, "{events:?}");
}

/// Who says something before they have said who they are is erased as well, and is not written of after that.
pub async fn whoever_speaks_can_be_erased(polis: &Polis) {
    let words = "нашла дешевле у соседа Выдуманного";
    let early = Buyer::quoted(polis).await;
    let answered = early.done("cancellation", json!({ "reason": words })).await;
    assert_eq!(answered["reason"], "the applicant wanted it", "what is kept of the answer is without the words");
    words_are_shown(&early, words).await;
    assert_eq!(rows_with(polis, words).await, 0);
    erase(&early).await;
    words_are_erased(&early).await;

    let erased = Buyer::reserved(polis).await;
    erase(&erased).await;
    let (status, problem) = erased.step("cancellation", json!({ "reason": words })).await;
    assert!(status == 409 && problem["detail"].as_str().unwrap().contains("erased"), "{problem}");
    assert_eq!(erased.done("cancellation", json!({})).await["status"], "cancelled");
}

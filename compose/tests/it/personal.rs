//! What is personal stands nowhere in the open, so that destroying a key erases all of it.

use reqwest::Method;
use serde_json::{Value, json};

use super::buyer::{Buyer, ask, person};
use super::polis::Polis;

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
    let log = std::fs::read_to_string(polis.stack.log_of("core-app")).unwrap();
    let person = person();
    for text in person.as_object().unwrap().values().map(|text| text.as_str().unwrap()).chain([words]) {
        assert_eq!(rows_with(polis, text).await, 0, "{text:?} stands open in the database");
        assert!(!log.contains(text), "{text:?} stands in the log");
    }
}

/// Reason of the application and words of its last event.
async fn reason_and_words(buyer: &Buyer<'_>) -> (Value, Value) {
    let path = format!("/api/applications/{}/audit", buyer.id);
    let (_, mut audit) = ask(buyer.polis, Method::GET, &path, &buyer.token, "", None).await;
    let cancelled = audit["history"].as_array_mut().unwrap().iter_mut().find(|event| event["event"] == "cancelled");
    (buyer.see().await["reason"].take(), cancelled.unwrap()["words"].take())
}

/// What an applicant said is shown to them until it is erased.
pub async fn words_are_shown(buyer: &Buyer<'_>, words: &str) {
    assert_eq!(reason_and_words(buyer).await, (json!(words), json!(words)));
}

/// And not afterwards.
pub async fn words_are_erased(buyer: &Buyer<'_>) {
    assert_eq!(reason_and_words(buyer).await, (json!("the applicant wanted it"), json!("erased")));
}

/// Who says something before they have said who they are is erased as well, and is not written of after that.
pub async fn whoever_speaks_can_be_erased(polis: &Polis) {
    let words = "нашла дешевле у соседа Выдуманного";
    let admin = polis.core_admin("");
    let erase = async |buyer: &Buyer<'_>| {
        let (fine, shown) = polis.polisctl(&["audit", "erase", &buyer.id, "--by", "olga", "--admin", &admin]).await;
        assert!(fine, "{shown}");
    };
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

//! Whoever changes what was stored, or takes it away, is found out; lists are what the events say.

use super::polis::{Polis, until};

async fn polisctl(polis: &Polis, arguments: &[&str]) -> (bool, String) {
    let admin = polis.core_admin("");
    polis.polisctl(&[arguments, &["--admin", &admin]].concat()).await
}

/// What only somebody with the server itself can do.
async fn force(polis: &Polis, statement: &str) {
    polis.as_administrator(&format!("set session_replication_role = replica; {statement}")).await;
}

/// Keeps a table as it is and puts it back afterwards.
async fn with_damage(polis: &Polis, table: &str, damage: &str, found: &str) {
    force(polis, &format!("create table kept as select * from {table}")).await;
    force(polis, damage).await;
    let (fine, shown) = polisctl(polis, &["audit", "verify"]).await;
    assert!(!fine && shown.contains(found), "after {damage}:\n{shown}");
    force(polis, &format!("truncate {table} cascade; insert into {table} select * from kept; drop table kept")).await;
}

pub async fn what_was_changed_is_found(polis: &Polis, id: &str) {
    let refused = polis.core_execute("update application_events set why = 'x'").await.unwrap_err();
    assert!(refused.contains("append-only"), "{refused}");
    let refused = polis.core_execute("delete from audit_heads").await.unwrap_err();
    assert!(refused.contains("append-only"), "{refused}");
    until("a checkpoint covers everything", || async {
        polis.core_count("select count(*) from audit_pending").await == 0
    })
    .await;
    let (fine, shown) = polisctl(polis, &["audit", "verify"]).await;
    assert!(fine && shown.contains("signed with"), "{shown}");
    let newest = shown.lines().find_map(|line| Some(line.split_once(": ")?.1)).unwrap().to_owned();
    let key = shown.lines().find_map(|line| line.strip_prefix("signed with ")).unwrap().to_owned();

    let of = format!("where application_id = '{id}'");
    let events = "application_events";
    with_damage(
        polis,
        events,
        &format!("update {events} set why = 'x' {of} and version = 3"),
        &format!("BROKEN {id} at version 3: it, or the one before it, was changed"),
    )
    .await;
    with_damage(polis, events, &format!("delete from {events} {of} and version = 3"), "an event before it is missing")
        .await;
    // The end of a stream, and the list with it, so that nothing but the checkpoint knows.
    let cut = format!("delete from {events} {of} and version > 7; update applications set version = 7 {of}");
    with_damage(polis, events, &cut, "covers is missing").await;
    force(polis, &format!("update applications set version = (select max(version) from {events} {of}) {of}")).await;
    let gone = format!("delete from {events} {of}");
    with_damage(polis, events, &gone, "the list of applications says").await;
    with_damage(
        polis,
        "audit_heads",
        &format!("delete from audit_heads {of}"),
        "or a head that it covers, was changed",
    )
    .await;
    let forged = "update audit_checkpoints set signature = sha512(signature) where number = 1";
    force(polis, "alter table audit_heads drop constraint audit_heads_number_fkey").await;
    with_damage(polis, "audit_checkpoints", forged, "its signature is forged").await;
    assert!(polisctl(polis, &["audit", "verify"]).await.0, "and when it is as it was, everything holds again");

    let hidden =
        "insert into application_events select gen_random_uuid(), version, type, payload, occurred_at, actor, why,
        trace_id, hash from application_events where version = 1 limit 1";
    with_damage(polis, events, hidden, "it was hidden from them").await;

    // Checkpoints that are cut off with what they cover are missed by whoever noted the newest one.
    assert!(polisctl(polis, &["audit", "verify", "--expect", &newest]).await.0);
    let other = format!("1{newest}");
    let (fine, shown) = polisctl(polis, &["audit", "verify", "--expect", &other]).await;
    assert!(!fine && shown.contains("noted elsewhere"), "{shown}");

    // Others prove it without us.
    let file = polis.stack.directory().join("export.jsonl");
    let path = file.to_str().unwrap();
    let (fine, shown) = polisctl(polis, &["audit", "export", "--output", path]).await;
    assert!(fine, "{shown}");
    let of_file = ["audit", "verify", "--file", path, "--key", &key, "--expect", &newest];
    let (fine, shown) = polisctl(polis, &of_file).await;
    assert!(fine && shown.contains("every chain holds"), "{shown}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("Ирина"), "what is personal stays sealed");
    std::fs::write(&file, text.replace("\"why\":\"reservation\"", "\"why\":\"x\"")).unwrap();
    let (fine, shown) = polisctl(polis, &of_file).await;
    assert!(!fine && shown.contains("at version 3: it, or the one before it, was changed"), "{shown}");
    std::fs::write(&file, text.rsplit_once("\n{\"line\":\"end\"").unwrap().0).unwrap();
    let (fine, shown) = polisctl(polis, &of_file).await;
    assert!(!fine && shown.contains("the file is cut off"), "{shown}");
}

pub async fn lists_are_what_the_events_say(polis: &Polis, id: &str) {
    let (fine, shown) = polisctl(polis, &["projections", "check"]).await;
    assert!(fine && shown.contains("the lists in use are the same"), "{shown}");
    let of = format!("where application_id = '{id}'");
    polis
        .as_administrator(&format!(
            "update applications set status = 'expired', paid = 7 {of}; delete from policies {of}"
        ))
        .await;
    let strange = "insert into applications select gen_random_uuid(), version, status, insurer_id, product_id, product_name,
        tariff_id, currency, premium, paid, to_refund, refunded, null, null, created_at, changed_at from applications limit 1";
    polis.as_administrator(strange).await;
    let (fine, shown) = polisctl(polis, &["projections", "check"]).await;
    assert!(!fine && shown.contains("3 rows differ") && shown.contains("unfounded"), "{shown}");
    assert!(
        shown.contains(&format!("applications {id}: differs")) && shown.contains(&format!("policies {id}: missing")),
        "{shown}"
    );
    let (fine, shown) = polisctl(polis, &["projections", "rebuild", "--by", "olga", "--why", "a test"]).await;
    assert!(fine && shown.contains("they are replaced"), "{shown}");
    let (fine, shown) = polisctl(polis, &["projections", "check"]).await;
    assert!(fine && shown.contains("the lists in use are the same"), "{shown}");
}

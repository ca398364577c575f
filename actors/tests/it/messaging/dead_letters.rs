//! Records that could not be applied, and what operators do about them.

use std::sync::atomic::Ordering::Relaxed;

use polis_actors::runtime::Health;
use serde_json::json;

use super::diary::{Diary, all, outcome};
use super::parts::{LONG, record, stopped, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_can_be_listed_shown_and_grouped() {
    let diary = Diary::new("letters_shown").await;
    let ids = diary.write(&[("a", "bad 1"), ("b", "fine"), ("a", "2"), ("c", "bad 3")]).await;
    diary.parts.produce(0, vec![record("d", ids[1], &[0xff, 0xfe])]).await;
    let tree = diary.consuming("one", diary.config()).await;
    diary.until_at(5).await;
    assert_eq!(diary.written(None).await, ["fine"], "others go on");
    until(LONG, "the partition says that keys wait", || async {
        Diary::partition(&tree) == (Health::Degraded, "3 keys wait behind dead letters".to_owned())
    })
    .await;

    let list = diary.ask("/dead-letters?state=parked&consumer=diary").await;
    let told = |of: &str| list.as_array().unwrap().iter().map(|letter| letter[of].clone()).collect::<Vec<_>>();
    assert_eq!(told("key"), ["a", "a", "c", "d"]);
    assert_eq!(told("cause"), ["rejected", "behind", "rejected", "decode"]);
    assert_eq!(told("offset"), [0, 2, 3, 4]);
    assert!(list[0]["reason"].as_str().unwrap().contains("\"bad 1\" is not to my taste"), "{list}");
    assert_eq!(diary.ask("/dead-letters?cause=decode").await.as_array().unwrap().len(), 1);

    let shown = diary.ask(&format!("/dead-letters/{}", list[0]["id"])).await;
    assert_eq!((&shown["text"], &shown["event_id"]), (&json!("bad 1"), &json!(ids[0])));
    assert_eq!(shown["headers"]["ce_type"], "test.Event");
    let shown = diary.ask(&format!("/dead-letters/{}", list[3]["id"])).await;
    assert_eq!((&shown["text"], &shown["value"]), (&json!(null), &json!("//4=")), "whole, though it is no text");

    let groups = diary.ask("/dead-letters/groups").await;
    let rejected = &groups[0];
    assert_eq!((&rejected["cause"], &rejected["count"], &rejected["keys"]), (&json!("rejected"), &json!(2), &json!(2)));
    assert_eq!((&rejected["example"], &rejected["reason"]), (&list[0]["id"], &list[0]["reason"]));
    assert_eq!(rejected["group"], list[0]["group"], "what fails alike is one group, whatever is quoted");
    assert_eq!(groups.as_array().unwrap().len(), 3, "{groups}");
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_after_the_fix_applies_in_order_and_once() {
    let diary = Diary::new("letters_replayed").await;
    let texts = [("a", "bad 1"), ("a", "2"), ("b", "x"), ("a", "3"), ("c", "bad 4")];
    let ids = diary.write(&texts).await;
    let tree = diary.consuming("one", diary.config()).await;
    diary.until_at(5).await;

    let of_a = json!({ "selection": { "key": "a", "consumer": "diary" } });
    let before = diary.everything().await;
    let (status, plan) = diary.tell("/dead-letters/plan", &of_a).await;
    assert_eq!((status, &plan["chosen"], &plan["of_keys"]), (200, &json!(3), &json!(1)), "{plan}");
    assert_eq!(diary.everything().await, before, "a plan changes nothing");

    // Nothing is mended: the order says so, and the key stays as it is.
    let replay = diary.done("/dead-letters/replay", of_a.clone()).await;
    assert_eq!(outcome(&replay), [0, 1, 2], "{replay}");
    assert!(replay["first_failure"].as_str().unwrap().contains("offset 0: "), "{replay}");
    assert_eq!((diary.letters("parked").await, diary.written(None).await.len()), (4, 1));

    diary.writer.mended.store(true, Relaxed);
    let replay = diary.done("/dead-letters/replay", of_a.clone()).await;
    assert_eq!((outcome(&replay), &replay["by"]), ([3, 0, 0], &json!("olga")));
    assert_eq!(diary.written(Some("a")).await, ["bad 1", "2", "3"]);
    assert_eq!(
        (diary.letters("parked").await, diary.letters("replayed").await),
        (1, 3),
        "the other key is not concerned"
    );

    // Later records of the key go on; those that come again have had their effects.
    let again = texts.iter().zip(&ids).take(4).map(|((key, text), id)| record(key, *id, text.as_bytes()));
    diary.parts.produce(0, again.collect()).await;
    diary.write(&[("a", "5")]).await;
    diary.until_at(10).await;
    assert_eq!(diary.written(Some("a")).await, ["bad 1", "2", "3", "5"]);
    assert_eq!(diary.written(Some("b")).await, ["x"]);

    let first = diary.ask("/dead-letters?key=a").await[0]["id"].clone();
    let story = diary.ask(&format!("/dead-letters/{first}")).await;
    assert_eq!((&story["state"], &story["decided_by"]), (&json!("replayed"), &json!("olga")));
    assert_eq!((&story["why"], &story["attempts"]), (&json!("the writer is mended"), &json!(2)));
    assert_eq!(story["history"].as_array().unwrap().len(), 2, "{story}");
    let noted = "select count(*) from operator_log where by = 'olga' and why = 'the writer is mended'";
    assert_eq!(diary.parts.count(noted).await, 2);
    let (status, problem) =
        diary.tell("/dead-letters/replay", &json!({ "selection": { "ids": [first] }, "by": "olga" })).await;
    assert_eq!(status, 404, "{problem}");
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_discarded_never_has_effects_and_holds_nothing_up() {
    let diary = Diary::new("letters_discarded").await;
    diary.write(&[("a", "bad 1"), ("a", "2"), ("b", "bad 3")]).await;
    let tree = diary.consuming("one", diary.config()).await;
    diary.until_at(3).await;
    let head = diary.ask("/dead-letters?key=a").await[0]["id"].clone();
    let behind = diary.ask("/dead-letters?key=a").await[1]["id"].clone();

    // Order is kept: what is behind does not go first.
    let only = json!({ "selection": { "ids": [behind] }, "by": "olga" });
    let (status, problem) = diary.tell("/dead-letters/replay", &only).await;
    assert_eq!(status, 409);
    assert!(
        problem["detail"].as_str().unwrap().contains("1 wait behind records that are not in the selection"),
        "{problem}"
    );

    let (status, problem) =
        diary.tell("/dead-letters/discard", &json!({ "selection": { "ids": [head] }, "by": " " })).await;
    assert_eq!((status, diary.letters("discarded").await), (400, 0), "somebody says so: {problem}");
    let order = json!({ "selection": { "ids": [head] }, "by": "olga", "why": "a test of the publisher" });
    let (status, answer) = diary.tell("/dead-letters/discard", &order).await;
    assert_eq!((status, answer), (200, json!({ "discarded": 1, "left": 1 })));
    let replay = diary.done("/dead-letters/replay", only).await;
    assert_eq!(outcome(&replay), [1, 0, 0], "{replay}");
    diary.write(&[("a", "4")]).await;
    diary.until_at(4).await;
    assert_eq!(diary.written(Some("a")).await, ["2", "4"]);

    let order = json!({ "selection": { "key": "b", "consumer": "diary" }, "by": "olga" });
    assert_eq!(diary.tell("/dead-letters/discard", &order).await.1, json!({ "discarded": 1, "left": 0 }));
    until(LONG, "nothing waits any more", || async { Diary::partition(&tree).0 == Health::Ok }).await;
    diary.write(&[("b", "5")]).await;
    diary.until_at(5).await;
    assert_eq!(diary.written(Some("b")).await, ["5"]);
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_failing_is_refused_unless_somebody_insists() {
    let diary = Diary::new("letters_refused").await;
    diary.write(&[("a", "bad 1")]).await;
    let tree = diary.consuming("one", diary.config()).await;
    diary.until_at(1).await;
    for _ in 0..polis_actors::admin::dead_letters::FAILED_REPLAYS {
        assert_eq!(outcome(&diary.done("/dead-letters/replay", all()).await), [0, 1, 0]);
    }
    let mut order = all();
    order["by"] = "olga".into();
    let (status, problem) = diary.tell("/dead-letters/replay", &order).await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("force"), "{problem}");
    diary.writer.mended.store(true, Relaxed);
    order["force"] = true.into();
    assert_eq!(outcome(&diary.done("/dead-letters/replay", order).await), [1, 0, 0]);
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_owner_goes_on_with_a_replay_while_records_come() {
    let diary = Diary::new("letters_handed_over").await;
    let texts: Vec<String> = (0..200).map(|n| format!("bad {n}")).collect();
    let pairs: Vec<(&str, &str)> =
        texts.iter().enumerate().map(|(n, text)| (["a", "b", "c"][n % 3], &**text)).collect();
    let (early, late) = pairs.split_at(150);
    diary.write(early).await;
    let one = diary.consuming("one", diary.config()).await;
    diary.until_at(150).await;
    diary.writer.mended.store(true, Relaxed);
    let mut order = all();
    order["by"] = "olga".into();
    order["per_second"] = 100.into();
    let (status, ordered) = diary.tell("/dead-letters/replay", &order).await;
    assert_eq!(status, 202, "{ordered}");
    until(LONG, "it is under way", || async { diary.letters("replayed").await > 0 }).await;
    diary.write(late).await;
    let two = diary.consuming("two", diary.config()).await;
    stopped(one).await;
    assert!(diary.letters("replaying").await > 0, "it was stopped in the middle");
    until(LONG, "everything is written", || async { diary.written(None).await.len() >= pairs.len() }).await;
    for key in ["a", "b", "c"] {
        let expected: Vec<&str> = pairs.iter().filter(|(of, _)| *of == key).map(|(_, text)| *text).collect();
        assert_eq!(diary.written(Some(key)).await, expected, "in order, each once");
    }
    until(LONG, "the order is done", || async {
        diary.ask(&format!("/replays/{}", ordered["id"])).await["state"] == "done"
    })
    .await;
    stopped(two).await;
}

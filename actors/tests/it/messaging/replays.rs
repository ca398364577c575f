//! Ranges of a topic that are gone through once more, while the consumer goes on.

use std::sync::atomic::Ordering::Relaxed;

use jiff::{Timestamp, ToSpan};
use polis_proto::EventId;
use serde_json::{Value, json};

use super::diary::{Diary, outcome};
use super::parts::{record, stopped};

fn range(diary: &Diary, from: &Value, to: &Value) -> Value {
    json!({ "consumer": "diary", "topic": diary.parts.topic, "from": from, "to": to })
}

fn forced(mut range: Value) -> Value {
    range["force"] = true.into();
    range
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_by_offset_gives_effects_to_what_has_none_and_by_force_to_all() {
    let diary = Diary::new("range_offsets").await;
    let ids = diary.write(&[("a", "0"), ("b", "1"), ("a", "2"), ("b", "3"), ("a", "4")]).await;
    let tree = diary.consuming("one", diary.config()).await;
    diary.until_at(5).await;

    let replay = diary.done("/replays", range(&diary, &json!(1), &json!(4))).await;
    assert_eq!((outcome(&replay), &replay["total"]), ([0, 0, 3], &json!(3)), "all have had their effects: {replay}");
    assert_eq!(diary.written(None).await.len(), 5);

    // As after a restore that lost one of them.
    diary.parts.execute(&format!("delete from inbox where event_id = '{}'", ids[2])).await;
    diary.parts.execute("delete from diary where text = '2'").await;
    let replay = diary.done("/replays", range(&diary, &json!(1), &json!(4))).await;
    assert_eq!(outcome(&replay), [1, 0, 2], "{replay}");
    assert_eq!(diary.written(None).await, ["0", "1", "3", "4", "2"]);

    diary.parts.execute("delete from diary").await;
    let replay = diary.done("/replays", forced(range(&diary, &json!(3), &json!(null)))).await;
    assert_eq!(outcome(&replay), [2, 0, 0], "{replay}");
    assert_eq!(diary.written(None).await, ["3", "4"]);
    assert_eq!((&replay["by"], &replay["why"]), (&json!("olga"), &json!("the writer is mended")));

    // The consumer is where it was, and goes on.
    diary.write(&[("a", "5")]).await;
    diary.until_at(6).await;
    assert_eq!(diary.written(None).await, ["3", "4", "5"]);
    let listed = diary.ask("/replays").await;
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_by_time_leaves_out_what_is_set_aside() {
    let diary = Diary::new("range_times").await;
    let began = Timestamp::now() - 1.hour();
    let at = |minute: usize| began + i64::try_from(minute).unwrap().minutes();
    let texts = [("a", "0"), ("b", "bad 1"), ("a", "2"), ("b", "3"), ("a", "4")];
    let records = texts.iter().enumerate().map(|(minute, (key, text))| {
        let mut record = record(key, EventId::generate().0, text.as_bytes());
        record.timestamp = chrono::DateTime::from_timestamp_millis(at(minute).as_millisecond()).unwrap();
        record
    });
    // One by one: a broker finds times by batch.
    for record in records {
        diary.parts.produce(0, vec![record]).await;
    }
    let tree = diary.consuming("one", diary.config()).await;
    diary.until_at(5).await;
    diary.parts.execute("delete from diary").await;
    let replay = diary.done("/replays", forced(range(&diary, &json!(at(1)), &json!(at(4))))).await;
    assert_eq!((outcome(&replay), &replay["total"]), ([1, 0, 2], &json!(3)), "{replay}");
    assert_eq!(diary.written(None).await, ["2"], "records of a parked key keep their order");
    assert_eq!(diary.letters("parked").await, 2);

    let order = json!({ "selection": { "key": "b", "consumer": "diary" }, "by": "olga" });
    assert_eq!(diary.tell("/dead-letters/discard", &order).await.1["discarded"], 2);
    diary.writer.mended.store(true, Relaxed);
    let replay = diary.done("/replays", range(&diary, &json!(at(1)), &json!(at(4)))).await;
    assert_eq!(outcome(&replay), [0, 0, 3], "what was discarded has no effects: {replay}");
    let replay = diary.done("/replays", forced(range(&diary, &json!(at(1)), &json!(at(4))))).await;
    assert_eq!(outcome(&replay), [3, 0, 0], "but by force: {replay}");

    for (wrong, status, said) in [
        (range(&diary, &json!(4), &json!(4)), 400, "to is not behind from"),
        (range(&diary, &json!("monday"), &json!(null)), 400, "from: \"monday\""),
        (json!({ "consumer": "nobody", "topic": "t" }), 404, "there are: diary of test.range_times"),
    ] {
        let mut wrong = wrong;
        wrong["by"] = "olga".into();
        let (answered, problem) = diary.tell("/replays", &wrong).await;
        assert_eq!(answered, status, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
    stopped(tree).await;
}

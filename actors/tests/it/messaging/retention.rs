//! What was decided on is forgotten after a time, and nothing else.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use polis_actors::retention::forget_decided;
use polis_actors::runtime::tree;
use serde_json::{Value, json};

use super::diary::{Diary, outcome};
use super::parts::{LONG, running, stopped, until};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// Everything that is there has happened ten years earlier.
const LONG_AGO: &str = "
    update dead_letters set parked_at = parked_at - interval '10 years', decided_at = decided_at - interval '10 years';
    update dead_letter_history set at = at - interval '10 years';
    update replays set ordered_at = ordered_at - interval '10 years';
    update replay_partitions set finished_at = finished_at - interval '10 years'";

/// Keys of the letters that are there, and numbers of the orders.
async fn kept(diary: &Diary) -> (Vec<Value>, Vec<Value>) {
    let all = |list: Value, of: &str| list.as_array().unwrap().iter().map(|one| one[of].clone()).collect();
    (all(diary.ask("/dead-letters").await, "key"), all(diary.ask("/replays").await, "id"))
}

async fn discard(diary: &Diary, key: &str) {
    let order = json!({ "selection": { "key": key, "consumer": "diary" }, "by": "olga" });
    assert_eq!(diary.tell("/dead-letters/discard", &order).await.1["discarded"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_long_ago_is_forgotten_and_what_is_open_never() {
    let diary = Diary::new("retention").await;
    diary.write(&[("discarded", "bad 1"), ("replayed", "bad 2"), ("open", "bad 3"), ("recent", "bad 4")]).await;
    let tree_of = diary.consuming("one", diary.config()).await;
    diary.until_at(4).await;
    let of = |key: &str| json!({ "selection": { "key": key, "consumer": "diary" } });
    let failed = diary.done("/dead-letters/replay", of("open")).await;
    assert_eq!(outcome(&failed), [0, 1, 0], "{failed}");
    discard(&diary, "discarded").await;
    diary.writer.mended.store(true, Relaxed);
    assert_eq!(outcome(&diary.done("/dead-letters/replay", of("replayed")).await), [1, 0, 0]);
    diary.parts.execute(LONG_AGO).await;
    discard(&diary, "recent").await;

    let forgetting = running(vec![forget_decided(&diary.parts.database, &diary.parts.leases("one"), YEAR)]).await;
    until(LONG, "all that is too old is forgotten", || async {
        tree(forgetting.root()).find("forgetting").is_some_and(|node| node.status == "nothing is too old")
    })
    .await;
    stopped(forgetting).await;

    // The order that failed is told of by the letter that is open, and stays with it.
    assert_eq!(kept(&diary).await, (vec![json!("open"), json!("recent")], vec![failed["id"].clone()]));
    let of_letters = "select count(*) from dead_letter_history where letter not in (select id from dead_letters)";
    assert_eq!(diary.parts.count(of_letters).await, 0);
    assert_eq!(diary.parts.count("select count(*) from dead_letter_history").await, 2, "what is said of the open one");
    assert_eq!(diary.parts.count("select count(*) from replay_partitions").await, 1);

    // What was discarded has no effects later either, though its letter is forgotten.
    let topic = json!({ "topic": diary.parts.topic, "consumer": "diary", "from": 0 });
    let range = diary.done("/replays", topic).await;
    assert_eq!(outcome(&range), [0, 0, 4], "{range}");
    assert_eq!(diary.written(None).await, ["bad 2"]);
    stopped(tree_of).await;
}

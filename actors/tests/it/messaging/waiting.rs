//! Records that wait for what other events bring: nobody has to do anything.

use std::time::Duration;

use polis_actors::runtime::Health;

use super::diary::{Diary, all, outcome};
use super::parts::{LONG, stopped, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_tried_again_by_itself_and_in_order() {
    let diary = Diary::new("letters_waiting").await;
    diary.write(&[("a", "after go"), ("b", "x"), ("a", "2")]).await;
    let tree = diary.consuming("one", diary.config()).await;
    diary.until_at(3).await;
    assert_eq!(diary.written(None).await, ["x"]);
    until(LONG, "it was tried again", || async {
        diary.ask("/dead-letters?key=a").await[0]["tries"].as_i64() > Some(1)
    })
    .await;
    let letters = diary.ask("/dead-letters").await;
    assert_eq!((letters[0]["cause"].as_str(), letters[1]["cause"].as_str()), (Some("waiting"), Some("behind")));
    assert!(letters[0]["reason"].as_str().unwrap().contains("\"after go\": not written yet"), "{letters}");
    assert_eq!(diary.letters("waiting").await, 2);
    assert_eq!(Diary::partition(&tree).0, Health::Ok, "nobody is needed");

    diary.write(&[("a", "3"), ("c", "go")]).await;
    until(LONG, "all of the key is written", || async { diary.written(Some("a")).await.len() == 3 }).await;
    assert_eq!(diary.written(Some("a")).await, ["after go", "2", "3"]);
    assert_eq!(diary.letters("replayed").await, 3);
    let by = diary.ask("/dead-letters").await[0]["decided_by"].clone();
    assert_eq!(by, "the service");
    diary.write(&[("a", "4")]).await;
    diary.until_at(6).await;
    assert_eq!(diary.written(Some("a")).await.last().unwrap(), "4", "the key is free");
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_waited_too_long_is_left_to_a_person() {
    let diary = Diary::new("letters_overdue").await;
    diary.write(&[("a", "after go"), ("a", "2")]).await;
    let mut config = diary.config();
    config.wait_at_most = Duration::ZERO;
    let tree = diary.consuming("one", config).await;
    until(LONG, "they are parked", || async { diary.letters("parked").await == 2 }).await;
    until(LONG, "the partition says so", || async { Diary::partition(&tree).0 == Health::Degraded }).await;
    diary.write(&[("b", "go")]).await;
    diary.until_at(3).await;
    let replay = diary.done("/dead-letters/replay", all()).await;
    assert_eq!(outcome(&replay), [2, 0, 0], "{replay}");
    assert_eq!(diary.written(Some("a")).await, ["after go", "2"]);
    stopped(tree).await;
}

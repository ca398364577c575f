//! The stack itself: it comes up, it can be broken and mended, and it leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use polis_actors::runtime::tree;
use polis_stack::{
    Halt, Parts, ProcessSpec, Resume, Stack, TopicSpec, create_database, create_topics, database_url, declared_topics,
};
use tokio_postgres::NoTls;

const SOON: Duration = Duration::from_secs(60);

fn running(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// The fourth field of `/proc/<pid>/stat`, see proc(5).
fn parent(pid: i32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

fn children_named(stack: &Stack, what: &str) -> Vec<i32> {
    let directory = stack.directory().display().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| parent(*pid) == Some(std::process::id()))
        .filter(|pid| {
            let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.contains(&directory) && line.contains(what)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_up_heals_and_leaves_no_process_behind() {
    let stack = Stack::start(Parts::ephemeral().unwrap()).await.unwrap();
    let names: Vec<_> = tree(stack.root()).children.iter().map(|c| c.name.clone()).collect();
    assert_eq!(names, ["postgres", "kafka"], "the processes stand in the tree");

    create_database(&stack.addresses().postgres_admin, "a_service").await.unwrap();
    create_database(&stack.addresses().postgres_admin, "a_service").await.unwrap();
    let port = stack.addresses().postgres_admin.rsplit_once(':').unwrap().1.split('/').next().unwrap().parse().unwrap();
    let (client, connection) = tokio_postgres::connect(&database_url(port, "a_service"), NoTls).await.unwrap();
    let driver = tokio::task::spawn(connection);
    let version: i32 = client.query_one("select current_setting('server_version_num')::int", &[]).await.unwrap().get(0);
    assert_eq!(version / 10_000, 18);
    drop(client);
    driver.await.unwrap().unwrap();

    create_topics(&stack, &declared_topics().unwrap()).await.unwrap();
    create_topics(&stack, &declared_topics().unwrap()).await.unwrap();
    let config = BTreeMap::from([("retention.ms".to_owned(), "never".to_owned())]);
    let odd = TopicSpec { name: "odd".to_owned(), partitions: 1, config };
    let refused = create_topics(&stack, &[odd]).await.unwrap_err().to_string();
    assert!(refused.contains("topic odd") && refused.contains("retention.ms"), "{refused}");

    // The broker dies by itself and comes back by itself.
    let victim = children_named(&stack, "kafka.Kafka")[0];
    kill(Pid::from_raw(victim), Signal::SIGKILL).unwrap();
    let restarted = async {
        while stack.report().find("kafka").unwrap().incarnation < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, restarted).await.unwrap();
    stack.until_ready().await.unwrap();
    let end = stack.report().find("kafka").unwrap().last_end.clone().unwrap();
    assert!(end.1.contains("SIGKILL") && end.1.contains("kafka.log"), "{end:?}");

    // The database is halted and resumed by a test.
    let postgres = stack.postgres_process().unwrap();
    postgres.ask(Halt(Signal::SIGINT), SOON).await.map_err(|e| e.to_string()).unwrap();
    assert!(tokio_postgres::connect(&stack.addresses().postgres_admin, NoTls).await.is_err());
    postgres.ask(Resume, SOON).await.map_err(|e| e.to_string()).unwrap();
    stack.until_ready().await.unwrap();

    let pids = [children_named(&stack, "kafka.Kafka"), children_named(&stack, "postgres")].concat();
    assert_eq!(pids.len(), 2, "{pids:?}");
    tokio::task::spawn_blocking(move || stack.stop()).await.unwrap();
    assert!(!pids.iter().any(|pid| running(*pid)), "left behind: {pids:?}");
}

/// A program that serves a moment after it has begun: then its process stands in a file.
fn slow_to_serve(stack: &Stack) -> (ProcessSpec, impl Fn() -> Option<i32> + Clone + Send + Sync + 'static) {
    let file = stack.directory().join("serving");
    let serving = {
        let file = file.clone();
        move || std::fs::read_to_string(&file).ok()?.trim().parse().ok().filter(|pid| running(*pid))
    };
    let mut spec = ProcessSpec::new("slow", "sh", stack.log_of("slow"));
    spec.arguments = vec!["-c".to_owned(), format!("sleep 0.3; echo $$ > {}; exec sleep 1000", file.display())];
    let asked = serving.clone();
    spec.readiness = Some(Arc::new(move || Box::pin(std::future::ready(asked().is_some()))));
    (spec, serving)
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_is_said_of_the_incarnation_that_runs() {
    let elsewhere = Some(String::new());
    let mut parts = Parts::ephemeral().unwrap();
    (parts.existing_postgres, parts.existing_kafka) = (elsewhere.clone(), elsewhere);
    let stack = Stack::start(parts).await.unwrap();
    let (spec, serving) = slow_to_serve(&stack);
    let process = stack.spawn(spec).await.unwrap();
    stack.until_ready().await.unwrap();
    let first = serving().expect("it serves");

    // It is dead, and nobody has been told yet.
    kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
    while running(first) {
        std::thread::yield_now();
    }
    stack.until_ready().await.unwrap();
    let second = serving().expect("the one after it serves");
    assert_ne!(first, second);

    // It is down when somebody begins to wait for it.
    process.ask(Halt(Signal::SIGTERM), SOON).await.map_err(|e| e.to_string()).unwrap();
    let (ready, resumed) = tokio::join!(stack.until_ready(), process.ask(Resume, SOON));
    ready.unwrap();
    resumed.map_err(|e| e.to_string()).unwrap();
    assert_ne!(serving().expect("it serves again"), second);

    stack.remove("slow").await;
    stack.until_ready().await.expect("nobody waits for what is gone");
    tokio::task::spawn_blocking(move || stack.stop()).await.unwrap();
}

//! The stack itself: it comes up, it can be broken and mended, and it leaves nothing behind.

use std::time::Duration;

use nix::sys::signal::Signal;
use polis_actors::runtime::tree;
use polis_stack::{Halt, Parts, Resume, Stack, create_database, create_topics, database_url, declared_topics};
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

    // The broker dies by itself and comes back by itself.
    let victim = children_named(&stack, "kafka.Kafka")[0];
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(victim), Signal::SIGKILL).unwrap();
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

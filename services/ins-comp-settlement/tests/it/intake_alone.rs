//! Registers that nobody sends: dropped into a folder, or fetched by schedule.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ins_comp_settlement::intake::{folder, scheduler};
use ins_comp_settlement::register::Period;
use jiff::civil::Date;
use polis_actors::http::HttpSpec;
use tokio::time::Instant;
use warp::Filter;
use warp::http::StatusCode;

use super::world::{FILE, INSURER, LONG, World, arriving, at_work, csv, stop};

async fn until_there(path: &Path) {
    let deadline = Instant::now() + LONG;
    while !path.exists() {
        assert!(Instant::now() < deadline, "{} does not come", path.display());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_taken_from_a_folder() {
    let world = World::new("intake_folder").await;
    let dropped = world.files.path().join("in");
    let own = dropped.join(INSURER);
    std::fs::create_dir_all(&own).unwrap();
    std::fs::create_dir_all(dropped.join("nobody")).unwrap();
    let put = |name: &str, text: &str| std::fs::write(own.join(name), text).unwrap();
    put("r_2026-11-01_2026-11-30.csv", &csv(100, 0));
    put("r.csv", &csv(100, 0));
    put("bad_2026-11-01_2026-11-30.csv", "x;y\n1;2\n");
    std::fs::write(dropped.join("nobody/x_2026-11-01_2026-11-30.csv"), "x").unwrap();
    let working = at_work(folder(&world.intake, &world.leases(), &dropped, Duration::from_millis(100))).await;

    until_there(&own.join("taken/r_2026-11-01_2026-11-30.csv")).await;
    for (file, said) in [("bad_2026-11-01_2026-11-30.csv", "no row has the names"), ("r.csv", "2026-")] {
        until_there(&own.join("refused").join(file)).await;
        let why = own.join("refused").join(format!("{file}.txt"));
        until_there(&why).await;
        let why = std::fs::read_to_string(why).unwrap();
        assert!(why.contains(said), "{file}: {why}");
    }
    assert!(dropped.join("nobody/x_2026-11-01_2026-11-30.csv").exists(), "nobody's file was touched");
    assert_eq!(world.count("select count(*) from runs where cause = 'receipt'").await, 1);

    // The same again, as after a death between the commit and the move.
    put("r_2026-11-01_2026-11-30.csv", &csv(100, 0));
    until_there(&own.join("taken/r_2026-11-01_2026-11-30.2.csv")).await;
    assert_eq!(world.count("select count(*) from runs").await, 1);
    assert_eq!(world.count("select count(*) from registers").await, 1);
    stop(working).await;
}

const OPEN: &str = "select count(*) from pulls where done_at is null and due <= now()";

/// A pull that was due so many days ago.
fn due(days: u32, from: &str, to: &str) -> String {
    format!(
        "insert into pulls (insurer_id, due, period_from, period_to, next_attempt_at)
        values ('{INSURER}', now() - interval '{days} days', '{from}', '{to}', now())"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn registers_are_fetched_by_schedule() {
    let world = World::new("intake_schedule").await;
    let answers = Arc::new(Mutex::new(vec![500u16, 401, 200]));
    let asked = answers.clone();
    let routes = warp::path!("r" / String / String).map(move |_: String, _: String| {
        let mut answers = asked.lock().unwrap();
        let status = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
        warp::Reply::into_response(warp::reply::with_status(csv(50, 0), StatusCode::from_u16(status).unwrap()))
    });
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], polis_stack::free_port().unwrap()));
    let routes = routes.boxed();
    let server = HttpSpec { name: "http".to_owned(), listen, routes, front: Default::default(), grace: LONG };
    let insurer = at_work(server.build().1).await;
    let pull = format!("[pull]\nurl = \"http://{listen}/r/{{from}}/{{to}}\"\n[schedule]\ncron = \"0 7 3 * *\"\n");
    world.describe(INSURER, &format!("{FILE}{pull}"));
    let september = Period { from: Date::constant(2026, 9, 1), to: Date::constant(2026, 9, 30) };
    for said in ["500 Internal", "401 Unauthorized"] {
        let error = world.intake.pull(INSURER, september, "olga").await.unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
    }

    // One was due while nobody was there, another one is of an insurer that has no file any more.
    world.execute(&due(40, "2026-09-01", "2026-09-30")).await;
    let gone = "insert into pulls (insurer_id, due, period_from, period_to, next_attempt_at)
        values ('gone', now() + interval '1 day', '2026-09-01', '2026-09-30', now() + interval '1 day')";
    world.execute(gone).await;
    let working = at_work(scheduler(&world.intake, &world.leases())).await;
    let planned = format!("select count(*) from pulls where due > now() and insurer_id = '{INSURER}'");
    world.until("the next one is planned", &planned, 1).await;
    world.until("what was due is fetched", OPEN, 0).await;
    world.until("nobody waits for the other one", "select count(*) from pulls where insurer_id = 'gone'", 0).await;
    let runs = world.count("select count(*) from runs where cause = 'schedule'").await;
    assert_eq!(runs, world.count("select count(*) from registers").await);

    // It fails, is tried again later, and is settled by somebody's upload.
    answers.lock().unwrap().insert(0, 503);
    world.execute(&due(70, "2026-08-01", "2026-08-31")).await;
    let later = "select count(*) from pulls where attempts = 1 and last_error like '503%' and next_attempt_at > now() + interval '20 seconds'";
    world.until("it is tried again later", later, 1).await;
    world.send(&arriving(INSURER, "2026-08-01", "2026-08-31"), &csv(7, 0)).await.unwrap();
    assert_eq!(world.count(OPEN).await, 0);

    // A closed period is not waited for; what is known already is reconciled all the same.
    world
        .execute(&format!(
            "insert into closed_periods (insurer_id, period_from, period_to, run_id, closed_by)
                values ('{INSURER}', '2026-07-01', '2026-07-31', 1, 'olga');
            {};
            update runs set state = 'done';
            {}",
            due(100, "2026-07-01", "2026-07-31"),
            due(1, "2026-09-01", "2026-09-30")
        ))
        .await;
    let closed = "select count(*) from pulls where done_at is not null and last_error like 'the period 2026-07-01%'";
    world.until("a closed one is given up", closed, 1).await;
    world.until("the known one is reconciled", "select count(*) from runs", runs + 1).await;
    world.describe(INSURER, FILE);
    world.until("without a schedule nothing is planned", "select count(*) from pulls where done_at is null", 0).await;
    stop(working).await;
    stop(insurer).await;
}

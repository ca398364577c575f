//! Reconciliation with insurers of the sandbox, in every format, of policies that were sold: what was put wrong in their registers
//! is found, kind by kind and policy by policy, and nothing else is; results add up, are exported and compared; breaks are decided,
//! settle themselves when an event comes late, and close their period.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::buyer::{Buyer, ask as buy, day, key, person};
use super::desk::{Days, adds_up, amount, ask, asked, done, found, reconciled, standing, tell, today, told, upload};
use super::exported;
use super::polis::{Polis, until};
use super::sold::{Book, Sold, offered};

/// Whose registers are CSV, a workbook, JSON and XML.
const INSURERS: [&str; 4] = ["ural-polis", "baltika-polis", "neva-strakhovanie", "volga-garant"];
/// Policies of each, of days that are over.
const SOLD: usize = 60;

/// The days that are reconciled: some and today; or the month that is over, where registers are of whole months.
fn days(insurer: &str) -> Days {
    match insurer {
        "neva-strakhovanie" | "volga-garant" => Days::last_month(),
        _ => Days { from: today().checked_sub(Span::new().days(30)).unwrap(), to: today() },
    }
}

/// Whether policies are bought of it today, and are in its register.
fn is_bought_from(insurer: &str) -> bool {
    matches!(insurer, "ural-polis" | "baltika-polis")
}

fn product(insurer: &str) -> String {
    format!("{insurer}-road-1")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_wrong_in_registers_is_found_and_settled() {
    let polis = Polis::start().await;
    polis.start_settlement().await;
    let book = sold(&polis).await;
    let first = every_insurer_is_reconciled(&polis, &book).await;
    let ural = &first["ural-polis"];
    exported::in_every_format(&polis, ural, &found(&polis, ural).await).await;
    the_same_register_is_known(&polis, ural).await;
    runs_are_compared(&polis, ural).await;
    a_break_is_decided(&polis).await;
    a_late_event_settles_a_break(&polis, &first["neva-strakhovanie"], &book).await;
    a_closed_period_takes_nothing(&polis).await;
    polis.stop().await;
}

/// Policies of days that are over, told to the topic, and some that are bought today: all of which everybody knows.
async fn sold(polis: &Polis) -> Book {
    let (before, after) = (Decimal::from(3650), Decimal::from(3990));
    let mut all = Vec::new();
    for (nth_insurer, insurer) in INSURERS.iter().enumerate() {
        let days = days(insurer);
        let raised = days.nth(14);
        let midnight = raised.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let premiums = [("2026-01-01T00:00:00Z".parse().unwrap(), before), (midnight, after)];
        super::sold::tell(polis, [offered(insurer, &product(insurer), &premiums)]).await;
        for nth in 0..SOLD {
            // No month is shorter, and none of these days is today.
            let day = days.nth(nth % 28);
            let (premium, version) = if day < raised { (before, 1) } else { (after, 2) };
            let one = Sold::on(day, nth_insurer * SOLD + nth, insurer, &product(insurer), premium);
            all.push(Sold { version, ..one });
        }
    }
    let mut book = Book::default();
    book.sell(polis, &all).await;
    let given_up: Vec<Sold> = all.iter().step_by(7).map(Sold::given_up).collect();
    book.sell(polis, &given_up).await;
    for (insurer, product) in
        [("ural-polis", "ural-travel-1"), ("ural-polis", "ural-travel-1"), ("baltika-polis", "baltika-hull-1")]
    {
        buys(polis, insurer, product).await;
    }
    // Somebody thinks better of it.
    buys(polis, "ural-polis", "ural-travel-1").await.done("cancellation", json!({})).await;
    until("settlement knows what was sold", || async { book.differences(polis).await.is_empty() }).await;
    for (insurer, bought) in INSURERS.into_iter().zip([3, 1, 0, 0]) {
        let ours = format!("select count(*) from policies where insurer_id = '{insurer}'");
        let given_up = "select count(*) from policies where revision = 2 and policy_number not like 'PL-5%'";
        until("everybody knows what was bought", || async {
            let theirs = polis.get(&polis.sandbox(&format!("/control/insurers/{insurer}/register"))).await;
            theirs.is_some_and(|theirs| theirs["policies"] == SOLD + bought)
                && polis.settlement_count(&ours).await == i64::try_from(SOLD + bought).unwrap()
                && polis.settlement_count(given_up).await == 1
        })
        .await;
    }
    book
}

async fn buys<'p>(polis: &'p Polis, insurer: &str, product: &str) -> Buyer<'p> {
    let wish = json!({ "insurer_id": insurer, "product_id": product, "tariff_id": "base", "starts_on": day(1) });
    let (status, body) = buy(polis, Method::POST, "/api/quotes", "", &key(), Some(&wish)).await;
    assert_eq!(status, 201, "{body}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (id, token) = (text(&body["application"]["application_id"]), text(&body["token"]));
    let buyer = Buyer { polis, id, token };
    buyer.done("submission", person()).await;
    buyer.done("reservation", json!({})).await;
    buyer.done("payment", json!({})).await;
    buyer.decides("approve", 1).await;
    buyer.until_status("confirmed").await;
    buyer
}

/// Puts so much wrong of each kind in the registers of an insurer.
async fn put_wrong(polis: &Polis, insurer: &str, seed: u64, differences: Value) {
    let (address, days) = (polis.sandbox(&format!("/control/insurers/{insurer}/register")), days(insurer));
    let order = json!({ "seed": seed, "differences": differences, "period": { "from": days.from, "to": days.to } });
    let answer = polis.http.put(address).json(&order).send().await.unwrap();
    assert!(answer.status().is_success(), "{insurer}: {}", answer.text().await.unwrap());
}

fn everything(today: usize) -> Value {
    json!({
        "missing_at_insurer": 3, "missing_at_us": 2, "premium_differs": 4, "commission_differs": 2, "status_differs": 5,
        "dates_differ": 2, "refund_differs": 2, "duplicate": 2, "unreadable": 2, "ambiguous": 1, "not_due_yet": today,
        "number_written_otherwise": 3, "instalments": 3,
    })
}

/// What was put wrong and is to be found: kind, policies, lines.
type Difference = (String, Vec<String>, Vec<u64>);

fn difference(value: &Value) -> Difference {
    let mut policies: Vec<String> =
        value["policies"].as_array().unwrap().iter().map(|number| number.as_str().unwrap().to_owned()).collect();
    let mut lines: Vec<u64> = value["lines"].as_array().unwrap().iter().map(|line| line.as_u64().unwrap()).collect();
    policies.sort_unstable();
    lines.sort_unstable();
    (value["kind"].as_str().unwrap().to_owned(), policies, lines)
}

/// What the sandbox says that it put wrong.
async fn injected(polis: &Polis, insurer: &str) -> Vec<Value> {
    let path = format!("/control/insurers/{insurer}/register/differences?{}", days(insurer).query());
    polis.get(&polis.sandbox(&path)).await.unwrap().as_array().unwrap().clone()
}

/// Runs polisctl on settlement, which must succeed; answers what it prints.
async fn polisctl(polis: &Polis, arguments: &[&str]) -> String {
    let (fine, text) = try_polisctl(polis, arguments).await;
    assert!(fine, "polisctl settlement {}: {text}", arguments.join(" "));
    text
}

async fn try_polisctl(polis: &Polis, arguments: &[&str]) -> (bool, String) {
    let place = polis.settlement("");
    polis.polisctl(&[&["settlement"], arguments, &["--admin", place.as_str()]].concat()).await
}

/// Pulls the register of an insurer and reconciles it, as an operator does. Answers the run.
async fn pulled(polis: &Polis, insurer: &str) -> Value {
    let Days { from, to } = days(insurer);
    let order = format!("run --pull --insurer {insurer} --from {from} --to {to} --by olga --why monthly");
    let shown = polisctl(polis, &order.split(' ').collect::<Vec<_>>()).await;
    let runs = ask(polis, &format!("/runs?insurer={insurer}&limit=1")).await;
    let run = done(polis, runs[0]["id"].as_i64().unwrap()).await;
    assert!(shown.contains(run["result_sha256"].as_str().unwrap()), "{shown}");
    assert_eq!((&run["ordered_by"], &run["why"]), (&json!("olga"), &json!("monthly")));
    run
}

/// All that was put wrong is found, and nothing else; both sides add up.
async fn every_insurer_is_reconciled(polis: &Polis, book: &Book) -> BTreeMap<&'static str, Value> {
    let mut runs = BTreeMap::new();
    for (seed, insurer) in (1..).zip(INSURERS) {
        put_wrong(polis, insurer, seed, everything(usize::from(is_bought_from(insurer)))).await;
        let run = pulled(polis, insurer).await;
        let injected = injected(polis, insurer).await;
        let (mut wanted, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for one in injected.iter().filter(|one| one["is_break"] == true || one["kind"] == "not_due_yet") {
            assert!(wanted.insert(difference(one)), "{insurer}: put wrong twice: {one}");
        }
        let breaks = found(polis, &run).await;
        for one in &breaks {
            assert!(seen.insert(difference(one)), "{insurer}: found twice: {one}");
            let said = ["explanation_ru", "explanation_en"].map(|language| one[language].as_str().unwrap().len());
            assert!(said.into_iter().all(|letters| letters > 20), "{insurer}: not explained: {one}");
        }
        let missed: Vec<_> = wanted.difference(&seen).collect();
        let invented: Vec<_> = seen.difference(&wanted).collect();
        assert!(missed.is_empty() && invented.is_empty(), "{insurer}: missed {missed:#?}, invented {invented:#?}");
        for one in breaks.iter().filter(|one| one["kind"] == "premium_differs") {
            assert_eq!(one["tariff_says"], "ours", "the premium is that of the tariff as it was known then: {one}");
        }
        sides_add_up(polis, insurer, &run, book).await;
        let verified = polisctl(polis, &["verify", &run["id"].to_string()]).await;
        assert!(verified.contains(run["result_sha256"].as_str().unwrap()), "{verified}");
        runs.insert(insurer, run);
    }
    runs
}

async fn sides_add_up(polis: &Polis, insurer: &str, run: &Value, book: &Book) {
    let totals = &run["totals"];
    adds_up(totals);
    let register = ask(polis, &format!("/registers/{}", run["register_id"])).await;
    let theirs = &totals["went_in"]["theirs"];
    let lines = register["lines"].as_u64().unwrap() + register["unreadable"].as_u64().unwrap();
    assert_eq!((theirs["count"].as_u64().unwrap(), amount(&theirs["premium"])), (lines, amount(&register["premium"])));
    let ours = &totals["went_in"]["ours"];
    let told = book.0.values().filter(|sold| sold.insurer == insurer);
    let (mut count, mut premium) = (0, Decimal::ZERO);
    told.for_each(|sold| (count, premium) = (count + 1, premium + sold.premium));
    let bought = format!(
        "select count(*), coalesce(sum(premium), 0) from policies where insurer_id = '{insurer}' and policy_number not like 'PL-5%'"
    );
    let rows = polis.rows(polis_stack::SETTLEMENT_DATABASE, &bought).await;
    let (count, premium) = (count + rows[0].get::<_, i64>(0), premium + rows[0].get::<_, Decimal>(1));
    assert_eq!((ours["count"].as_i64().unwrap(), amount(&ours["premium"])), (count, premium), "{insurer}");
}

/// The same file is the same register, and another run of it has the same result.
async fn the_same_register_is_known(polis: &Polis, run: &Value) {
    let Days { from, to } = days("ural-polis");
    let pull = json!({ "insurer": "ural-polis", "from": from, "to": to, "by": "olga", "why": "once more" });
    let (status, again) = tell(polis, "/registers/pull", pull).await;
    assert_eq!((status, &again["id"], &again["known"]), (200, &run["register_id"], &json!(true)), "{again}");
    let again = reconciled(polis, &again).await;
    assert_ne!(again["id"], run["id"]);
    assert_eq!(again["result_sha256"], run["result_sha256"]);
    let compared = ask(polis, &format!("/runs/{}/compare", again["id"])).await;
    assert_eq!((&compared["new"], &compared["gone"], &compared["changed"]), (&json!([]), &json!([]), &json!([])));
}

/// By the identity of breaks: what is new, gone and changed since an earlier run.
async fn runs_are_compared(polis: &Polis, first: &Value) {
    let days = days("ural-polis");
    let file = polis.http.get(polis.sandbox(&format!("/registers/ural-polis?{}", days.query()))).send().await.unwrap();
    let file = file.bytes().await.unwrap().to_vec();
    // Of one premium that differs the insurer says something else now; of another policy it has nothing any more.
    let wrong = injected(polis, "ural-polis").await;
    let differing = wrong.iter().find(|one| one["kind"] == "premium_differs").unwrap();
    let (was, is) = (&differing["changes"][0]["is"], "9 999,50");
    let line = differing["lines"][0].as_u64().unwrap();
    // What is there twice has its other line before it.
    let about: BTreeSet<u64> =
        wrong.iter().flat_map(|one| difference(one).2).flat_map(|line| [line - 1, line]).collect();
    let lines: Vec<&[u8]> = file.split(|byte| *byte == b'\n').collect();
    let dropped = (4..).find(|line| !about.contains(line)).unwrap();
    let mut edited: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
    edited[usize::try_from(line).unwrap() - 1] = with_premium(lines[usize::try_from(line).unwrap() - 1], is);
    edited.remove(usize::try_from(dropped).unwrap() - 1);
    let (status, register) = upload(polis, "ural-polis", days, "edited.csv", edited.join(&b'\n')).await;
    assert_eq!(status, 201, "{was}: {register}");
    let run = reconciled(polis, &register).await;

    let by_id = |breaks: Vec<Value>| -> BTreeMap<String, Value> {
        breaks.into_iter().map(|one| (one["break_id"].as_str().unwrap().to_owned(), one)).collect()
    };
    let (before, after) = (by_id(found(polis, first).await), by_id(found(polis, &run).await));
    let compared = ask(polis, &format!("/runs/{}/compare?with={}", run["id"], first["id"])).await;
    let ids = |list: &Value| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|one| one["break_id"].as_str().unwrap().to_owned()).collect()
    };
    let only = |these: &BTreeMap<String, Value>, those: &BTreeMap<String, Value>| -> BTreeSet<String> {
        these.keys().filter(|id| !those.contains_key(*id)).cloned().collect()
    };
    assert_eq!(ids(&compared["new"]), only(&after, &before), "{compared}");
    assert_eq!(ids(&compared["gone"]), only(&before, &after), "{compared}");
    assert_eq!(compared["new"][0]["kind"], "missing_at_insurer", "{compared}");
    let changed = compared["changed"].as_array().unwrap();
    assert!(
        changed.iter().any(|one| one["before"]["policies"] == differing["policies"]
            && one["before"]["theirs"] != one["after"]["theirs"]
            && amount(&one["after"]["theirs"]) == "9999.50".parse().unwrap()),
        "{compared}"
    );
    let shown = polisctl(polis, &["diff", &run["id"].to_string(), &first["id"].to_string()]).await;
    assert!(shown.contains("missing_at_insurer") && shown.contains("9999.50"), "{shown}");

    // Another seed is other policies: everything that was is gone.
    put_wrong(polis, "ural-polis", 77, json!({ "premium_differs": 2 })).await;
    let run = pulled(polis, "ural-polis").await;
    let compared = ask(polis, &format!("/runs/{}/compare", run["id"])).await;
    let listed = ["new", "gone", "changed"].map(|list| compared[list].as_array().unwrap().len());
    assert!(listed[1] > 10 && listed[0] + listed[2] <= 2, "{compared}");
}

/// The line of a register with another premium.
fn with_premium(line: &[u8], premium: &str) -> Vec<u8> {
    let mut cells: Vec<&[u8]> = line.split(|byte| *byte == b';').collect();
    cells[6] = premium.as_bytes();
    cells.join(&b';')
}

/// Somebody takes a break over and decides; its story tells of both.
async fn a_break_is_decided(polis: &Polis) {
    let open = standing(polis, "insurer=baltika-polis&kind=commission_differs&state=open").await;
    assert_eq!(open.len(), 2, "{open:?}");
    let id = open[0]["id"].to_string();
    let why = "the rate of a former contract";
    polisctl(polis, &["decide", &id, "--owner", "petr", "--by", "olga", "--why", "Petr knows the contract"]).await;
    polisctl(polis, &["decide", &id, "--state", "disputed", "--by", "petr", "--why", why]).await;
    let story = ask(polis, &format!("/breaks/{id}")).await;
    let (standing, history) = (&story["break"], story["history"].as_array().unwrap());
    assert_eq!((&standing["state"], &standing["owner"]), (&json!("disputed"), &json!("petr")));
    let told: Vec<(&str, &str, &str)> = history
        .iter()
        .map(|event| ["by", "what", "state"].map(|of| event[of].as_str().unwrap()))
        .map(|[by, what, state]| (by, what, state))
        .collect();
    assert_eq!(told.len(), 3, "{history:?}");
    assert_eq!(told[0].1, "found");
    assert_eq!(&told[1..], [("olga", "decided", "open"), ("petr", "decided", "disputed")], "{history:?}");
    assert_eq!(history[2]["why"], why);
    let policy = &story["policies"][0];
    assert_eq!(policy["policy_number"], standing["policies"][0]);
    assert!(policy["expected_premium"].is_string(), "the tariff that it was sold at: {policy}");
    assert_eq!(story["lines"].as_array().unwrap().len(), 1, "the line as it stands in the register: {story}");
    let shown = polisctl(polis, &["break", &id]).await;
    assert!(shown.contains("petr") && shown.contains(why), "{shown}");
    let (status, problem) =
        tell(polis, "/breaks", json!({ "ids": [open[0]["id"], 999_999_999], "state": "accepted", "by": "olga" })).await;
    assert!((400..500).contains(&status), "all or none: {problem}");
    assert_eq!(ask(polis, &format!("/breaks/{id}")).await["break"]["state"], "disputed");
}

/// The insurer was right: the policy was given up, and the event that says so comes late. Nobody orders anything.
async fn a_late_event_settles_a_break(polis: &Polis, run: &Value, book: &Book) {
    let open = standing(polis, "insurer=neva-strakhovanie&kind=status_differs&state=open").await;
    let in_force = open.iter().find_map(|found| {
        let sold = book.0.get(found["policies"][0].as_str().unwrap())?;
        sold.cancelled.is_none().then_some((found, sold))
    });
    let (found, sold) = in_force.expect("a policy that only the insurer says is given up");
    super::sold::tell(polis, [sold.given_up().told()]).await;
    let path = format!("/breaks/{}", found["id"]);
    until("the break is settled", || async { ask(polis, &path).await["break"]["state"] == "corrected" }).await;
    let story = ask(polis, &path).await;
    let last = story["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["by"], &last["what"]), (&json!("event"), &json!("gone")), "{last}");
    assert!(last["why"].as_str().unwrap().contains(&sold.number), "it names the policy: {last}");
    let runs = ask(polis, "/runs?insurer=neva-strakhovanie&limit=5").await;
    assert_eq!(runs[0]["id"], run["id"], "nobody ordered a run");
    until("nothing waits to be looked at again", || async {
        polis.settlement_count("select count(*) from break_checks").await == 0
    })
    .await;
}

/// A period is closed when everything is decided; then nothing of its days is taken, until it is opened again.
async fn a_closed_period_takes_nothing(polis: &Polis) {
    let insurer = "volga-garant";
    let run = ask(polis, &format!("/runs?insurer={insurer}&limit=1")).await[0].clone();
    let id = run["id"].to_string();
    let (fine, said) = try_polisctl(polis, &["close", &id, "--by", "olga", "--why", "signed"]).await;
    assert!(!fine && said.contains("are open"), "{said}");
    let open = standing(polis, &format!("insurer={insurer}&state=open")).await;
    let ids: Vec<&Value> = open.iter().map(|found| &found["id"]).collect();
    let decided =
        told(polis, "/breaks", json!({ "ids": ids, "state": "accepted", "by": "olga", "why": "small" })).await;
    assert_eq!(decided.as_array().unwrap().len(), ids.len());
    polisctl(polis, &["close", &id, "--by", "olga", "--why", "signed"]).await;

    let count = async |of: &str| polis.settlement_count(&format!("select count(*) from {of}")).await;
    let before = (count("registers").await, count("runs").await);
    // One day of it is enough.
    let (from, to) = (days(insurer).to.to_string(), days(insurer).to.tomorrow().unwrap().to_string());
    let (fine, said) =
        try_polisctl(polis, &["run", "--pull", "--insurer", insurer, "--from", &from, "--to", &to]).await;
    assert!(!fine && said.contains("closed"), "{said}");
    let register = run["register_id"].to_string();
    let (fine, said) = try_polisctl(polis, &["run", "--register", &register]).await;
    assert!(!fine && said.contains("closed"), "{said}");
    assert_eq!((count("registers").await, count("runs").await), before);
    // What is settled is still shown, compared, exported and verified.
    assert_eq!(asked(polis, &format!("/runs/{id}")).await.1["closed"]["why"], "signed");
    polisctl(polis, &["verify", &id]).await;
    polisctl(polis, &["reopen", &id, "--by", "olga", "--why", "a mistake"]).await;
    polisctl(polis, &["run", "--register", &register]).await;
}

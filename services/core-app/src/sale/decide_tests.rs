use super::*;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const TODAY: Date = Date::constant(2027, 1, 1);

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW.as_second() + seconds).unwrap()
}

fn rub(units: i64) -> Money {
    Money { currency_code: "RUB".to_owned(), units, nanos: 0 }
}

fn quoted() -> Quoted {
    Quoted {
        insurer_id: "ural-polis".to_owned(),
        premium: Some(rub(3650)),
        starts_on: Some(Date::constant(2027, 1, 1).into()),
        ends_on: Some(Date::constant(2027, 12, 31).into()),
        valid_until: Some(timestamp::to_wire(later(600))),
        ..Quoted::default()
    }
}

fn succeed_with(attempt: i32, payment: &str, amount: Money) -> Command {
    Command::Succeed {
        attempt,
        payment_id: payment.to_owned(),
        amount,
        learned_by: "webhook",
        policy_number: "P-1".to_owned(),
    }
}

/// What the provider said, sealed.
fn words() -> Option<Words> {
    Some(Words { person_id: "p".to_owned(), sealed: b"sealed".to_vec().into() })
}

/// One of each command, all of them of the first attempt and payment.
fn commands() -> Vec<(&'static str, Command)> {
    let payment_id = || "pay-1".to_owned();
    vec![
        ("quote", Command::Quote(Box::new(quoted()))),
        ("submit", Command::Submit(Submitted::default())),
        ("reserve", Command::Reserve { until: later(900), today: TODAY }),
        ("pay", Command::Pay { deadline: later(900), today: TODAY }),
        ("start", Command::StartPayment { attempt: 1, payment_id: payment_id(), url: "u".to_owned() }),
        ("succeed", succeed_with(1, "pay-1", rub(3650))),
        ("fail", Command::Fail { attempt: 1, payment_id: payment_id(), words: words() }),
        ("expire-quote", Command::Expire(Overdue::Quote)),
        ("expire-reservation", Command::Expire(Overdue::Reservation)),
        ("expire-payment", Command::Expire(Overdue::Payment { attempt: 1 })),
        ("cancel", Command::Cancel { words: None, today: Date::constant(2027, 7, 2) }),
        ("refund", Command::Refund { payment_id: payment_id(), refund_id: "r".to_owned(), amount: rub(3650) }),
    ]
}

fn done(commands: &[Command]) -> Application {
    let mut state = Application::default();
    for command in commands {
        for event in decide(&state, command.clone(), NOW).unwrap() {
            state.apply(&event);
        }
    }
    state
}

/// The shortest way to each state.
fn way_to(status: Status) -> Application {
    let all: Vec<Command> = commands().into_iter().map(|(_, command)| command).collect();
    let ended = Command::Cancel { words: None, today: Date::constant(2027, 1, 1) };
    let way = match status {
        Status::None => vec![],
        Status::Quoted => all[..1].to_vec(),
        Status::Applied => all[..2].to_vec(),
        Status::Reserved => all[..3].to_vec(),
        Status::PaymentPending => all[..5].to_vec(),
        Status::Confirmed => all[..6].to_vec(),
        Status::Rejected => [&all[..5], &[succeed_with(1, "pay-1", rub(1))]].concat(),
        Status::Expired => [&all[..5], &[Command::Expire(Overdue::Payment { attempt: 1 })]].concat(),
        Status::Cancelled => [&all[..1], &[ended]].concat(),
    };
    let state = done(&way);
    assert_eq!(state.status, status);
    state
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Quoted(_) => "Quoted",
        Event::Submitted(_) => "Submitted",
        Event::Reserved(_) => "Reserved",
        Event::PaymentRequested(_) => "PaymentRequested",
        Event::PaymentStarted(_) => "PaymentStarted",
        Event::PaymentSucceeded(_) => "PaymentSucceeded",
        Event::PaymentFailed(_) => "PaymentFailed",
        Event::Confirmed(_) => "Confirmed",
        Event::Rejected(_) => "Rejected",
        Event::Expired(_) => "Expired",
        Event::Cancelled(_) => "Cancelled",
        Event::RefundRequested(_) => "RefundRequested",
        Event::Refunded(_) => "Refunded",
    }
}

/// Every pair of state and command: `-` it does not fit, `=` it has happened, otherwise the events.
#[test]
fn every_command_in_every_state() {
    let mut table = String::new();
    for status in Status::ALL {
        let state = way_to(status);
        for (what, command) in commands() {
            let told = match decide(&state, command, NOW) {
                Ok(events) => events.iter().map(name).collect::<Vec<_>>().join(" "),
                Err(Refusal::AlreadyDone) => "=".to_owned(),
                Err(Refusal::NotNow { state: seen, .. }) => {
                    assert_eq!(seen, status);
                    "-".to_owned()
                }
                Err(other) => other.to_string(),
            };
            table.push_str(&format!("{:<16}{what:<20}{told}\n", status.as_str()));
        }
    }
    let expected = include_str!("decide_table.txt");
    assert_eq!(table, expected, "the table of the life cycle changed");
}

#[test]
fn a_quote_holds_for_its_time_only() {
    let state = way_to(Status::Quoted);
    let submit = || Command::Submit(Submitted::default());
    assert!(decide(&state, submit(), later(600)).is_ok());
    assert_eq!(decide(&state, submit(), later(601)), Err(Refusal::TooLate { what: "the quote", until: later(600) }));
    let state = way_to(Status::Applied);
    assert!(matches!(
        decide(&state, Command::Reserve { until: later(9), today: TODAY }, later(601)),
        Err(Refusal::TooLate { .. })
    ));
}

#[test]
fn a_reservation_that_is_over_is_neither_paid_nor_waited_for() {
    let pay = Command::Pay { deadline: later(2000), today: TODAY };
    assert!(matches!(decide(&way_to(Status::Reserved), pay, later(901)), Err(Refusal::TooLate { .. })));
    let fail = Command::Fail { attempt: 1, payment_id: "pay-1".to_owned(), words: words() };
    let events = decide(&way_to(Status::PaymentPending), fail, later(901)).unwrap();
    assert_eq!(events.iter().map(name).collect::<Vec<_>>(), ["PaymentFailed", "Expired"]);
}

#[test]
fn money_that_is_not_wanted_goes_back_once_and_the_rest_is_the_premium() {
    // The second attempt is paid, then the first one after all.
    let all: Vec<Command> = commands().into_iter().map(|(_, command)| command).collect();
    let mut way = all[..5].to_vec();
    way.push(Command::Fail { attempt: 1, payment_id: "pay-1".to_owned(), words: words() });
    way.push(Command::Pay { deadline: later(900), today: TODAY });
    way.push(Command::StartPayment { attempt: 2, payment_id: "pay-2".to_owned(), url: "u".to_owned() });
    way.push(succeed_with(2, "pay-2", rub(3650)));
    way.push(succeed_with(1, "pay-1", rub(3650)));
    let mut state = done(&way);
    assert_eq!((state.status, state.paid_by.as_deref()), (Status::Confirmed, Some("pay-2")));
    assert_eq!(decide(&state, succeed_with(1, "pay-1", rub(3650)), NOW), Err(Refusal::AlreadyDone));
    let refund = |payment: &str, units| Command::Refund {
        payment_id: payment.to_owned(),
        refund_id: "r".to_owned(),
        amount: rub(units),
    };
    assert!(matches!(decide(&state, refund("pay-1", 1), NOW), Err(Refusal::RefundDiffers { .. })));
    for event in decide(&state, refund("pay-1", 3650), NOW).unwrap() {
        state.apply(&event);
    }
    assert_eq!(decide(&state, refund("pay-1", 3650), NOW), Err(Refusal::AlreadyDone));
    assert_eq!(state.balance(), state.premium());
}

#[test]
fn a_cancelled_policy_pays_back_by_days_and_all_of_it_while_cooling_off() {
    let state = way_to(Status::Confirmed);
    let refund = |today: Date| {
        let events = decide(&state, Command::Cancel { words: None, today }, NOW).unwrap();
        events.iter().find_map(|event| match event {
            Event::RefundRequested(requested) => requested.amount.as_ref().and_then(|money| money.amount().ok()),
            _ => None,
        })
    };
    let rub = |text: &str| Some(text.parse::<Decimal>().unwrap());
    assert_eq!(refund(Date::constant(2026, 12, 1)), rub("3650"), "before it begins");
    assert_eq!(refund(Date::constant(2027, 1, 14)), rub("3650"), "the fourteenth day");
    assert_eq!(refund(Date::constant(2027, 1, 15)), rub("3500"), "fifteen of 365 days are used");
    assert_eq!(refund(Date::constant(2027, 12, 30)), rub("10"));
    assert_eq!(refund(Date::constant(2027, 12, 31)), None, "the last day is used up");
}

#[test]
fn nobody_is_insured_for_the_past() {
    let today = TODAY.tomorrow().unwrap();
    let reserve = decide(&way_to(Status::Applied), Command::Reserve { until: later(9), today }, NOW);
    assert_eq!(reserve, Err(Refusal::CoverBegun(TODAY)));
    let pay = decide(&way_to(Status::Reserved), Command::Pay { deadline: later(9), today }, NOW);
    assert_eq!(pay, Err(Refusal::CoverBegun(TODAY)));
}

#[test]
fn of_nothing_nothing_goes_back() {
    let state = done_after(way_to(Status::PaymentPending), succeed_with(1, "pay-1", rub(0)));
    assert_eq!(
        (state.status, state.balance(), state.received[0].to_refund),
        (Status::Rejected, Decimal::ZERO, Decimal::ZERO)
    );
}

fn done_after(mut state: Application, command: Command) -> Application {
    for event in decide(&state, command, NOW).unwrap() {
        state.apply(&event);
    }
    state
}

#[test]
fn another_payment_decides_nothing() {
    let fail = Command::Fail { attempt: 1, payment_id: "pay-2".to_owned(), words: words() };
    assert_eq!(decide(&way_to(Status::PaymentPending), fail, NOW), Err(Refusal::AlreadyDone));
    let nameless = Command::Fail { attempt: 1, payment_id: String::new(), words: words() };
    assert_eq!(decide(&way_to(Status::PaymentPending), nameless, NOW), Err(Refusal::AlreadyDone));
}

#[test]
fn why_a_payment_failed_is_kept_as_sealed_until_something_else_comes() {
    let fail = Command::Fail { attempt: 1, payment_id: "pay-1".to_owned(), words: words() };
    let why = |state: &Application| (state.reason.clone(), state.words.clone());
    let events = decide(&way_to(Status::PaymentPending), fail.clone(), NOW).unwrap();
    let failed =
        PaymentFailed { attempt: 1, payment_id: "pay-1".to_owned(), words: words(), ..PaymentFailed::default() };
    assert_eq!(events, [Event::PaymentFailed(failed)], "nothing of it stands in the open");
    let declined = done_after(way_to(Status::PaymentPending), fail);
    assert_eq!(why(&declined), (Some("declined".to_owned()), words()));
    let again = done_after(declined.clone(), Command::Pay { deadline: later(900), today: TODAY });
    let confirmed = done_after(again, succeed_with(2, "pay-2", rub(3650)));
    assert_eq!((confirmed.status, why(&confirmed)), (Status::Confirmed, (None, None)));
    let expired = done_after(declined, Command::Expire(Overdue::Reservation));
    assert_eq!(why(&expired), (Some("reservation".to_owned()), None));
}

//! The rules of supervision, each as a table of events and orders.

use std::time::Duration;

use tokio::time::Instant;

use super::core::{ChildId, Core, Order};
use super::{Budget, Strategy};
use crate::runtime::spec::Policy;
use crate::runtime::{Backoff, Exit, Restart};

const FIRST: Duration = Duration::from_millis(100);
const A: ChildId = ChildId(0);
const B: ChildId = ChildId(1);
const C: ChildId = ChildId(2);

fn start(child: ChildId) -> Order {
    Order::Start { child, delay: Duration::ZERO, again: false }
}

fn again(child: ChildId, delay: Duration) -> Order {
    Order::Start { child, delay, again: true }
}

fn crash() -> Exit {
    Exit::Failed("boom".to_owned())
}

fn three(strategy: Strategy, restart: Restart, restarts: usize) -> (Core, Instant) {
    let now = Instant::now();
    let mut core = Core::new(strategy, Budget { restarts, window: Duration::from_secs(60) }, || 0.5);
    let policy = Policy { restart, backoff: Backoff { first: FIRST, ..Backoff::default() }, ..Policy::default() };
    assert_eq!(core.add("a", policy.clone()).1, [start(A)]);
    assert_eq!(core.add("b", policy.clone()).1, [], "children start one after another");
    assert_eq!(core.add("c", policy).1, []);
    assert_eq!(core.started(A, now), [start(B)]);
    assert_eq!(core.started(B, now), [start(C)]);
    assert_eq!(core.started(C, now), []);
    (core, now)
}

#[test]
fn one_for_one_touches_no_sibling_and_backs_off() {
    let (mut core, now) = three(Strategy::OneForOne, Restart::Permanent, 5);
    assert_eq!(core.exited(B, &crash(), now), [again(B, FIRST)]);
    assert_eq!(core.started(B, now), []);
    assert_eq!(core.exited(B, &crash(), now), [again(B, 2 * FIRST)]);
    core.started(B, now);
    let later = now + Duration::from_secs(120);
    assert_eq!(core.exited(B, &crash(), later), [again(B, FIRST)], "a healthy period resets the delay");
}

#[test]
fn one_for_all_stops_in_reverse_and_starts_in_order() {
    let (mut core, now) = three(Strategy::OneForAll, Restart::Permanent, 5);
    assert_eq!(core.exited(B, &crash(), now), [Order::Stop(C)]);
    assert_eq!(core.exited(C, &Exit::Finished, now), [Order::Stop(A)]);
    assert_eq!(core.exited(A, &Exit::Finished, now), [again(A, FIRST)]);
    assert_eq!(core.started(A, now), [again(B, Duration::ZERO)]);
    assert_eq!(core.started(B, now), [again(C, Duration::ZERO)]);
}

#[test]
fn rest_for_one_leaves_the_earlier_alone() {
    let (mut core, now) = three(Strategy::RestForOne, Restart::Permanent, 5);
    assert_eq!(core.exited(B, &crash(), now), [Order::Stop(C)]);
    assert_eq!(core.exited(C, &Exit::Finished, now), [again(B, FIRST)]);
    assert_eq!(core.started(B, now), [again(C, Duration::ZERO)]);
}

#[test]
fn a_second_failure_during_a_group_stop_widens_it_and_starts_no_second_chain() {
    let (mut core, now) = three(Strategy::RestForOne, Restart::Permanent, 5);
    assert_eq!(core.exited(B, &crash(), now), [Order::Stop(C)]);
    assert_eq!(core.exited(A, &crash(), now), [], "C is still stopping");
    assert_eq!(core.exited(C, &Exit::Finished, now), [again(A, FIRST)], "A leads now");
    assert_eq!(core.started(A, now), [again(B, Duration::ZERO)]);
    assert_eq!(core.started(B, now), [again(C, Duration::ZERO)]);
    assert_eq!(core.started(C, now), []);
}

#[test]
fn a_failure_while_the_group_starts_restarts_the_group() {
    let (mut core, now) = three(Strategy::OneForAll, Restart::Permanent, 5);
    core.exited(C, &crash(), now);
    core.exited(B, &Exit::Finished, now);
    assert_eq!(core.exited(A, &Exit::Finished, now), [again(A, FIRST)]);
    assert_eq!(core.started(A, now), [again(B, Duration::ZERO)]);
    assert_eq!(core.exited(B, &crash(), now), [Order::Stop(A)], "C was not started again yet");
    assert_eq!(core.exited(A, &Exit::Finished, now), [again(A, FIRST)]);
}

#[test]
fn a_spent_budget_stops_all_in_reverse_then_escalates() {
    let (mut core, now) = three(Strategy::OneForOne, Restart::Permanent, 1);
    assert_eq!(core.exited(A, &crash(), now), [again(A, FIRST)]);
    core.started(A, now);
    assert_eq!(core.exited(A, &crash(), now), [Order::Stop(C)]);
    assert_eq!(core.exited(C, &Exit::Finished, now), [Order::Stop(B)]);
    let orders = core.exited(B, &Exit::Finished, now);
    assert_eq!(orders, [Order::Escalate("restart budget spent by a: failed: boom".to_owned())]);
}

#[test]
fn a_stop_goes_grace_kill_abandon() {
    let (mut core, now) = three(Strategy::OneForOne, Restart::Permanent, 5);
    assert_eq!(core.shutdown(), [Order::Stop(C)]);
    assert_eq!(core.grace_over(C), [Order::Kill(C)]);
    assert_eq!(core.kill_ignored(C), [Order::Abandon(C)]);
    assert_eq!(core.exited(C, &Exit::Killed, now), [Order::Stop(B)]);
    assert_eq!(core.grace_over(C), [], "a timer of a child that has ended is nothing");
    assert_eq!(core.exited(B, &Exit::Finished, now), [Order::Stop(A)]);
    assert_eq!(core.exited(A, &Exit::Finished, now), [Order::Done]);
}

#[test]
fn a_child_that_crashes_during_shutdown_is_not_restarted() {
    let (mut core, now) = three(Strategy::OneForOne, Restart::Permanent, 5);
    assert_eq!(core.shutdown(), [Order::Stop(C)]);
    assert_eq!(core.exited(A, &crash(), now), []);
    assert_eq!(core.exited(C, &Exit::Finished, now), [Order::Stop(B)]);
    assert_eq!(core.exited(B, &Exit::Finished, now), [Order::Done]);
}

#[test]
fn restart_policies_follow_otp() {
    for (restart, finished, failed) in
        [(Restart::Permanent, true, true), (Restart::Transient, false, true), (Restart::Temporary, false, false)]
    {
        let (mut core, now) = three(Strategy::OneForOne, restart, 5);
        let restarted = |orders: &[Order]| orders.iter().any(|o| matches!(o, Order::Start { child: A, .. }));
        assert_eq!(restarted(&core.exited(A, &Exit::Finished, now)), finished, "{restart:?} after finish");
        let (mut core, now) = three(Strategy::OneForOne, restart, 5);
        assert_eq!(restarted(&core.exited(A, &crash(), now)), failed, "{restart:?} after failure");
    }
}

#[test]
fn a_failing_start_does_not_hold_up_independent_siblings() {
    let now = Instant::now();
    let mut core = Core::new(Strategy::OneForOne, Budget::default(), || 0.5);
    core.add("a", Policy::default());
    core.add("b", Policy::default());
    assert_eq!(core.exited(A, &crash(), now), [start(B), again(A, FIRST)]);
}

#[test]
fn a_removed_child_stops_and_is_forgotten_and_the_rest_goes_on() {
    let (mut core, now) = three(Strategy::OneForOne, Restart::Permanent, 5);
    assert_eq!(core.remove(B), [Order::Stop(B)]);
    assert_eq!(core.exited(B, &Exit::Finished, now), [Order::Terminate(B)]);
    assert_eq!(core.exited(A, &crash(), now), [again(A, FIRST)]);
    assert_eq!(core.exited(B, &crash(), now), [], "late events of a removed child hit nobody");
}

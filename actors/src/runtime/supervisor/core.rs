//! What a supervisor decides: events in, orders out. No I/O, no clock, no actix, so that every rule is a plain test.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::budget::{Budget, Spending};
use super::strategy::Strategy;
use crate::runtime::spec::Policy;
use crate::runtime::{Exit, Restart};

/// A child of this supervisor. Never reused, so that late events of a removed child hit nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ChildId(pub(super) u64);

/// What the core wants done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Order {
    Start {
        child: ChildId,
        delay: Duration,
        again: bool,
    },
    /// Ask to end; [`Core::grace_over`] follows when it takes longer than its grace.
    Stop(ChildId),
    /// End at the next poll; [`Core::kill_ignored`] follows when even that does not happen.
    Kill(ChildId),
    Abandon(ChildId),
    /// The child will not be started again; its mailbox closes.
    Terminate(ChildId),
    /// All children are down and this supervisor has failed.
    Escalate(String),
    /// All children are down, as asked.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Down,
    Starting,
    Up,
    Stopping,
}

#[derive(Debug)]
struct Member {
    id: ChildId,
    name: String,
    policy: Policy,
    life: Life,
    /// Ended by itself and is not to be restarted, unless its group is.
    over: bool,
    /// Taken out while running; forgotten once it is down.
    leaving: bool,
    streak: u32,
    up_since: Option<Instant>,
}

#[derive(Debug)]
enum After {
    Restart { delay: Duration },
    Shutdown,
    Escalate(String),
}

#[derive(Debug)]
struct GroupStop {
    /// Still to stop, in start order; taken from the end.
    waiting: Vec<ChildId>,
    current: Option<ChildId>,
    /// All of the group, in start order.
    group: Vec<ChildId>,
    after: After,
}

#[derive(Debug)]
pub(super) struct Core {
    strategy: Strategy,
    spending: Spending,
    members: Vec<Member>,
    starting: VecDeque<(ChildId, Duration, bool)>,
    stop: Option<GroupStop>,
    closed: bool,
    next: u64,
    random: fn() -> f64,
}

impl Core {
    pub(super) fn new(strategy: Strategy, budget: Budget, random: fn() -> f64) -> Self {
        Self {
            strategy,
            spending: Spending::new(budget),
            members: Vec::new(),
            starting: VecDeque::new(),
            stop: None,
            closed: false,
            next: 0,
            random,
        }
    }

    /// Adds a child behind the others and starts it in its turn.
    pub(super) fn add(&mut self, name: &str, policy: Policy) -> (ChildId, Vec<Order>) {
        let id = ChildId(self.next);
        self.next += 1;
        self.members.push(Member {
            id,
            name: name.to_owned(),
            policy,
            life: Life::Down,
            over: false,
            leaving: false,
            streak: 0,
            up_since: None,
        });
        self.starting.push_back((id, Duration::ZERO, false));
        let orders = if self.starting.len() == 1 { self.start_next() } else { Vec::new() };
        (id, orders)
    }

    /// Takes a child out: it is stopped with its grace, then forgotten.
    pub(super) fn remove(&mut self, child: ChildId) -> Vec<Order> {
        let Some(member) = self.member(child) else { return Vec::new() };
        member.leaving = true;
        match member.life {
            Life::Down => self.forget(child),
            Life::Stopping => Vec::new(),
            Life::Starting | Life::Up => {
                member.life = Life::Stopping;
                vec![Order::Stop(child)]
            }
        }
    }

    /// The child is built and takes messages.
    pub(super) fn started(&mut self, child: ChildId, now: Instant) -> Vec<Order> {
        if let Some(member) = self.member(child)
            && member.life == Life::Starting
        {
            member.life = Life::Up;
            member.up_since = Some(now);
        }
        self.start_done(child)
    }

    /// The child's incarnation is over.
    pub(super) fn exited(&mut self, child: ChildId, exit: &Exit, now: Instant) -> Vec<Order> {
        let Some(member) = self.member(child) else { return Vec::new() };
        let was = std::mem::replace(&mut member.life, Life::Down);
        if member.leaving {
            return self.forget(child);
        }
        match was {
            Life::Down => Vec::new(),
            Life::Stopping => self.stop_next(),
            Life::Starting | Life::Up => self.ended_by_itself(child, exit, now),
        }
    }

    /// The child did not end within its grace.
    pub(super) fn grace_over(&mut self, child: ChildId) -> Vec<Order> {
        match self.member(child) {
            Some(member) if member.life == Life::Stopping => vec![Order::Kill(child)],
            _ => Vec::new(),
        }
    }

    /// Not even killing ended the child: its thread is not polling.
    pub(super) fn kill_ignored(&mut self, child: ChildId) -> Vec<Order> {
        match self.member(child) {
            Some(member) if member.life == Life::Stopping => vec![Order::Abandon(child)],
            _ => Vec::new(),
        }
    }

    /// Stops all children in reverse order, for good.
    pub(super) fn shutdown(&mut self) -> Vec<Order> {
        self.begin_stop(0..self.members.len(), After::Shutdown)
    }

    fn ended_by_itself(&mut self, child: ChildId, exit: &Exit, now: Instant) -> Vec<Order> {
        let Some(at) = self.position(child) else { return Vec::new() };
        if !self.members[at].policy.restart.restarts_after(exit) {
            return self.ended_for_good(at);
        }
        if let Some(stop) = &self.stop
            && !matches!(stop.after, After::Restart { .. })
        {
            // On the way out anyway: one less to stop.
            return self.stop_next();
        }
        if !self.spending.charge(now) {
            let why = format!("restart budget spent by {}: {exit}", self.members[at].name);
            return self.begin_stop(0..self.members.len(), After::Escalate(why));
        }
        let delay = self.delay(at, now);
        let group = self.strategy.group(at, self.members.len());
        if self.strategy == Strategy::OneForOne {
            return self.restart_one(child, delay);
        }
        self.begin_stop(group, After::Restart { delay })
    }

    fn ended_for_good(&mut self, at: usize) -> Vec<Order> {
        let child = self.members[at].id;
        let mut orders = self.start_done(child);
        if self.members[at].policy.restart == Restart::Temporary {
            orders.extend(self.forget(child));
        } else {
            self.members[at].over = true;
        }
        if self.stop.is_some() {
            orders.extend(self.stop_next());
        }
        orders
    }

    fn restart_one(&mut self, child: ChildId, delay: Duration) -> Vec<Order> {
        let mut orders = self.start_done(child);
        if let Some(member) = self.member(child) {
            member.life = Life::Starting;
            orders.push(Order::Start { child, delay, again: true });
        }
        orders
    }

    fn delay(&mut self, at: usize, now: Instant) -> Duration {
        let random = (self.random)();
        let member = &mut self.members[at];
        let healthy = member.policy.backoff.healthy_after;
        if member.up_since.take().is_some_and(|since| now.saturating_duration_since(since) >= healthy) {
            member.streak = 0;
        }
        let delay = member.policy.backoff.delay(member.streak, random);
        member.streak = member.streak.saturating_add(1);
        delay
    }

    /// Begins to stop the positions, or widens the stop that is under way: a second failure during a group stop never
    /// starts an overlapping chain.
    fn begin_stop(&mut self, range: std::ops::Range<usize>, after: After) -> Vec<Order> {
        if self.closed {
            return Vec::new();
        }
        self.starting.clear();
        let mut stop = self.stop.take().unwrap_or_else(|| GroupStop {
            waiting: Vec::new(),
            current: None,
            group: Vec::new(),
            after: After::Restart { delay: Duration::ZERO },
        });
        stop.after = match (stop.after, after) {
            (After::Restart { delay: a }, After::Restart { delay: b }) => After::Restart { delay: a.max(b) },
            (After::Restart { .. }, wider) => wider,
            (decided, _) => decided,
        };
        let member_at = |id: &ChildId| self.members.iter().position(|m| m.id == *id);
        let from = stop.group.iter().filter_map(member_at).min().map_or(range.start, |at| at.min(range.start));
        let to = stop.group.iter().filter_map(member_at).max().map_or(range.end, |at| range.end.max(at + 1));
        let group = &self.members[from..to];
        stop.group = group.iter().filter(|m| !m.over).map(|m| m.id).collect();
        stop.waiting = group.iter().filter(|m| matches!(m.life, Life::Starting | Life::Up)).map(|m| m.id).collect();
        self.stop = Some(stop);
        self.stop_next()
    }

    /// Goes on with a group stop: the next child, or what comes after the last.
    fn stop_next(&mut self) -> Vec<Order> {
        let Some(mut stop) = self.stop.take() else { return Vec::new() };
        let current_life = stop.current.and_then(|child| self.member(child)).map(|m| m.life);
        if current_life == Some(Life::Stopping) {
            self.stop = Some(stop);
            return Vec::new();
        }
        stop.current = None;
        while let Some(child) = stop.waiting.pop() {
            match self.member(child) {
                Some(member) if matches!(member.life, Life::Starting | Life::Up) => {
                    member.life = Life::Stopping;
                    stop.current = Some(child);
                    self.stop = Some(stop);
                    return vec![Order::Stop(child)];
                }
                _ => {}
            }
        }
        match stop.after {
            After::Restart { delay } => {
                let mut delay = delay;
                for child in stop.group {
                    self.starting.push_back((child, std::mem::take(&mut delay), true));
                }
                self.start_next()
            }
            After::Shutdown => {
                self.closed = true;
                vec![Order::Done]
            }
            After::Escalate(why) => {
                self.closed = true;
                vec![Order::Escalate(why)]
            }
        }
    }

    fn start_next(&mut self) -> Vec<Order> {
        while let Some(&(child, delay, again)) = self.starting.front() {
            match self.member(child) {
                Some(member) if member.life == Life::Down && !member.leaving => {
                    member.life = Life::Starting;
                    return vec![Order::Start { child, delay, again }];
                }
                _ => self.starting.pop_front(),
            };
        }
        Vec::new()
    }

    /// Goes on with the start sequence if it was waiting for this child.
    fn start_done(&mut self, child: ChildId) -> Vec<Order> {
        if self.starting.front().is_some_and(|(first, ..)| *first == child) {
            self.starting.pop_front();
            return self.start_next();
        }
        Vec::new()
    }

    fn forget(&mut self, child: ChildId) -> Vec<Order> {
        let mut orders = self.start_done(child);
        self.members.retain(|member| member.id != child);
        orders.push(Order::Terminate(child));
        if self.stop.is_some() {
            orders.extend(self.stop_next());
        }
        orders
    }

    fn position(&self, child: ChildId) -> Option<usize> {
        self.members.iter().position(|member| member.id == child)
    }

    fn member(&mut self, child: ChildId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == child)
    }
}

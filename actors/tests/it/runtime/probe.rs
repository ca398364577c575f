//! An actor that does what a test tells it to, and writes down what happened to it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use polis_actors::runtime::{Backoff, ChildSpec, Ctx, Handle, Message, PoisonKey, Reply, Service, StartError};
use polis_actors::testkit::Gate;

pub const SOON: Duration = Duration::from_secs(5);

/// What happened, in order, shared by all actors of a test.
#[derive(Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

pub struct Probe {
    name: &'static str,
    diary: Diary,
    /// State that a restart must not carry over.
    pub count: u32,
}

impl Probe {
    /// A child with a fast back-off and a diary entry for each start.
    pub fn spec(name: &'static str, diary: &Diary) -> ChildSpec<Probe> {
        let diary = diary.clone();
        ChildSpec::new(name, move |_| {
            diary.write(format!("{name} up"));
            Ok(Probe { name, diary: diary.clone(), count: 0 })
        })
        .backoff(Backoff { jitter: 0.0, ..Backoff::default() })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.diary.write(format!("{} down", self.name));
    }
}

impl Service for Probe {
    const KIND: &'static str = "probe";
}

/// Counts and answers the number of messages this incarnation has had.
#[derive(Debug, PartialEq)]
pub struct Count;

impl Message for Count {
    type Reply = u32;
}

impl Handle<Count> for Probe {
    fn handle(&mut self, _: Count, _: &mut Ctx<'_, Self>) -> Reply<Self, u32> {
        self.count += 1;
        Reply::Now(self.count)
    }
}

/// Where a panic happens.
#[derive(Debug, PartialEq)]
pub enum PanicIn {
    Handler,
    SpawnedFuture,
    LinkedTask,
    ConcurrentReply,
    ExclusiveReply,
    Timer,
}

impl Message for PanicIn {
    type Reply = ();
}

impl Handle<PanicIn> for Probe {
    fn handle(&mut self, place: PanicIn, ctx: &mut Ctx<'_, Self>) -> Reply<Self, ()> {
        let name = self.name;
        match place {
            PanicIn::Handler => panic!("{name} broke in a handler"),
            PanicIn::SpawnedFuture => {
                ctx.spawn(async move { panic!("{name} broke in a spawned future") }, |_, (), _| {});
            }
            PanicIn::LinkedTask => {
                ctx.spawn_linked(async move { panic!("{name} broke in a linked task") }, |_, (), _| {});
            }
            PanicIn::ConcurrentReply => return Reply::concurrent(async move { panic!("{name} broke in a reply") }),
            PanicIn::ExclusiveReply => return Reply::exclusive(async move { panic!("{name} broke in a reply") }),
            PanicIn::Timer => {
                ctx.after(Duration::from_millis(1), move |_, _| panic!("{name} broke in a timer"));
            }
        }
        Reply::Now(())
    }
}

/// Fails with an error, finishes, or waits.
pub enum Do {
    Fail,
    Finish,
    WaitAt(Gate),
    WaitBeside(Gate),
    HoldThread(std::sync::mpsc::Receiver<()>),
}

impl std::fmt::Debug for Do {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Do")
    }
}

impl Message for Do {
    type Reply = ();
}

impl Handle<Do> for Probe {
    fn handle(&mut self, what: Do, ctx: &mut Ctx<'_, Self>) -> Reply<Self, ()> {
        match what {
            Do::Fail => {
                let error: StartError = "the ledger does not add up".into();
                ctx.fail(&*error);
            }
            Do::Finish => ctx.finish(),
            Do::WaitAt(gate) => return Reply::exclusive(async move { gate.pass().await }),
            Do::WaitBeside(gate) => return Reply::concurrent(async move { gate.pass().await }),
            Do::HoldThread(until) => {
                let _ = until.recv();
            }
        }
        Reply::Now(())
    }
}

/// A message with an identity, which may break its handler.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: &'static str,
    pub poisonous: bool,
}

impl Message for Event {
    type Reply = ();

    fn poison_key(&self) -> Option<PoisonKey> {
        Some(PoisonKey::new(self.id))
    }
}

impl Handle<Event> for Probe {
    fn handle(&mut self, event: Event, _: &mut Ctx<'_, Self>) -> Reply<Self, ()> {
        assert!(!event.poisonous, "cannot digest {}", event.id);
        self.diary.write(format!("{} took {}", self.name, event.id));
        Reply::Now(())
    }
}

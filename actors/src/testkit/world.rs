//! One paused thread with everything on it. Time jumps to the next timer when all are idle.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::System;
use tokio::sync::watch;

use crate::runtime::{Child, ChildEvent, Exit, Placer, TreeNode, Watchdog, WatchdogLimits, tree};

/// A test's own world. No sockets and no real database here: virtual time jumps while they are awaited.
pub struct World {
    placer: Arc<dyn Placer>,
}

impl World {
    /// Runs the test in virtual time on this thread.
    ///
    /// # Panics
    /// When the test does, or when no runtime can be built.
    #[expect(clippy::expect_used, reason = "a test without a runtime has failed")]
    pub fn run<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
        let runner = System::with_tokio_rt(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime")
        });
        runner.block_on(test(World { placer: Arc::new(crate::runtime::placement::OnThisThread) }));
    }

    /// Where supervisors of this world place their children.
    pub fn placer(&self) -> Arc<dyn Placer> {
        self.placer.clone()
    }

    /// Starts a tree with a watchdog over it.
    pub fn start(&self, root: Arc<dyn Child>) -> Tree {
        let (ended, end) = watch::channel(None);
        root.start(
            &self.placer,
            Duration::ZERO,
            Arc::new(move |event| {
                if let ChildEvent::Exited(exit) = event {
                    ended.send_replace(Some(exit));
                }
            }),
        );
        let limits = WatchdogLimits::default();
        let mut watchdog = Watchdog::new(root.clone(), self.placer.clone(), limits);
        let watching = crate::runtime::spawn_guarded_local(async move {
            loop {
                tokio::time::sleep(limits.period).await;
                watchdog.look();
            }
        });
        Tree { root, end, _watching: watching }
    }
}

/// A running tree of a test.
pub struct Tree {
    root: Arc<dyn Child>,
    end: watch::Receiver<Option<Exit>>,
    _watching: crate::runtime::LocalTask,
}

impl Tree {
    /// The live tree now.
    pub fn report(&self) -> TreeNode {
        tree(&self.root)
    }

    /// Waits until the report satisfies the condition.
    ///
    /// # Panics
    /// When it does not within an hour of virtual time.
    pub async fn until(&self, what: &str, condition: impl Fn(&TreeNode) -> bool) -> TreeNode {
        for _ in 0..360_000 {
            let report = self.report();
            if condition(&report) {
                return report;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never saw: {what}; last seen {:#?}", self.report());
    }

    /// Asks for an ordered stop.
    pub fn stop(&self) {
        self.root.stop();
    }

    /// Waits for the end of the root.
    ///
    /// # Panics
    /// When the tree is dropped without an end.
    #[expect(clippy::expect_used, reason = "a tree that vanishes without an end has failed its test")]
    pub async fn ended(&mut self) -> Exit {
        let end = self.end.wait_for(Option::is_some).await.expect("the root reports its end");
        end.clone().expect("waited for it")
    }
}

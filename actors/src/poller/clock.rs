//! The clock of a call: it runs while the insurer is waited for, and stands while we keep it waiting, because it wants to
//! be asked less often.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::runtime::Progress;

tokio::task_local! {
    static CLOCK: Arc<watch::Sender<Clock>>;
}

/// How often somebody who waits says that it is not stuck.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
struct Clock {
    /// The beginning, moved on by all the time it stood.
    began: Instant,
    standing_since: Option<Instant>,
}

impl Clock {
    fn stop(&mut self) {
        self.standing_since = Some(Instant::now());
    }

    fn go_on(&mut self) {
        if let Some(since) = self.standing_since.take() {
            self.began += since.elapsed();
        }
    }
}

/// Goes on when a wait ends, also one that nobody waits for any more.
struct Standing(Option<Arc<watch::Sender<Clock>>>);

impl Drop for Standing {
    fn drop(&mut self) {
        if let Some(clock) = &self.0 {
            clock.send_modify(Clock::go_on);
        }
    }
}

/// A wait of our own: it does not count as time of the call it is part of. One at a time within a call.
pub async fn off_the_clock<F: Future>(wait: F) -> F::Output {
    let clock = CLOCK.try_with(Arc::clone).ok();
    if let Some(clock) = &clock {
        clock.send_modify(Clock::stop);
    }
    let _standing = Standing(clock);
    wait.await
}

/// Makes a call that may take so long, waits of our own aside; none when it has not ended by then. Says how long it took.
pub async fn within<F: Future>(deadline: Duration, progress: &Progress, call: F) -> (Option<F::Output>, Duration) {
    let (clock, mut seen) = watch::channel(Clock { began: Instant::now(), standing_since: None });
    let mut call = std::pin::pin!(CLOCK.scope(Arc::new(clock), call));
    loop {
        let Clock { began, standing_since } = *seen.borrow_and_update();
        let (answer, over) = tokio::select! {
            biased;
            answer = &mut call => (Some(answer), true),
            _ = seen.changed() => (None, false),
            () = tokio::time::sleep_until(began + deadline), if standing_since.is_none() => (None, true),
            () = tokio::time::sleep(SIGN_OF_LIFE), if standing_since.is_some() => {
                progress.tick();
                (None, false)
            }
        };
        if over {
            return (answer, seen.borrow().began.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn took<F: Future>(call: F) -> (bool, Duration) {
        let (answer, spent) = within(SECOND * 5, &Progress::detached(), call).await;
        (answer.is_some(), spent)
    }

    #[tokio::test(start_paused = true)]
    async fn waits_of_our_own_are_no_time_of_the_call() {
        let whole = took(async {
            for _ in 0..3 {
                off_the_clock(sleep(SECOND * 60)).await;
                sleep(SECOND).await;
            }
        });
        let (answered, spent) = whole.await;
        assert!(answered && spent >= SECOND * 3 && spent < SECOND * 4, "{spent:?}");
        off_the_clock(sleep(SECOND)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_insurer_takes_is() {
        let began = Instant::now();
        let hanging = took(async {
            sleep(SECOND * 3).await;
            off_the_clock(sleep(SECOND * 60)).await;
            // Given up in the middle: the clock goes on.
            let _ = tokio::time::timeout(SECOND, off_the_clock(std::future::pending::<()>())).await;
            std::future::pending::<()>().await;
        });
        let (answered, spent) = hanging.await;
        assert!(!answered && spent >= SECOND * 5 && spent < SECOND * 6, "{spent:?}");
        assert!(began.elapsed() >= SECOND * 66 && began.elapsed() < SECOND * 67, "{:?}", began.elapsed());
    }
}

//! The shared log of frames. There is no queue per client: a client is a position in this log, so ten thousand slow
//! ones cost no more than fast ones. Old frames are kept as the latest per key, so that a slow client gets the current
//! state of what it missed instead of every step; what falls out of that too is a reset.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::{Bytes, BytesMut};
use tokio::sync::watch;

use super::Frame;

/// The position is not in the log any more, or was never: reset and snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind;

/// What clients wait for, all of it in one signal: waking ten thousand of them is most of the work there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Sequence of the newest frame; -1 while it is not known where changes begin.
    pub head: i64,
    /// Grows when everybody should be sent a sign of life.
    pub beat: u64,
    /// Streams end.
    pub closing: bool,
}

/// Frames by sequence. Clones share it.
#[derive(Clone, Debug)]
pub struct Log {
    inner: Arc<RwLock<Inner>>,
    signal: Arc<watch::Sender<Signal>>,
}

#[derive(Debug)]
struct Inner {
    recent: VecDeque<Frame>,
    most_recent: usize,
    /// The latest frame per key of those that were recent once.
    coalesced: BTreeMap<i64, Frame>,
    by_key: HashMap<Arc<str>, i64>,
    most_coalesced: usize,
    /// Everything behind this sequence can be told from here.
    complete_after: i64,
    /// Under the same lock as the frames: the signal comes a moment later, and nobody may be ahead of the log then.
    head: i64,
}

impl Log {
    /// An empty log that knows everything behind `start`; -1 when that is not known yet.
    pub fn new(start: i64, most_recent: usize, most_coalesced: usize) -> Self {
        let inner = Inner {
            recent: VecDeque::new(),
            most_recent,
            coalesced: BTreeMap::new(),
            by_key: HashMap::new(),
            most_coalesced,
            complete_after: start,
            head: start,
        };
        let signal = Signal { head: start, beat: 0, closing: false };
        Self { inner: Arc::new(RwLock::new(inner)), signal: Arc::new(watch::Sender::new(signal)) }
    }

    /// The sequence of the newest frame.
    pub fn head(&self) -> i64 {
        self.signal.borrow().head
    }

    /// Told whenever there is something to do for a client.
    pub fn watch(&self) -> watch::Receiver<Signal> {
        self.signal.subscribe()
    }

    /// Asks for a sign of life to every client.
    pub fn beat(&self) {
        self.signal.send_modify(|signal| signal.beat += 1);
    }

    /// Ends all streams, or lets new ones begin again.
    pub fn close(&self, closing: bool) {
        self.signal.send_modify(|signal| signal.closing = closing);
    }

    /// Adds frames in order. Those already here are ignored.
    pub fn append(&self, frames: Vec<Frame>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for frame in frames {
            if frame.seq > inner.head {
                inner.push(frame);
            }
        }
        let newest = inner.head;
        drop(inner);
        self.signal.send_if_modified(|signal| std::mem::replace(&mut signal.head, newest) != newest);
    }

    /// Forgets everything and begins anew behind `start`, with these frames. Clients see all of it at once.
    pub fn restart(&self, start: i64, frames: Vec<Frame>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        inner.recent.clear();
        inner.coalesced.clear();
        inner.by_key.clear();
        inner.complete_after = start;
        inner.head = start;
        for frame in frames {
            inner.push(frame);
        }
        let newest = inner.head;
        drop(inner);
        self.signal.send_modify(|signal| signal.head = newest);
    }

    /// What a client behind `position` has to be told, up to about `most_bytes`, and its new position.
    ///
    /// # Errors
    /// [`Behind`] when that cannot be told from here.
    pub fn after(&self, position: i64, most_bytes: usize) -> Result<(Bytes, i64), Behind> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        if position < inner.complete_after || position > inner.head {
            return Err(Behind);
        }
        let old = inner.coalesced.range(position + 1..).map(|(_, frame)| frame);
        let from = inner.recent.partition_point(|frame| frame.seq <= position);
        let mut frames = old.chain(inner.recent.range(from..));
        let Some(first) = frames.next() else { return Ok((Bytes::new(), position)) };
        let (mut position, mut all) = (first.seq, None);
        for frame in frames {
            let text = all.get_or_insert_with(|| BytesMut::from(&*first.bytes));
            if text.len() >= most_bytes {
                break;
            }
            text.extend_from_slice(&frame.bytes);
            position = frame.seq;
        }
        // One frame alone, the common case, is shared and not copied.
        Ok((all.map_or_else(|| first.bytes.clone(), BytesMut::freeze), position))
    }
}

impl Inner {
    fn push(&mut self, frame: Frame) {
        self.head = frame.seq;
        self.recent.push_back(frame);
        if self.recent.len() <= self.most_recent {
            return;
        }
        let Some(old) = self.recent.pop_front() else { return };
        if let Some(superseded) = self.by_key.insert(old.key.clone(), old.seq) {
            self.coalesced.remove(&superseded);
        }
        self.coalesced.insert(old.seq, old);
        if self.coalesced.len() > self.most_coalesced
            && let Some((seq, oldest)) = self.coalesced.pop_first()
        {
            self.by_key.remove(&oldest.key);
            self.complete_after = seq;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(seq: i64, key: &str) -> Frame {
        Frame { seq, key: key.into(), bytes: format!("{key}{seq} ").into() }
    }

    fn told(log: &Log, position: i64) -> Result<(String, i64), Behind> {
        log.after(position, 1 << 20).map(|(bytes, at)| (String::from_utf8(bytes.to_vec()).unwrap(), at))
    }

    #[test]
    fn a_client_is_told_what_it_has_not_seen() {
        let log = Log::new(10, 8, 8);
        log.append(vec![frame(11, "a"), frame(13, "b")]);
        assert_eq!(told(&log, 10), Ok(("a11 b13 ".to_owned(), 13)));
        assert_eq!(told(&log, 11), Ok(("b13 ".to_owned(), 13)));
        assert_eq!(told(&log, 13), Ok((String::new(), 13)));
        log.append(vec![frame(13, "b"), frame(14, "a")]);
        assert_eq!(told(&log, 13), Ok(("a14 ".to_owned(), 14)), "a frame that came twice is told once");
    }

    #[test]
    fn unknown_positions_are_a_reset() {
        let log = Log::new(10, 8, 8);
        assert_eq!(told(&log, 9), Err(Behind));
        assert_eq!(told(&log, 11), Err(Behind));
    }

    #[test]
    fn a_slow_client_gets_the_latest_state_of_each_key() {
        let log = Log::new(0, 2, 8);
        log.append((1..=9).map(|seq| frame(seq, if seq % 2 == 0 { "even" } else { "odd" })).collect());
        assert_eq!(told(&log, 0), Ok(("even6 odd7 even8 odd9 ".to_owned(), 9)));
        assert_eq!(told(&log, 6), Ok(("odd7 even8 odd9 ".to_owned(), 9)));
    }

    #[test]
    fn too_far_behind_is_a_reset() {
        let log = Log::new(0, 1, 2);
        log.append((1..=5).map(|seq| frame(seq, &format!("k{seq}"))).collect());
        assert_eq!(told(&log, 1), Err(Behind));
        assert_eq!(told(&log, 2), Ok(("k33 k44 k55 ".to_owned(), 5)));
    }

    #[test]
    fn what_is_told_at_once_is_bounded() {
        let log = Log::new(0, 100, 2);
        log.append((1..=50).map(|seq| frame(seq, "k")).collect());
        let (bytes, at) = log.after(0, 10).unwrap();
        assert!(bytes.len() < 20 && at < 50);
    }
}

//! Many open pages in one process: reads frames and takes the time each took since its change was written.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What all pages heard together.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Heard {
    pub(crate) frames: u64,
    /// Frames that some pages heard and others did not.
    pub(crate) missing: u64,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
}

struct Tally {
    waits: Histogram<u64>,
    frames: u64,
    most: u64,
}

/// Quiet after the changes for this long, and the pages are done.
const QUIET: Duration = Duration::from_secs(3);

pub(crate) fn read(address: &str, connections: usize, seconds: u64) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let tally = Arc::new(Mutex::new(Tally { waits: Histogram::new(3)?, frames: 0, most: 0 }));
        let mut pages = Vec::new();
        for _ in 0..connections {
            let mut stream = TcpStream::connect(address).await?;
            let request = format!(
                "GET /api/products/stream?since=1 HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n"
            );
            stream.write_all(request.as_bytes()).await?;
            pages.push(tokio::task::spawn(page(stream, tally.clone())));
        }
        let mut last = (0, tokio::time::Instant::now());
        let limit = tokio::time::Instant::now() + Duration::from_secs(seconds + 60);
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let frames = tally.lock().unwrap_or_else(PoisonError::into_inner).frames;
            if frames != last.0 {
                last = (frames, tokio::time::Instant::now());
            }
            let quiet = frames > 0 && last.1.elapsed() > QUIET;
            if quiet || tokio::time::Instant::now() > limit {
                break;
            }
        }
        pages.iter().for_each(tokio::task::JoinHandle::abort);
        let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = |q: f64| tally.waits.value_at_quantile(q) as f64 / 1000.0;
        let heard = Heard {
            frames: tally.frames,
            missing: (tally.most * connections as u64).saturating_sub(tally.frames),
            median_ms: millis(0.5),
            p99_ms: millis(0.99),
        };
        println!("{}", serde_json::to_string(&heard)?);
        Ok(ExitCode::SUCCESS)
    })
}

async fn page(mut stream: TcpStream, tally: Arc<Mutex<Tally>>) {
    let mut buffer = vec![0; 2048];
    let mut text = Vec::new();
    let mut heard = 0;
    while let Ok(count) = stream.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        text.extend_from_slice(&buffer[..count]);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
        while let Some((at, used)) = next(&text) {
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            // A clock that stepped back gives no wait.
            let _ = tally.waits.record(u64::try_from(now.saturating_sub(at) / 1000).unwrap_or(u64::MAX).max(1));
            tally.frames += 1;
            heard += 1;
            tally.most = tally.most.max(heard);
            text.drain(..used);
        }
        if text.capacity() > 4096 && text.len() < 1024 {
            text.shrink_to(1024);
        }
    }
}

/// When the first whole frame in the text was written, and how much of the text it is.
fn next(text: &[u8]) -> Option<(u128, usize)> {
    let at = find(text, b"\"at\":")? + 5;
    let end = find(&text[at..], b"\n\n")?;
    let digits: String =
        text[at..].iter().take_while(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
    Some((digits.parse().ok()?, at + end + 2))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

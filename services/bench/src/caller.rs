//! A buyer on a connection of its own, as light as can be: the machine is there for what is measured.

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept open (RFC 9112, section 9.3).
pub(crate) struct Caller {
    stream: TcpStream,
    host: String,
    read: Vec<u8>,
}

impl Caller {
    pub(crate) async fn connect(port: u16) -> anyhow::Result<Self> {
        let host = format!("127.0.0.1:{port}");
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host, read: Vec::with_capacity(8192) })
    }

    /// Asks, and reads the whole answer: its status.
    pub(crate) async fn post(&mut self, path: &str, headers: &str, body: &str) -> anyhow::Result<u16> {
        let (host, length) = (&self.host, body.len());
        let request =
            format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n{headers}content-length: {length}\r\n\r\n{body}");
        self.stream.write_all(request.as_bytes()).await?;
        let head = self.until_head().await?;
        let text = std::str::from_utf8(&self.read[..head])?;
        let status = text.split(' ').nth(1).context("a status line")?.parse()?;
        let length = text
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let end = head + length.unwrap_or(0usize);
        while self.read.len() < end {
            self.more().await?;
        }
        self.read.drain(..end);
        Ok(status)
    }

    /// Asks for a stream that never ends; what it sends is read by [`Caller::until`].
    pub(crate) async fn open(&mut self, path: &str, headers: &str) -> anyhow::Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.host);
        self.stream.write_all(request.as_bytes()).await?;
        let head = self.until_head().await?;
        anyhow::ensure!(self.read.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.read[..head]));
        Ok(())
    }

    /// Reads until that text has come.
    pub(crate) async fn until(&mut self, text: &str) -> anyhow::Result<()> {
        while !self.read.windows(text.len()).any(|window| window == text.as_bytes()) {
            self.more().await?;
        }
        Ok(())
    }

    async fn until_head(&mut self) -> anyhow::Result<usize> {
        loop {
            if let Some(at) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                return Ok(at + 4);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        anyhow::ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the connection was closed");
        Ok(())
    }
}

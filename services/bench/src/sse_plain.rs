//! What this machine can do: the same frames to the same pages by a task per socket that does nothing but write.

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A listener whose connections each get every frame of this channel; the channel counts them as receivers.
pub(crate) async fn serve(listener: TcpListener, frames: watch::Sender<Bytes>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::task::spawn(page(stream, frames.subscribe()));
    }
}

async fn page(mut stream: TcpStream, mut frames: watch::Receiver<Bytes>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = [0; 512];
    let _ = stream.read(&mut request).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").await?;
    while frames.changed().await.is_ok() {
        let frame = frames.borrow_and_update().clone();
        stream.write_all(&frame).await?;
    }
    Ok(())
}

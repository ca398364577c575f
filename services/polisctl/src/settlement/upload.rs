//! Sending a register, however large, piece by piece.

use std::path::Path;

use anyhow::Context;
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use ins_comp_settlement::admin::registers::Upload;
use ins_comp_settlement::intake::Received;
use ins_product_aggregator::protocol::http::Http;
use reqwest::Body;
use reqwest::header::CONTENT_LENGTH;
use tokio::io::AsyncReadExt;

use crate::admin::answered;
use crate::place::{Place, read};

/// Bytes that are held at a time.
const PIECE: usize = 256 << 10;

/// Sends a file, and answers the register that came of it.
pub(super) async fn upload(place: &Place, file: &Path, sending: &Upload) -> anyhow::Result<Received> {
    let name = file.display().to_string();
    let source = tokio::fs::File::open(file).await.with_context(|| name.clone())?;
    let bytes = source.metadata().await.with_context(|| name.clone())?.len();
    let template = "{spinner} sending {bar:30} {bytes}/{total_bytes} {bytes_per_sec}";
    let bar = ProgressBar::new(bytes).with_style(ProgressStyle::with_template(template)?);
    let query = serde_urlencoded::to_string(sending).context("parameters")?;
    let address = format!("{}/registers?{query}", place.admin.trim_end_matches('/'));
    let sent = bar.clone();
    let pieces = stream::try_unfold(source, move |mut source| {
        let sent = sent.clone();
        async move {
            let mut piece = vec![0; PIECE];
            let length = source.read(&mut piece).await?;
            piece.truncate(length);
            sent.inc(length as u64);
            Ok::<_, std::io::Error>((length > 0).then_some((piece, source)))
        }
    });
    let request = Http::client()?.post(&address).header(CONTENT_LENGTH, bytes).body(Body::wrap_stream(pieces));
    let response = request.send().await.with_context(|| format!("{name} cannot be sent to {address}"))?;
    bar.finish_and_clear();
    read(&answered(response).await?.text().await?)
}

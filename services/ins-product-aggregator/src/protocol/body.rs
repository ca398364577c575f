//! Reading the body of an HTTP answer: bounded, whole, decoded as it says it is encoded.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use polis_actors::poller::PollError;
use polis_actors::runtime::root_cause;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use sha2::{Digest, Sha256};

/// A body, whole.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// In lower case.
    pub(crate) content_type: String,
}

/// The body of an answer.
///
/// # Errors
/// When it is larger than `most` bytes, ends early, or is a web page.
pub(crate) async fn read(address: &str, mut response: Response, most: usize) -> Result<Body, PollError> {
    let malformed = |what: String| PollError::Malformed { address: address.to_owned(), what };
    let too_large = || malformed(format!("the body is larger than the {most} bytes allowed"));
    let content_type =
        response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_lowercase();
    if content_type.contains("text/html") {
        return Err(malformed(format!("the answer (status {}) is a web page, not data", response.status().as_u16())));
    }
    let expected = response.content_length();
    if expected.is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| malformed(format!("the body ends early: {}", root_cause(&error))))?;
        let Some(chunk) = chunk else { break };
        if bytes.len() + chunk.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    let body = Body { bytes, content_type };
    body.refuse_web_page(address)?;
    Ok(body)
}

const EXCERPT: usize = 200;

/// The beginning of what an insurer says about an error; nothing when that is a web page or unreadable.
pub(crate) async fn excerpt(response: Response) -> String {
    let Ok(body) = read("", response, 64 << 10).await else { return String::new() };
    let text = String::from_utf8_lossy(&body.bytes);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(EXCERPT).collect()
}

impl Body {
    /// SHA-256 of the bytes, half of it: enough to know them again.
    pub(crate) fn digest(&self) -> String {
        Sha256::digest(&self.bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// A page of a portal where data should be, whatever it is called.
    ///
    /// # Errors
    /// When it is one.
    pub(crate) fn refuse_web_page(&self, address: &str) -> Result<(), PollError> {
        let begin = &self.bytes[..self.bytes.len().min(EXCERPT)];
        let begin = String::from_utf8_lossy(begin.trim_ascii_start()).to_lowercase();
        if begin.starts_with("<!doctype html") || begin.starts_with("<html") {
            let what = "the answer is a web page, not data".to_owned();
            return Err(PollError::Malformed { address: address.to_owned(), what });
        }
        Ok(())
    }

    /// The text: in the encoding that is configured, or the one the answer names, or a byte order mark, or UTF-8.
    ///
    /// # Errors
    /// When it is not in that encoding.
    pub(crate) fn text(&self, address: &str, configured: Option<&'static Encoding>) -> Result<Cow<'_, str>, PollError> {
        decode(&self.bytes, &self.content_type, configured)
            .map_err(|what| PollError::Malformed { address: address.to_owned(), what })
    }
}

fn decode<'b>(bytes: &'b [u8], content: &str, configured: Option<&'static Encoding>) -> Result<Cow<'b, str>, String> {
    let label = content.split(';').find_map(|part| part.trim().strip_prefix("charset=")).map(|l| l.trim_matches('"'));
    let named = label
        .map(|label| Encoding::for_label(label.as_bytes()).ok_or_else(|| format!("the charset {label:?} is unknown")));
    let encoding = match configured {
        Some(configured) => configured,
        None => named.transpose()?.unwrap_or(UTF_8),
    };
    let (text, used, broken) = encoding.decode(bytes);
    if broken {
        return Err(format!("the body is not {}", used.name()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1251;

    use super::*;

    const SHCHIT: [u8; 3] = [0xd9, 0xe8, 0xf2];

    #[test]
    fn bodies_are_what_they_say_they_are() {
        assert_eq!(decode("Щит".as_bytes(), "application/json", None).unwrap(), "Щит");
        assert_eq!(decode(&SHCHIT, "application/json; charset=windows-1251", None).unwrap(), "Щит");
        assert_eq!(decode(&SHCHIT, "text/csv", Some(WINDOWS_1251)).unwrap(), "Щит");
        assert!(decode(&SHCHIT, "application/json", None).unwrap_err().contains("not UTF-8"));
        assert!(decode(b"{}", "application/json; charset=klingon", None).unwrap_err().contains("klingon"));
    }
}

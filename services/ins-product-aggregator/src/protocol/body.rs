//! Reading the body of an HTTP answer: bounded, whole, decoded as it says it is encoded.

use encoding_rs::{Encoding, UTF_8};
use polis_actors::poller::PollError;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;

/// The text of an answer.
///
/// # Errors
/// When it is larger than `most` bytes, ends early, is HTML, or is not encoded as it says.
pub(crate) async fn text(address: &str, mut response: Response, most: usize) -> Result<String, PollError> {
    let malformed = |what: String| PollError::Malformed { address: address.to_owned(), what };
    let too_large = || malformed(format!("the body is larger than the {most} bytes allowed"));
    let content = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_lowercase();
    if content.contains("text/html") {
        return Err(malformed("the answer is a web page, not data".to_owned()));
    }
    let expected = response.content_length();
    if expected.is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let chunk =
            response.chunk().await.map_err(|error| malformed(format!("the body ends early: {}", cause(&error))))?;
        let Some(chunk) = chunk else { break };
        if bytes.len() + chunk.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    decode(&bytes, &content).map_err(malformed)
}

fn decode(bytes: &[u8], content: &str) -> Result<String, String> {
    let label = content.split(';').find_map(|part| part.trim().strip_prefix("charset=")).map(|l| l.trim_matches('"'));
    let encoding = match label {
        None => UTF_8,
        Some(label) => {
            Encoding::for_label(label.as_bytes()).ok_or_else(|| format!("the charset {label:?} is unknown"))?
        }
    };
    let (text, used, broken) = encoding.decode(bytes);
    if broken {
        return Err(format!("the body is not {}", used.name()));
    }
    Ok(text.into_owned())
}

/// The innermost cause, which says more than "error decoding response body".
pub(crate) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_what_they_say_they_are() {
        assert_eq!(decode("Щит".as_bytes(), "application/json").unwrap(), "Щит");
        assert_eq!(decode(&[0xd9, 0xe8, 0xf2], "application/json; charset=windows-1251").unwrap(), "Щит");
        assert!(decode(&[0xd9, 0xe8, 0xf2], "application/json").unwrap_err().contains("not UTF-8"));
        assert!(decode(b"{}", "application/json; charset=klingon").unwrap_err().contains("klingon"));
    }
}

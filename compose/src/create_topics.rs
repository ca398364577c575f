//! Kafka's `CreateTopics` request. Our client makes topics without a configuration, which is part of their contract, and
//! Kafka's own tool starts a JVM for each of them.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{StackError, TopicSpec};

const API_KEY: i16 = 19;
/// The last one without tagged fields; Kafka 2.0 and its successors know it, 4.x too.
const VERSION: i16 = 4;
const ALREADY_EXISTS: i16 = 36;
const WITHIN: Duration = Duration::from_secs(30);

/// Makes the topics, one copy of each. Those that are there stay as they are.
///
/// # Errors
/// When nobody answers there, or the first refusal.
pub(crate) async fn create_topics(broker: &str, topics: &[&TopicSpec]) -> Result<(), StackError> {
    let failed = StackError::file("ask for topics at", broker);
    match tokio::time::timeout(WITHIN, exchange(broker, &request(topics))).await {
        Ok(Ok(answer)) => refusals(&answer),
        Ok(Err(error)) => Err(failed(error)),
        Err(late) => Err(failed(late.into())),
    }
}

async fn exchange(broker: &str, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(broker).await?;
    connection.write_all(request).await?;
    let length = usize::try_from(connection.read_u32().await?).unwrap_or(usize::MAX);
    let mut answer = Vec::new();
    connection.take(length as u64).read_to_end(&mut answer).await?;
    Ok(answer)
}

fn request(topics: &[&TopicSpec]) -> Vec<u8> {
    let mut body = Vec::new();
    let correlation = 1i32;
    body.extend(API_KEY.to_be_bytes());
    body.extend(VERSION.to_be_bytes());
    body.extend(correlation.to_be_bytes());
    string(&mut body, "polis-stack");
    length(&mut body, topics.len());
    for topic in topics {
        let (copies, no_assignments) = (1i16, 0);
        string(&mut body, &topic.name);
        body.extend(topic.partitions.to_be_bytes());
        body.extend(copies.to_be_bytes());
        length(&mut body, no_assignments);
        length(&mut body, topic.config.len());
        for (key, value) in &topic.config {
            string(&mut body, key);
            string(&mut body, value);
        }
    }
    length(&mut body, usize::try_from(WITHIN.as_millis()).unwrap_or(usize::MAX));
    let only_validate = 0;
    body.push(only_validate);
    let mut framed = Vec::new();
    length(&mut framed, body.len());
    framed.extend(body);
    framed
}

fn length(body: &mut Vec<u8>, length: usize) {
    body.extend(i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes());
}

fn string(body: &mut Vec<u8>, text: &str) {
    body.extend(i16::try_from(text.len()).unwrap_or(i16::MAX).to_be_bytes());
    body.extend(text.as_bytes());
}

/// The first topic that was not made, and why.
fn refusals(answer: &[u8]) -> Result<(), StackError> {
    let refused = |(name, _, why): (String, i16, String)| Err(StackError::Topic { name, why });
    match outcomes(answer) {
        Some(outcomes) => {
            outcomes.into_iter().find(|(_, code, _)| *code != 0 && *code != ALREADY_EXISTS).map_or(Ok(()), refused)
        }
        None => refused(("of ours".to_owned(), 0, "the answer cannot be read".to_owned())),
    }
}

/// Name, code of the error and its text for each topic; none when the answer is not what the protocol says.
fn outcomes(answer: &[u8]) -> Option<Vec<(String, i16, String)>> {
    let (_correlation, mut rest) = answer.split_first_chunk::<4>()?;
    let _throttle: [u8; 4] = take(&mut rest)?;
    let topics = i32::from_be_bytes(take(&mut rest)?);
    (0..topics)
        .map(|_| Some((read_string(&mut rest)?, i16::from_be_bytes(take(&mut rest)?), read_string(&mut rest)?)))
        .collect()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

/// A string that may be absent, which is an empty one here.
fn read_string(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(i16::from_be_bytes(take(rest)?)).unwrap_or_default();
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_its_topic() {
        let mut answer = vec![0; 8];
        length(&mut answer, 2);
        for (name, code, why) in
            [("there", ALREADY_EXISTS, "exists"), ("wrong", 40, "Unknown topic config name: nonsense")]
        {
            string(&mut answer, name);
            answer.extend(code.to_be_bytes());
            string(&mut answer, why);
        }
        let told = refusals(&answer).unwrap_err().to_string();
        assert!(told.contains("topic wrong") && told.contains("Unknown topic config name: nonsense"), "{told}");
        assert!(refusals(&answer[..20]).unwrap_err().to_string().contains("cannot be read"), "it ends early");
    }
}

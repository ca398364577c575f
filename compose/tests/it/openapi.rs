//! What core-app says of its API (`services/core-app/openapi.json`), made ready to be held against what it does.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value};

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../services/core-app/openapi.json"));
const PROBLEM: &str = "application/problem+json";

/// The document of this version.
pub static OPENAPI: LazyLock<OpenApi> = LazyLock::new(|| OpenApi::new(document()));

/// The document, with a validator for each of its schemas that something is sent by.
pub struct OpenApi {
    operations: Vec<Operation>,
    problem: Validator,
}

struct Operation {
    id: String,
    method: Method,
    /// None where anything may stand.
    segments: Vec<Option<String>>,
    body: Option<Validator>,
    answers: BTreeMap<u16, Answer>,
}

struct Answer {
    headers: Vec<Header>,
    contents: BTreeMap<String, Content>,
}

struct Header {
    name: String,
    required: bool,
    is_number: bool,
    value: Validator,
}

struct Content {
    body: Option<Validator>,
    /// Of a stream, by name.
    events: BTreeMap<String, Validator>,
}

/// A request and its answer.
pub struct Exchange<'e> {
    pub method: &'e Method,
    pub path: &'e str,
    pub asked: Option<&'e Value>,
    pub status: u16,
    pub headers: &'e HeaderMap,
    /// None of a stream, which has no end.
    pub body: Option<&'e [u8]>,
}

pub fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// What stands where a reference stands.
fn follow<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let Some(reference) = value["$ref"].as_str() else { return value };
    document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn validator(document: &Value, schema: &Value) -> Validator {
    let mut whole = schema.clone();
    // References within the document stay what they are.
    whole["components"] = document["components"].clone();
    let options = jsonschema::draft202012::options();
    let built = options.should_validate_formats(true).should_ignore_unknown_formats(false).build(&whole);
    built.unwrap_or_else(|error| panic!("{schema}: {error} at {}", error.instance_path()))
}

/// Every error with its place in what was sent and in the schema.
fn fits(validator: &Validator, value: &Value) -> Result<(), String> {
    let wrong = |error: jsonschema::ValidationError<'_>| {
        format!("{error}; at {:?}, by {:?}", error.instance_path().as_str(), error.schema_path().as_str())
    };
    let wrong: Vec<String> = validator.iter_errors(value).map(wrong).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

impl OpenApi {
    fn new(document: Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in members(&document["paths"]) {
            for (method, operation) in members(item) {
                let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
                if operation["operationId"].is_string() {
                    operations.push(Operation::new(&document, path, method, operation));
                }
            }
        }
        let problem = validator(&document, &document["components"]["schemas"]["Problem"]);
        Self { operations, problem }
    }

    /// The names of all operations.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.operations.iter().map(|operation| operation.id.as_str())
    }

    fn find(&self, method: &Method, path: &str) -> Option<&Operation> {
        let path = path.split('?').next().unwrap_or_default();
        let candidates = self.operations.iter().filter(|operation| operation.method == method && operation.is_at(path));
        // A template gives way to what is spelt out.
        candidates.max_by_key(|operation| operation.segments.iter().flatten().count())
    }

    /// The operation of an exchange; none where nothing is described, and so nothing may be there.
    ///
    /// # Errors
    /// What is not as described.
    pub fn check(&self, exchange: &Exchange<'_>) -> Result<Option<&str>, String> {
        let Some(operation) = self.find(exchange.method, exchange.path) else {
            let Exchange { status: 404, body: Some(body), .. } = exchange else {
                return Err("there is no such operation".to_owned());
            };
            return fits(&self.problem, &serde_json::from_slice(body).unwrap_or_default()).map(|()| None);
        };
        let answer = operation.answers.get(&exchange.status).ok_or("there is no such status")?;
        for header in &answer.headers {
            header.check(exchange.headers)?;
        }
        if let (200..300, Some(asked), Some(body)) = (exchange.status, exchange.asked, &operation.body) {
            fits(body, asked).map_err(|error| format!("this was accepted: {error}"))?;
        }
        answer.check(exchange).map(|()| Some(operation.id.as_str()))
    }

    /// Whether an event of a stream is as described.
    ///
    /// # Errors
    /// What is not.
    pub fn check_event(&self, path: &str, event: &str, data: &Value) -> Result<(), String> {
        let answer = self.find(&Method::GET, path).and_then(|operation| operation.answers.get(&200));
        let described = answer.and_then(|answer| answer.contents.get("text/event-stream")?.events.get(event));
        fits(described.ok_or("there is no such event")?, data)
    }
}

impl Operation {
    fn new(document: &Value, path: &str, method: Method, operation: &Value) -> Self {
        let segment = |segment: &str| (!segment.starts_with('{')).then(|| segment.to_owned());
        let body = follow(document, &operation["requestBody"])["content"]["application/json"].get("schema");
        let answers = members(&operation["responses"])
            .map(|(status, answer)| (status.parse().unwrap(), Answer::new(document, follow(document, answer))));
        Self {
            id: operation["operationId"].as_str().unwrap_or_default().to_owned(),
            method,
            segments: path.split('/').map(segment).collect(),
            body: body.map(|schema| validator(document, schema)),
            answers: answers.collect(),
        }
    }

    fn is_at(&self, path: &str) -> bool {
        let mut asked = path.split('/');
        let each = self.segments.iter().all(|known| {
            let asked = asked.next();
            asked.is_some_and(|asked| known.as_ref().map_or(!asked.is_empty(), |known| known == asked))
        });
        each && asked.next().is_none()
    }
}

impl Answer {
    fn new(document: &Value, answer: &Value) -> Self {
        let headers = members(&answer["headers"]).map(|(name, header)| {
            let header = follow(document, header);
            Header {
                name: name.clone(),
                required: header["required"] == true,
                is_number: header["schema"]["type"] == "integer",
                value: validator(document, &header["schema"]),
            }
        });
        let contents = members(&answer["content"]).map(|(media_type, content)| {
            let of = |(name, schema): (&String, &Value)| (name.clone(), validator(document, schema));
            let body = content.get("schema").map(|schema| validator(document, schema));
            (essence(media_type).to_owned(), Content { body, events: members(&content["x-events"]).map(of).collect() })
        });
        Self { headers: headers.collect(), contents: contents.collect() }
    }

    fn check(&self, exchange: &Exchange<'_>) -> Result<(), String> {
        let media_type = exchange.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let (Some(media_type), Some(body)) = (media_type.map(essence), exchange.body) else {
            let streams = exchange.body.is_none() && media_type.is_some_and(|t| self.contents.contains_key(essence(t)));
            let empty = exchange.body.is_some_and(<[u8]>::is_empty) && self.contents.is_empty();
            return if streams || empty { Ok(()) } else { Err(format!("content of type {media_type:?}")) };
        };
        let content = self.contents.get(media_type).ok_or_else(|| format!("{media_type} is not a type of it"))?;
        let Some(schema) = content.body.as_ref().filter(|_| media_type.ends_with("json")) else { return Ok(()) };
        let body: Value = serde_json::from_slice(body).map_err(|error| format!("this is not JSON: {error}"))?;
        if media_type == PROBLEM && body["status"] != exchange.status {
            return Err(format!("the problem says {}", body["status"]));
        }
        fits(schema, &body).map_err(|error| format!("{error}\n{body}"))
    }
}

impl Header {
    fn check(&self, headers: &HeaderMap) -> Result<(), String> {
        let Some(value) = headers.get(&self.name) else {
            return if self.required { Err(format!("{} is missing", self.name)) } else { Ok(()) };
        };
        let text = value.to_str().map_err(|error| error.to_string())?;
        let value = if self.is_number { serde_json::from_str(text).unwrap_or_default() } else { text.into() };
        fits(&self.value, &value).map_err(|error| format!("{}: {error}", self.name))
    }
}

#[cfg(test)]
#[path = "openapi_tests.rs"]
mod tests;

//! The document is one, and whoever does otherwise than it says is found out.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;

/// The schema that the OpenAPI Initiative publishes; its `$id` says which.
const OFFICIAL: &str = include_str!("openapi-3.1.schema.json");

/// Every reference of a document.
fn references<'d>(value: &'d Value, found: &mut BTreeSet<&'d str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_document_is_one() {
    let document = document();
    let official = jsonschema::validator_for(&serde_json::from_str(OFFICIAL).unwrap()).unwrap();
    fits(&official, &document).unwrap();

    let mut used = BTreeSet::new();
    references(&document, &mut used);
    used.iter().for_each(|reference| assert!(document.pointer(&reference[1..]).is_some(), "{reference}"));
    for kind in ["parameters", "headers", "responses", "schemas"] {
        for (name, schema) in members(&document["components"][kind]) {
            let reference = format!("#/components/{kind}/{name}");
            assert!(used.contains(&*reference), "nothing leads to {reference}");
            if kind == "schemas" {
                validator(&document, schema);
            }
        }
    }
    let names: BTreeSet<&str> = OPENAPI.operations().collect();
    assert_eq!(names.len(), OPENAPI.operations.len(), "names are given once");
    for operation in &OPENAPI.operations {
        let (id, answers) = (&operation.id, &operation.answers);
        assert_eq!(answers.contains_key(&429), id != "takeNotification", "{id}: only the provider is not turned away");
        let named = |answer: &Answer| answer.headers.iter().any(|header| header.name == "X-Request-Id");
        assert!(answers.values().all(named), "{id}: every answer has an id");
    }
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let document = document();
    for (path, item) in members(&document["paths"]) {
        let wanted: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        for (method, operation) in members(item).filter(|(_, operation)| operation["operationId"].is_string()) {
            let lists = [&item["parameters"], &operation["parameters"]];
            let all = lists.into_iter().filter_map(Value::as_array).flatten().map(|given| follow(&document, given));
            let given: BTreeSet<&str> = all.filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).collect();
            assert_eq!(given, wanted, "{method} {path}");
        }
    }
}

/// What is said of an answer of the facets, after it was changed somehow.
fn said(change: impl FnOnce(&mut u16, &mut HeaderMap, &mut Value)) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in [("x-request-id", "r-1"), ("etag", "\"0f\""), ("content-type", "application/json")] {
        headers.insert(name, value.parse().unwrap());
    }
    let (mut status, mut body) = (200, json!({ "lines": [{ "id": "travel", "count": 1 }], "insurers": [] }));
    change(&mut status, &mut headers, &mut body);
    let (method, path, bytes) = (&Method::GET, "/api/facets", body.to_string());
    let body = Some(bytes.as_bytes());
    let result = OPENAPI.check(&Exchange { method, path, asked: None, status, headers: &headers, body });
    result.map_or_else(|wrong| wrong, |id| format!("{id:?}"))
}

#[test]
fn what_is_not_as_described_is_found() {
    assert_eq!(said(|_, _, _| ()), "Some(\"getFacets\")");
    assert!(said(|status, _, _| *status = 418).contains("no such status"));
    assert!(said(|_, headers, _| drop(headers.remove("etag"))).contains("ETag is missing"));
    let badly = |_: &mut u16, headers: &mut HeaderMap, _: &mut Value| {
        headers.insert("etag", "0f".parse().unwrap());
    };
    assert!(said(badly).starts_with("ETag: "));
    let html = |_: &mut u16, headers: &mut HeaderMap, _: &mut Value| {
        headers.insert("content-type", "text/html; charset=utf-8".parse().unwrap());
    };
    assert!(said(html).contains("text/html is not a type of it"));
    let more = said(|_, _, body| body["lines"][0]["colour"] = "red".into());
    assert!(more.contains("colour") && more.contains("/lines/0"), "{more}");
    let less = said(|_, _, body| drop(body.as_object_mut().unwrap().remove("insurers")));
    assert!(less.contains("insurers"), "{less}");
    assert!(said(|_, _, body| body["lines"][0]["count"] = "1".into()).contains("/lines/0/count"));
    let other = |status: &mut u16, headers: &mut HeaderMap, body: &mut Value| {
        *status = 500;
        headers.insert("content-type", PROBLEM.parse().unwrap());
        *body = json!({ "type": "about:blank", "title": "Not Found", "status": 404, "detail": "x" });
    };
    assert!(said(other).contains("the problem says 404"));
}

#[test]
fn what_is_not_described_is_not_there() {
    let headers = HeaderMap::new();
    let checked = |method: &Method, path, status, body: &Value| {
        let bytes = body.to_string();
        let body = Some(bytes.as_bytes());
        let result = OPENAPI.check(&Exchange { method, path, asked: None, status, headers: &headers, body });
        result.map(|id| id.map(str::to_owned))
    };
    let problem = json!({ "type": "about:blank", "title": "Not Found", "status": 404, "detail": "x" });
    assert_eq!(checked(&Method::GET, "/api/nothing", 404, &problem), Ok(None));
    assert_eq!(checked(&Method::DELETE, "/api/facets", 404, &problem), Ok(None));
    assert_eq!(checked(&Method::POST, "/api/applications//payment", 404, &problem), Ok(None));
    assert!(checked(&Method::GET, "/api/nothing", 200, &json!({})).is_err());
    assert!(checked(&Method::GET, "/api/nothing", 404, &json!({})).is_err());
}

#[test]
fn events_and_what_was_accepted_are_checked() {
    let stream = "/api/products/stream?since=0";
    assert_eq!(OPENAPI.check_event(stream, "reset", &json!({})), Ok(()));
    assert!(OPENAPI.check_event(stream, "reset", &json!({ "x": 1 })).is_err());
    assert!(OPENAPI.check_event(stream, "product", &json!({})).unwrap_err().contains("insurer_id"));
    assert!(OPENAPI.check_event(stream, "news", &json!({})).unwrap_err().contains("no such event"));

    let (quote, method) = (OPENAPI.find(&Method::POST, "/api/quotes").unwrap(), &Method::POST);
    let wish = json!({ "insurer_id": "i", "product_id": "p", "tariff_id": "t", "starts_on": "tomorrow" });
    assert!(fits(quote.body.as_ref().unwrap(), &wish).unwrap_err().contains("/starts_on"));
    let mut headers = HeaderMap::new();
    headers.insert("x-request-id", "r-1".parse().unwrap());
    let (path, status, body, asked) = ("/api/quotes", 201, Some(&b"{}"[..]), Some(&wish));
    let said = OPENAPI.check(&Exchange { method, path, asked, status, headers: &headers, body }).unwrap_err();
    assert!(said.contains("this was accepted"), "{said}");
}

use super::*;
use crate::results::samples::{breaks, subject};

#[test]
fn the_run_and_all_that_it_has_found_come_back() {
    let (run, found) = (subject().run, breaks());
    let mut bytes = Vec::new();
    write(&mut bytes, &run, found.clone().into_iter()).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(serde_json::from_value::<Run>(document["run"].clone()).unwrap(), run);
    assert_eq!(document["breaks"], serde_json::to_value(&found).unwrap());
    assert_eq!(document["breaks"][0]["state"], "open");
}

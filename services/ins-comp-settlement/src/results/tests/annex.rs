use super::*;
use crate::results::samples::breaks;

fn written(listed: Vec<Listed>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, of(listed.into_iter())).unwrap();
    bytes
}

#[test]
fn the_seal_is_that_of_the_file_and_says_how_many_lines_it_has() {
    let bytes = written(breaks());
    let sealed = seal(of(breaks().into_iter())).unwrap();
    assert_eq!(sealed.sha256, ContentHash(Sha256::digest(&bytes).into()));
    assert_eq!(sealed.lines + 1, bytes.iter().filter(|byte| **byte == b'\n').count());
    let due = breaks().iter().filter(|listed| listed.found.kind != "not_due_yet").count();
    assert!(sealed.lines == due && due < breaks().len(), "what is not due yet is no break");
}

#[test]
fn decisions_change_nothing_and_what_was_found_does() {
    let mut decided = breaks();
    for listed in &mut decided {
        (listed.state, listed.owner) = (Some("accepted".to_owned()), Some("petr".to_owned()));
    }
    assert_eq!(written(decided), written(breaks()));
    let mut other = breaks();
    other[0].found.explanation_ru.push('!');
    assert_ne!(seal(of(other.into_iter())).unwrap(), seal(of(breaks().into_iter())).unwrap());
}

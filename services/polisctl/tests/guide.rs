//! docs/onboarding.md is followed as a reader follows it: each piece of TOML goes into the file, and `polisctl insurers
//! check` must say what the guide shows.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a crate of tests: what fails, fails the test")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

/// A piece between two lines of backticks: its language, and its lines.
struct Block {
    language: String,
    lines: Vec<String>,
}

/// Those of the sections in which the file grows.
fn blocks() -> Vec<Block> {
    let guide = std::fs::read_to_string(Path::new(DOCS).join("onboarding.md")).unwrap();
    let (_, part) = guide.split_once("### 2. ").unwrap();
    let (part, _) = part.split_once("### 7. ").unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in part.lines() {
        match line.strip_prefix("```") {
            Some(language) if !open => {
                blocks.push(Block { language: language.to_owned(), lines: Vec::new() });
                open = true;
            }
            Some(_) => open = false,
            None if open => blocks.last_mut().unwrap().lines.push(line.to_owned()),
            None => {}
        }
    }
    blocks
}

/// The file as sections of lines; the first one has no header.
fn sections(lines: &[String]) -> Vec<Vec<String>> {
    let mut sections = vec![Vec::new()];
    for line in lines {
        if line.starts_with('[') {
            sections.push(Vec::new());
        }
        sections.last_mut().unwrap().push(line.clone());
    }
    sections
}

/// A reader's hand: a key that is there is replaced, a new one goes to the end of its section, a new section to the end
/// of the file.
fn enter(file: &mut Vec<String>, piece: &[String]) {
    let key = |line: &str| line.split_once(" = ").map(|(key, _)| key.to_owned());
    if file.is_empty() {
        return piece.clone_into(file);
    }
    let mut known = sections(file);
    for section in sections(piece).into_iter().filter(|section| section.iter().any(|line| !line.is_empty())) {
        let header = section[0].starts_with('[').then(|| section[0].clone());
        let place = match &header {
            None => Some(0),
            Some(header) => known.iter().position(|section| section.first() == Some(header)),
        };
        let Some(place) = place else {
            known.extend([vec![String::new()], section]);
            continue;
        };
        for line in section.into_iter().filter(|line| key(line).is_some()) {
            let lines = &mut known[place];
            match lines.iter().position(|known| key(known) == key(&line)) {
                Some(at) => lines[at] = line,
                None => {
                    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1);
                    lines.insert(end, line);
                }
            }
        }
    }
    *file = known.concat();
}

/// How long something took is another time in every run.
fn without_times(line: &str) -> String {
    line.split(' ').map(|word| if is_time(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

fn is_time(word: &str) -> bool {
    let digits = word.trim_end_matches(',').trim_end_matches('s').trim_end_matches(['m', 'µ']);
    !digits.is_empty() && digits.len() < word.len() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Whether the lines are there in this order, whole and without others between them but where the guide has `…`.
fn shows(expected: &[&str], actual: &str) -> Result<(), String> {
    let mut rest: Vec<String> = actual.lines().map(without_times).collect();
    let mut gap = false;
    for line in expected {
        if line.trim() == "…" {
            gap = true;
            continue;
        }
        let line = without_times(line);
        let at = rest.iter().position(|actual| *actual == line);
        match at {
            Some(0) => drop(rest.remove(0)),
            Some(at) if gap => drop(rest.drain(..=at)),
            _ => return Err(format!("expected {line:?}, not so in:\n{actual}")),
        }
        gap = false;
    }
    if gap || rest.iter().all(String::is_empty) { Ok(()) } else { Err(format!("left out in the guide: {rest:#?}")) }
}

/// Runs a command line of the guide on the file.
fn run(directory: &Path, line: &str, address: SocketAddr) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_polisctl"));
    while let Some((name, value)) = words[0].split_once('=') {
        command.env(name, value);
        words.remove(0);
    }
    assert_eq!(words.remove(0), "polisctl", "{line}");
    let rebase = format!("http://127.0.0.1:8095=http://{address}");
    let output = command.current_dir(directory).args(words).args(["--rebase", &rebase]).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// The little server of the guide. It ends with the test.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let request = BufReader::new(&connection).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let request: Vec<String> = request.collect();
            let Some(name) = request.first().and_then(|line| line.split(' ').nth(1)) else { continue };
            let body = std::fs::read_to_string(format!("{DOCS}/onboarding{name}")).unwrap();
            let head = format!("Content-Type: application/json\r\nContent-Length: {}", body.len());
            write!(connection, "HTTP/1.1 200 OK\r\n{head}\r\nConnection: close\r\n\r\n{body}").unwrap();
        }
    });
    address
}

#[test]
fn the_guide_is_true() {
    let address = serve();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pechora-zashchita.toml");
    let check = "polisctl insurers check pechora-zashchita.toml";
    let (mut file, mut shown) = (Vec::new(), 0);
    for block in blocks() {
        if block.language == "toml" {
            enter(&mut file, &block.lines);
            std::fs::write(&path, file.join("\n") + "\n").unwrap();
            continue;
        }
        // Several commands with what each prints, or what the usual one prints.
        let mut runs: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in &block.lines {
            match line.strip_prefix("$ ") {
                Some(command) => runs.push((command, Vec::new())),
                None if runs.is_empty() => runs.push((check, vec![line])),
                None => runs.last_mut().unwrap().1.push(line),
            }
        }
        for (command, expected) in runs.into_iter().filter(|(command, _)| command.contains("polisctl insurers check")) {
            let actual = run(directory.path(), command, address);
            shows(&expected, &actual).unwrap_or_else(|what| panic!("$ {command}\n{}\n{what}", file.join("\n")));
            shown += 1;
        }
    }
    assert!(shown >= 10, "{shown}");

    let read = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
    let finished = std::fs::read_to_string(Path::new(DOCS).join("onboarding/pechora-zashchita.toml")).unwrap();
    let grown = file.join("\n").replace("env = \"PECHORA_KEY\"", "file = \"/tmp/pechora-key\"");
    assert_eq!(read(&grown), read(&finished), "the finished file is the one that the guide leads to");
}

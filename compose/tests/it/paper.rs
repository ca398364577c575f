//! A policy on paper as a person and a camera see it: the text of the PDF, and what its QR code says.

use pdf_extract::content::{Content, Operation};
use pdf_extract::{Document, extract_text_from_mem};
use reqwest::Method;
use serde_json::Value;

use super::buyer::{Buyer, ask, person};

/// What is black on a page, at this many dots a point.
const DOTS: f32 = 3.0;
/// An A4 page, in points.
const PAGE: (f32, f32) = (596.0, 842.0);
/// Where ink ends and paper begins, by the strongest of red, green and blue.
const DARK: f32 = 0.3;

fn numbers(operation: &Operation) -> Vec<f32> {
    operation.operands.iter().map(|operand| operand.as_float().unwrap_or_default()).collect()
}

/// Dots of a page where dark areas are: what a camera sees of it but for the text.
fn exposed(page: &Content) -> Vec<Vec<bool>> {
    let dot = |points: f32| (points * DOTS).round() as usize;
    let mut dots = vec![vec![false; dot(PAGE.0)]; dot(PAGE.1)];
    let (mut dark, mut areas, mut corners) = (false, Vec::new(), Vec::new());
    for operation in &page.operations {
        match (operation.operator.as_str(), &*numbers(operation)) {
            ("rg", parts) => dark = parts.iter().all(|part| *part < DARK),
            ("m" | "l", &[x, y]) => corners.push((x, y)),
            ("h", _) => areas.push(std::mem::take::<Vec<(f32, f32)>>(&mut corners)),
            ("f", _) if dark => {
                for area in std::mem::take(&mut areas) {
                    let (from, to) = (area[0], area[2]);
                    for row in &mut dots[dot(from.1)..dot(to.1)] {
                        row[dot(from.0)..dot(to.0)].fill(true);
                    }
                }
            }
            ("f", _) => areas.clear(),
            _ => {}
        }
    }
    dots
}

/// What the QR codes of a document say.
fn codes(pdf: &[u8]) -> Vec<String> {
    let document = Document::load_mem(pdf).unwrap();
    let mut said = Vec::new();
    for page in document.get_pages().into_values() {
        let dots = exposed(&Content::decode(&document.get_page_content(page).unwrap()).unwrap());
        let grey = |x: usize, y: usize| if dots[y][x] { 0 } else { u8::MAX };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(dots[0].len(), dots.len(), grey);
        said.extend(picture.detect_grids().iter().map(|grid| grid.decode().unwrap().1));
    }
    said
}

/// The paper says who bought what for how much, in Russian, and its code leads to where the policy is vouched for.
pub async fn says_what_was_bought(buyer: &Buyer<'_>, number: &str) {
    let polis = buyer.polis;
    let paper = polis.http.get(polis.core(&format!("/api/applications/{}/policy.pdf", buyer.id)));
    let pdf = paper.bearer_auth(&buyer.token).send().await.unwrap().bytes().await.unwrap();
    let text = extract_text_from_mem(&pdf).unwrap().replace('\u{a0}', " ");
    let quote = buyer.see().await["quote"].take();
    let of = |value: &Value| value.as_str().unwrap().to_owned();
    let day = |value: &Value| of(value).rsplit('-').collect::<Vec<_>>().join(".");
    let (from, to) = (day(&quote["starts_on"]), day(&quote["ends_on"]));
    let amount = of(&quote["premium"]["amount"]).replace('.', ",");
    for wanted in [
        format!("Полис страхования\n№ {number}"),
        format!("Страховщик {}", of(&quote["insurer_name"])),
        format!("Страхователь {}", of(&person()["name"])),
        "Дата рождения 03.02.1990".to_owned(),
        format!("Страховой продукт {}", of(&quote["product_name"])),
        format!("Тариф {}", of(&quote["tariff_name"])),
        format!("Срок страхования с {from} по {to} включительно"),
    ] {
        assert!(text.contains(&wanted), "{wanted:?} is not to be read in\n{text}");
    }
    // Thousands stand apart.
    let figures: String = text.split_whitespace().collect();
    assert!(figures.contains(&format!("Страховаяпремия{amount}₽")), "{amount} is not to be read in\n{text}");

    let [code] = &codes(&pdf)[..] else { panic!("there is one code: {:?}", codes(&pdf)) };
    assert!(text.contains(code), "{code} is not written out in\n{text}");
    let (page, way) = code.split_once("/#/policies/").unwrap();
    assert_eq!(page, polis.core(""));
    let (read, proof) = way.split_once('/').unwrap();
    let path = format!("/api/policies/{read}?code={proof}");
    let (status, told) = ask(polis, Method::GET, &path, "", "", None).await;
    assert_eq!((status, &told["policy_number"]), (200, &Value::from(number)), "{told}");
}

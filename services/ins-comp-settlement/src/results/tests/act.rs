use sha2::{Digest, Sha256};

use super::*;
use crate::register::ContentHash;
use crate::results::samples::{breaks, subject};

fn act(subject: &Subject, breaks: Vec<Listed>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, subject, breaks.into_iter()).unwrap();
    bytes
}

/// The text of each page, with single spaces.
fn pages(subject: &Subject, breaks: Vec<Listed>) -> Vec<String> {
    let document = lopdf::Document::load_mem(&act(subject, breaks)).unwrap();
    let text = |page: &u32| document.extract_text(&[*page]).unwrap();
    let single = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    document.get_pages().keys().map(text).map(single).collect()
}

fn says(page: &str, what: &[&str]) {
    for what in what {
        assert!(page.contains(what), "{what:?} is not in {page}");
    }
}

#[test]
fn both_parties_their_sums_and_the_balance_in_words_stand_on_the_act() {
    let pages = pages(&subject(), breaks());
    assert_eq!(pages.len(), 2, "{pages:?}");
    says(
        &pages[0],
        &[
            "Акт сверки № 7",
            "с 01.11.2026 по 30.11.2026",
            "ООО «Полис», ИНН ____",
            "Акционерное общество «Урал-Полис», ИНН 0000000113",
            "Агентский договор № УП-7/2026",
            "1. Данные сторон на 02.12.2026",
            // Five policies at 3650 with us, four lines with them.
            "18 250,00 ₽",
            "11 110,15 ₽",
            "К перечислению Страховщику по данным Агента: 16 425,00 ₽ (Шестнадцать тысяч четыреста двадцать пять рублей 00 копеек).",
            "9 650,15 ₽ (Девять тысяч шестьсот пятьдесят рублей 15 копеек).",
            "Данные Агента больше на 6 774,85 ₽ (Шесть тысяч семьсот семьдесят четыре рубля 85 копеек).",
            "Финансовый директор",
            "/ Климов А. В. /",
            "страница 1 из 2",
        ],
    );
    says(&pages[1], &["Приложение к акту сверки № 7", "Расходится премия", "PL-2; строка 2", "страница 2 из 2"]);
}

#[test]
fn what_does_not_fit_on_paper_is_an_annex_that_the_signed_page_names_by_its_hash() {
    let one = breaks().into_iter().find(|listed| listed.found.kind == "premium_differs").unwrap();
    let mut all = vec![one; 1000];
    for (listed, ordinal) in all.iter_mut().zip(1..) {
        listed.found.ordinal = ordinal;
    }
    let pages = pages(&subject(), all.clone());
    let mut file = Vec::new();
    annex::write(&mut file, annex::of(all.iter().cloned())).unwrap();
    let hash = ContentHash(Sha256::digest(&file).into()).to_string();
    let name = "prilozhenie-ural-polis-2026-11-01-2026-11-30-run-7.csv";
    let named = format!("файл {name}, строк без заголовка: 1000, SHA-256 файла: {hash}");
    let signed = pages.iter().position(|page| page.contains("От Страховщика")).unwrap();
    let whole = pages[..=signed].join(" ");
    let (said, signatures) = (whole.find(&named), whole.find("От Страховщика"));
    assert!(said.is_some() && said < signatures, "{named:?} is not above the signatures in {whole}");
    says(&whole, &["составляет с ним одно целое", "На бумаге приведены первые 200"]);
    says(
        pages.last().unwrap(),
        &[&format!("Ещё 800 — в файле {name}, где приведены все 1000."), &format!("страница {0} из {0}", pages.len())],
    );
    let listed: usize = pages.iter().map(|page| page.matches("PL-2; строка 2").count()).sum();
    assert_eq!(listed, 200);
    assert!(pages[signed + 1..].iter().all(|page| page.contains("Полисы, строки")), "columns are named on every page");

    // Whoever changes a single break of the annex has another file.
    all[999].found.ours = Some(Decimal::ONE);
    let mut file = Vec::new();
    annex::write(&mut file, annex::of(all.into_iter())).unwrap();
    assert_ne!(ContentHash(Sha256::digest(&file).into()).to_string(), hash);
}

#[test]
fn as_many_as_fit_are_all_on_paper_and_in_russian() {
    let found = breaks();
    let count = found.iter().filter(|listed| listed.found.kind != "not_due_yet").count();
    let pages = pages(&subject(), found);
    says(&pages.join(" "), &[&format!("Перечень всех расхождений ({count}) — в приложении к настоящему акту.")]);
    let whole = pages.join(" ");
    says(&whole, &["столбец «Страховая премия»: «сто» — не сумма с десятичным знаком «,»"]);
    // Numbers of policies, identifiers of tariffs, the name and the hash of the file are no words.
    let names = ["PL-", "base", "november.csv", "SHA-256", "ab12"];
    let said = names.iter().fold(whole, |text, name| text.replace(name, ""));
    assert!(!said.contains(|c: char| c.is_ascii_alphabetic()), "{said}");
}

#[test]
fn sides_that_agree_need_no_appendix_and_the_same_result_is_the_same_act() {
    let mut agreed = subject();
    agreed.totals.breaks.clear();
    agreed.totals.went_in.theirs = agreed.totals.went_in.ours;
    let pages = pages(&agreed, Vec::new());
    assert_eq!(pages.len(), 1);
    says(&pages[0], &["Данные сторон сходятся, разницы нет.", "Всего расхождений"]);
    let bytes = || act(&subject(), breaks());
    assert_eq!(bytes(), bytes());
}

use super::*;
use crate::results::samples::{breaks, subject};

/// The text of each page, with single spaces.
fn pages(subject: &Subject, breaks: Vec<Listed>) -> Vec<String> {
    let document = lopdf::Document::load_mem(&render(subject, breaks.into_iter()).unwrap()).unwrap();
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
fn what_does_not_fit_on_paper_is_referred_to() {
    let mut subject = subject();
    let one = breaks().into_iter().find(|listed| listed.found.kind == "premium_differs").unwrap();
    let tally = subject.totals.breaks.get_mut(&crate::matching::Kind::PremiumDiffers).unwrap();
    tally.count = 1000;
    let all = subject.totals.break_count();
    let pages = pages(&subject, vec![one; 1000]);
    let last = pages.last().unwrap();
    says(
        last,
        &[&format!("Ещё {}", all - 200), "SHA-256 результата: cd34", &format!("страница {0} из {0}", pages.len())],
    );
    let listed: usize = pages.iter().map(|page| page.matches("PL-2; строка 2").count()).sum();
    assert_eq!(listed, 200);
    assert!(pages[2..].iter().all(|page| page.contains("Полисы, строки")), "columns are named on every page");
}

#[test]
fn sides_that_agree_need_no_appendix_and_the_same_result_is_the_same_act() {
    let mut agreed = subject();
    agreed.totals.breaks.clear();
    agreed.totals.went_in.theirs = agreed.totals.went_in.ours;
    let pages = pages(&agreed, Vec::new());
    assert_eq!(pages.len(), 1);
    says(&pages[0], &["Данные сторон сходятся, разницы нет.", "Всего расхождений"]);
    let bytes = || render(&subject(), breaks().into_iter()).unwrap();
    assert_eq!(bytes(), bytes());
}

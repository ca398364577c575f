//! The policy as a document: PDF on A4, in Russian, with a QR code that leads to where it is checked. Nothing here asks the
//! clock, the disk or the network: the same policy is the same bytes.

mod line;

use jiff::Timestamp;
use jiff::civil::Date;
use polis_document::{About, DocumentError, Ink, Layout, Style, Typefaces, Weight, russian};
use rust_decimal::Decimal;

use crate::sale::seal::Person;

/// What a policy says.
#[derive(Clone, Debug)]
pub struct PolicyDocument {
    /// Its number.
    pub number: String,
    /// Who insures.
    pub insurer_name: String,
    /// What was bought.
    pub product_name: String,
    /// At which tariff.
    pub tariff_name: String,
    /// Line of business, by its code.
    pub line: String,
    /// What it cost.
    pub premium: Decimal,
    /// The currency of the premium, ISO 4217.
    pub currency: String,
    /// First day of cover.
    pub starts_on: Date,
    /// Last day of cover, as it was agreed.
    pub ends_on: Date,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Who is insured; none when that was erased.
    pub holder: Option<Person>,
    /// First day without cover, when it was cancelled.
    pub cancelled_from: Option<Date>,
    /// Where anybody can check it.
    pub check_url: String,
}

const TITLE: Style = Style { weight: Weight::Bold, size: 22.0, ink: Ink::Blue };
const NUMBER: Style = Style { weight: Weight::Bold, size: 15.0, ink: Ink::Black };
const SECTION: Style = Style { weight: Weight::Bold, size: 11.0, ink: Ink::Blue };
const FIELD: Style = Style { weight: Weight::Regular, size: 10.5, ink: Ink::Black };
const STRONG: Style = Style { weight: Weight::Bold, ..FIELD };
const ALARM: Style = Style { weight: Weight::Bold, size: 16.0, ink: Ink::Red };
const LINK: Style = Style { ink: Ink::Blue, ..FIELD };
const SMALL: Style = Style { weight: Weight::Regular, size: 8.5, ink: Ink::Grey };

/// What stands for personal data that were erased.
const ERASED: &str = "данные удалены по требованию";

/// The PDF of a policy. However long its names are, they are written out.
///
/// # Errors
/// [`DocumentError`].
pub fn render(policy: &PolicyDocument) -> Result<Vec<u8>, DocumentError> {
    let typefaces = Typefaces::open()?;
    let mut layout = Layout::new(&typefaces);
    let cancelled = policy.cancelled_from.map(|day| format!("ДОГОВОР РАСТОРГНУТ с {}", russian::date(day)));
    layout.beside_code(&policy.check_url, "Проверка полиса", SMALL, |layout| {
        layout.text("Полис страхования", TITLE);
        layout.space(4.0);
        layout.text(&format!("№\u{a0}{}", policy.number), NUMBER);
        layout.space(8.0);
        layout.text(&policy.insurer_name, FIELD);
    })?;
    layout.space(18.0);
    if let Some(cancelled) = &cancelled {
        layout.banner(cancelled, ALARM);
        layout.space(18.0);
    }
    parties(&mut layout, policy);
    layout.space(18.0);
    terms(&mut layout, policy);
    layout.space(18.0);
    layout.heading("Проверка полиса", SECTION);
    layout.space(6.0);
    let how = "Чтобы проверить полис, наведите камеру телефона на QR-код или откройте страницу по адресу ниже. \
               На ней видно, действует ли договор; личные данные на ней не показываются.";
    layout.text(how, FIELD);
    layout.space(4.0);
    layout.link(&policy.check_url, LINK);
    let foot = |page: usize, all: usize| {
        let number = &policy.number;
        let cancelled = cancelled.as_ref().map(|text| format!(" · {text}")).unwrap_or_default();
        format!("Полис №\u{a0}{number}{cancelled} · страница {page} из {all}")
    };
    layout.pdf(&about(policy), foot, SMALL)
}

fn parties(layout: &mut Layout<'_>, policy: &PolicyDocument) {
    layout.heading("Стороны договора", SECTION);
    layout.field("Страховщик", &policy.insurer_name, FIELD);
    let Some(holder) = &policy.holder else { return layout.field("Страхователь", ERASED, FIELD) };
    layout.field("Страхователь", &holder.name, STRONG);
    let born_on = holder.born_on.parse().map_or_else(|_| holder.born_on.clone(), russian::date);
    layout.field("Дата рождения", &born_on, FIELD);
    layout.field("Телефон", &holder.phone, FIELD);
    layout.field("Электронная почта", &holder.email, FIELD);
}

fn terms(layout: &mut Layout<'_>, policy: &PolicyDocument) {
    layout.heading("Условия страхования", SECTION);
    layout.field("Вид страхования", line::name(&policy.line), FIELD);
    layout.field("Страховой продукт", &policy.product_name, STRONG);
    layout.field("Тариф", &policy.tariff_name, FIELD);
    let (from, to) = (russian::date(policy.starts_on), russian::date(policy.ends_on));
    layout.field("Срок страхования", &format!("с {from} по {to} включительно"), FIELD);
    layout.field("Страховая премия", &russian::amount(policy.premium, &policy.currency), STRONG);
    layout.field("Полис оформлен", &russian::moment(policy.issued_at), FIELD);
    if let Some(day) = policy.cancelled_from {
        let what = format!("с {}: с этого дня страхование не действует", russian::date(day));
        layout.field("Договор расторгнут", &what, Style { ink: Ink::Red, ..STRONG });
    }
}

/// The time is that of the policy, not of its printing.
fn about(policy: &PolicyDocument) -> About {
    About {
        title: format!("Полис страхования № {}", policy.number),
        subject: policy.product_name.clone(),
        author: policy.insurer_name.clone(),
        created: policy.issued_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PolicyDocument {
        PolicyDocument {
            number: "PL-0000000018".to_owned(),
            insurer_name: "АО «Вымышленное страхование»".to_owned(),
            product_name: "Спокойная поездка".to_owned(),
            tariff_name: "Стандарт".to_owned(),
            line: "travel".to_owned(),
            premium: Decimal::from(3650),
            currency: "RUB".to_owned(),
            starts_on: Date::constant(2026, 12, 1),
            ends_on: Date::constant(2027, 11, 30),
            issued_at: Timestamp::constant(1_795_608_180, 0),
            holder: Some(Person {
                name: "Ирина Вымышленная".to_owned(),
                born_on: "1990-02-03".to_owned(),
                email: "irina@example.org".to_owned(),
                phone: "+7 900 000-00-00".to_owned(),
            }),
            cancelled_from: None,
            check_url: "https://polis.example/#/policies/PL-0000000018/0123456789abcdef".to_owned(),
        }
    }

    fn bytes(change: impl FnOnce(&mut PolicyDocument)) -> Vec<u8> {
        let mut policy = policy();
        change(&mut policy);
        render(&policy).unwrap()
    }

    fn pages(pdf: &[u8]) -> usize {
        let of = |what: &[u8]| pdf.windows(what.len()).filter(|window| *window == what).count();
        of(b"/Type/Page/") + of(b"/Type/Page\n")
    }

    #[test]
    fn the_same_policy_is_the_same_bytes_and_another_is_not() {
        let issued = bytes(|_| {});
        assert!(issued.starts_with(b"%PDF-"));
        assert_eq!(issued, bytes(|_| {}));
        assert_ne!(issued, bytes(|policy| policy.cancelled_from = Some(Date::constant(2026, 12, 10))));
        assert_ne!(issued, bytes(|policy| policy.holder = None));
        assert_ne!(issued, bytes(|policy| policy.check_url.push('0')));
    }

    #[test]
    fn long_names_take_the_pages_that_they_need() {
        assert_eq!(pages(&bytes(|_| {})), 1);
        let long = "Комплексное страхование имущества ".repeat(60);
        assert_eq!(pages(&bytes(|policy| policy.product_name = long.clone())), 2);
        assert!(pages(&bytes(|policy| policy.product_name = long.repeat(20))) > 4);
        assert!(pages(&bytes(|policy| policy.insurer_name = "Щ".repeat(20_000))) > 4);
    }

    #[test]
    fn an_address_that_fits_into_no_code_is_refused() {
        let mut policy = policy();
        policy.check_url = "x".repeat(5000);
        assert!(matches!(render(&policy), Err(DocumentError::Code { .. })));
    }

    #[test]
    fn signs_that_the_typeface_has_not_do_no_harm() {
        assert!(bytes(|policy| policy.product_name = "旅行 ✈ שלום".to_owned()).starts_with(b"%PDF-"));
    }
}

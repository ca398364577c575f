//! The catalogue in XML, as a document and in a SOAP envelope.

use quick_xml::escape::escape;

use crate::exhibit::Shown;

/// Namespace of the document.
const CATALOGUE: &str = "urn:sandbox:catalogue:1";
/// What it becomes by the fault.
const ANOTHER: &str = "urn:sandbox:catalogue:2";

/// Products as elements. Dates as people write them, codes of lines as insurers have them.
fn products(shown: &[Shown]) -> String {
    let mut text = String::new();
    for product in shown {
        let kind = code(&product.line);
        text.push_str(&format!(
            "<c:Product code=\"{}\"><c:Name>{}</c:Name><c:Kind>{kind}</c:Kind><c:Text><![CDATA[{}]]></c:Text><c:Page>{}</c:Page>",
            escape(&product.id),
            escape(&product.title),
            product.summary,
            escape(&product.link),
        ));
        for tariff in &product.tariffs {
            let (year, rest) = tariff.from.split_once('-').unwrap_or_default();
            let (month, day) = rest.split_once('-').unwrap_or_default();
            let amount = tariff.amount.map(|a| format!("{a:.2}").replace('.', ",")).unwrap_or_default();
            text.push_str(&format!(
                "<c:Tariff code=\"{}\" from=\"{day}.{month}.{year}\"><c:Name>{}</c:Name><c:Premium currency=\"{}\">{amount}</c:Premium></c:Tariff>",
                escape(&tariff.code),
                escape(&tariff.title),
                tariff.currency,
            ));
        }
        text.push_str("</c:Product>");
    }
    text
}

fn code(line: &str) -> &'static str {
    match line {
        "motor-liability" => "ОСАГО",
        "hull" => "КАСКО",
        "travel" => "ВЗР",
        "property" => "ИМУЩЕСТВО",
        "mortgage" => "ИПОТЕКА",
        "accident" => "НС",
        "health" => "ДМС",
        _ => "ПРОЧЕЕ",
    }
}

/// A document that says it is in this encoding.
pub(crate) fn document(shown: &[Shown], encoding: &str, moved: bool) -> String {
    let namespace = if moved { ANOTHER } else { CATALOGUE };
    format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n<c:Catalogue xmlns:c=\"{namespace}\"><c:Products>{}</c:Products></c:Catalogue>",
        products(shown)
    )
}

/// The answer to `GetCatalogue`, in an envelope of that namespace.
pub(crate) fn envelope(shown: &[Shown], soap: &str, moved: bool) -> String {
    let namespace = if moved { ANOTHER } else { CATALOGUE };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><e:Envelope xmlns:e=\"{soap}\"><e:Body><c:GetCatalogueResponse xmlns:c=\"{namespace}\">{}</c:GetCatalogueResponse></e:Body></e:Envelope>",
        products(shown)
    )
}

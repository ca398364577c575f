//! The page of whoever reconciles: `GET /`, and what it loads. Its files are part of the program; it asks the other routes of this
//! port as anybody may.

use sha2::{Digest, Sha256};
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

/// Scripts, styles and calls are our own; nobody shows the page inside of theirs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// A file of the page.
struct File {
    name: &'static str,
    content: &'static str,
}

macro_rules! files {
    ($($name:literal)*) => {
        &[$(File { name: $name, content: include_str!(concat!("page/", $name)) }),*]
    };
}

static INDEX: File = File { name: "index.html", content: include_str!("page/index.html") };

#[rustfmt::skip]
static FILES: &[File] = files! {
    "anything.js" "api.js" "break-list.js" "breaks.js" "compare.js" "decide.js" "dom.js" "failure.js" "filters.js"
    "form.css" "format.js" "forms.js" "found.js" "frozen.js" "insurers.js" "letter-orders.js" "letter.js" "letters.js"
    "life.js" "main.js" "new-run.js" "owners.js" "page.css" "page.js" "paging.js" "print.css" "register.js"
    "registers.js" "run-state.js" "run.js" "runs.js" "sides.js" "standings.js" "story.js" "table.css" "table.js"
    "texts-en.js" "texts-letters.js" "texts-ru.js" "texts.js" "totals.js"
};

/// Routes for the admin port.
pub fn routes() -> BoxedFilter<(Response,)> {
    let known = warp::header::optional::<String>(IF_NONE_MATCH.as_str());
    let index = warp::path::end().and(warp::get()).and(known);
    let index = index.map(|known: Option<String>| INDEX.answer(known.as_deref()));
    let file = warp::path!("page" / String).and(warp::get()).and(known);
    let file = file.and_then(|name: String, known: Option<String>| std::future::ready(answer(&name, known.as_deref())));
    index.or(file).unify().boxed()
}

fn answer(name: &str, known: Option<&str>) -> Result<Response, Rejection> {
    let file = FILES.iter().find(|file| file.name == name).ok_or_else(warp::reject::not_found)?;
    Ok(file.answer(known))
}

impl File {
    fn kind(&self) -> &'static str {
        match self.name.rsplit_once('.') {
            Some((_, "html")) => "text/html; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        }
    }

    /// The same for the same content.
    fn tag(&self) -> String {
        let hash = Sha256::digest(self.content);
        let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{digits}\"")
    }

    /// The file, unless the browser has it already. It asks each time: another version of the program has another page.
    fn answer(&self, known: Option<&str>) -> Response {
        let tag = self.tag();
        let is_known = |known: &str| known.split(',').any(|each| each.trim().trim_start_matches("W/") == tag);
        let mut response = if known.is_some_and(is_known) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.content.into_response()
        };
        let headers = response.headers_mut();
        for (name, value) in [
            (CONTENT_TYPE, self.kind()),
            (CACHE_CONTROL, "no-cache"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (ETAG, tag)));
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use regex::Regex;
    use warp::http::header::HeaderName;

    use super::*;

    fn header(response: &Response, name: HeaderName) -> &str {
        response.headers()[name].to_str().unwrap()
    }

    #[test]
    fn no_file_is_left_behind() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin/page");
        let there =
            std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut served: BTreeSet<String> = FILES.iter().map(|file| file.name.to_owned()).collect();
        served.insert(INDEX.name.to_owned());
        assert_eq!(there.collect::<BTreeSet<_>>(), served);
    }

    #[test]
    fn everything_that_is_asked_for_is_there() {
        let asked = Regex::new(r#"(?:from '\./|="/page/)([\w.-]+)['"]"#).unwrap();
        for file in FILES.iter().chain([&INDEX]) {
            for name in asked.captures_iter(file.content).map(|found| found[1].to_owned()) {
                assert!(FILES.iter().any(|file| file.name == name), "{} asks for {name}", file.name);
            }
        }
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let words = Regex::new(r#"'[^'\n]*'|"[^"\n]*"|`[^`]*`"#).unwrap();
        let name = Regex::new(r"(\w+):").unwrap();
        let names = |content: &str| -> Vec<String> {
            let bare = words.replace_all(content, "");
            name.captures_iter(&bare).map(|found| found[1].to_owned()).collect()
        };
        let file = |name: &str| FILES.iter().find(|file| file.name == name).unwrap().content;
        let object = |name: &str, begin: &str| names(file(name).split_once(begin).unwrap().1);
        assert_eq!(object("texts-ru.js", "const RU = "), object("texts-en.js", "const EN = "));
        let (russian, english) = file("texts-letters.js").split_once("const LETTERS_EN").unwrap();
        assert!(names(english).len() > 10);
        assert_eq!(names(russian), names(english));
    }

    #[test]
    fn what_comes_from_outside_is_never_markup() {
        for file in FILES {
            for unsafe_name in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
                assert!(!file.content.contains(unsafe_name), "{} has {unsafe_name}", file.name);
            }
        }
    }

    #[test]
    fn a_file_comes_once_and_runs_nothing_of_others() {
        assert_eq!(header(&INDEX.answer(None), CONTENT_TYPE), "text/html; charset=utf-8");
        for (name, kind) in [("main.js", "text/javascript"), ("page.css", "text/css")] {
            let get = |known: Option<&str>| answer(name, known).unwrap();
            let first = get(None);
            assert_eq!(first.status(), 200);
            assert_eq!(header(&first, CONTENT_TYPE), format!("{kind}; charset=utf-8"));
            assert_eq!(header(&first, X_CONTENT_TYPE_OPTIONS), "nosniff");
            assert!(header(&first, CONTENT_SECURITY_POLICY).starts_with("default-src 'none'; script-src 'self'"));
            let tag = header(&first, ETAG).to_owned();
            assert_eq!(get(Some(&tag)).status(), 304);
            assert_eq!(get(Some(&format!("\"other\", W/{tag}"))).status(), 304);
            assert_eq!(get(Some("\"other\"")).status(), 200);
        }
        assert!(answer("other.js", None).is_err() && answer("../page.rs", None).is_err());
    }
}

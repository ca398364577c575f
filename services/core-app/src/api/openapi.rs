//! `GET /api/openapi.json`: what the API says of itself (OpenAPI 3.1). The tests of the whole hold it to that.

use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::list::tagged;

const DOCUMENT: &str = include_str!("../../openapi.json");
const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.1";

pub(crate) fn route() -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::path!("api" / "openapi.json")
        .and(warp::get())
        .and(warp::header::optional::<String>("if-none-match"))
        .map(|tag: Option<String>| document(tag.as_deref()))
}

fn document(tag: Option<&str>) -> Response {
    let mut reply = tagged(DOCUMENT.to_owned(), tag, None);
    // Who has the document gets none, and no type of it.
    if let Some(media_type) = reply.headers_mut().get_mut(CONTENT_TYPE) {
        *media_type = HeaderValue::from_static(MEDIA_TYPE);
    }
    reply
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use warp::http::header::ETAG;

    use super::*;

    #[test]
    fn it_is_of_this_version_and_asked_for_again_only_when_it_is_another() {
        let parsed: Value = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(parsed["info"]["version"], env!("CARGO_PKG_VERSION"));
        let first = document(None);
        assert_eq!(first.headers()[CONTENT_TYPE], MEDIA_TYPE);
        let again = document(first.headers()[ETAG].to_str().ok());
        assert_eq!((again.status().as_u16(), again.headers().get(CONTENT_TYPE)), (304, None));
    }
}

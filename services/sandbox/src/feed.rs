//! The US marketplace's machine-readable plan list (CMS QHP), served as published; only the addresses inside the index
//! lead here.

use warp::http::HeaderMap;
use warp::http::header::HOST;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::conditional::tagged;

const INDEX: &str = include_str!("../data/cms-qhp/index.json");
const PLANS: &str = include_str!("../data/cms-qhp/plans.json");
const JSON: &str = "application/json; charset=utf-8";
const PUBLISHED_AT: &str = "https://cmsgov.github.io/QHP-provider-formulary-APIs/data";

pub(crate) fn routes() -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone + use<> {
    warp::path!("cms-qhp" / String)
        .and(warp::get())
        .and(warp::header::<String>(HOST.as_str()))
        .and(warp::header::headers_cloned())
        .map(|name: String, host: String, headers: HeaderMap| match name.as_str() {
            "index.json" => {
                let here = format!("http://{host}/cms-qhp");
                tagged(INDEX.replace(PUBLISHED_AT, &here).into_bytes(), JSON, &headers)
            }
            "plans.json" => tagged(PLANS.as_bytes().to_vec(), JSON, &headers),
            _ => warp::http::StatusCode::NOT_FOUND.into_response(),
        })
}

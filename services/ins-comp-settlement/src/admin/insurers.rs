//! Insurers as they are described: `GET /insurers`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use polis_actors::http::{Problem, answer};
use polis_actors::runtime::error_text;
use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::insurers::Insurer;
use crate::intake::Pulled;
use crate::shared::Shared;

/// What is shown of an insurer. Where its file cannot be used, only that and why.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Overview {
    /// Its identifier.
    pub id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Where its days begin.
    pub time_zone: Option<String>,
    /// The version of what is agreed.
    pub rules_version: Option<String>,
    /// What its registers are: csv, xlsx, json, xml.
    pub format: Option<String>,
    /// Whether registers are fetched.
    pub pull: bool,
    /// When they are, in words of crontab, and of which days.
    pub schedule: Option<String>,
    /// When the next one is due.
    pub next_pull: Option<Timestamp>,
    /// How fetching by schedule stands.
    pub pulled: Option<Pulled>,
    /// Why the file cannot be used.
    pub error: Option<String>,
}

/// Routes for the admin port.
pub fn routes(shared: &Shared) -> BoxedFilter<(Response,)> {
    let shared = shared.clone();
    let list = warp::path!("insurers").and(warp::get());
    list.then(move || {
        let shared = shared.clone();
        async move { answer(list_insurers(&shared)).await }
    })
    .boxed()
}

async fn list_insurers(shared: &Shared) -> Result<Response, Problem> {
    let insurers = shared.insurers.all().await.map_err(|error| Problem::unavailable(error_text(&error)))?;
    let mut pulled = Pulled::all(&shared.database.get().await?).await?;
    let shown: Vec<Overview> = insurers.into_iter().map(|(id, insurer)| overview(id, insurer, &mut pulled)).collect();
    Ok(warp::reply::json(&shown).into_response())
}

fn overview<E: std::error::Error + 'static>(
    id: String, insurer: Result<std::sync::Arc<Insurer>, E>, pulled: &mut BTreeMap<String, Pulled>,
) -> Overview {
    let pulled = pulled.remove(&id);
    let insurer = match insurer {
        Ok(insurer) => insurer,
        Err(error) => return Overview { id, pulled, error: Some(error_text(&error)), ..Overview::default() },
    };
    Overview {
        id,
        name: Some(insurer.name.clone()),
        time_zone: insurer.time_zone.iana_name().map(str::to_owned),
        rules_version: Some(insurer.rules.version.clone()),
        format: Some(insurer.format.to_owned()),
        pull: insurer.pull.is_some(),
        schedule: insurer.schedule.as_ref().map(ToString::to_string),
        next_pull: insurer.schedule.as_ref().map(|schedule| schedule.next(Timestamp::now())),
        pulled,
        error: None,
    }
}

//! Waiting for a run.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ins_comp_settlement::runs::Run;

use crate::place::Place;

/// Between two looks at a run.
const LOOK: Duration = Duration::from_millis(200);

/// The run, once it has ended, well or not. Shows how far it is.
pub(super) async fn ended(place: &Place, mut run: Run) -> anyhow::Result<Run> {
    let style = ProgressStyle::with_template("{spinner} {msg} {bar:30} {pos}/{len} policies and lines")?;
    let bar = ProgressBar::new(0).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    while matches!(run.state.as_str(), "ordered" | "matching") {
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        bar.set_length(count(run.policies.unwrap_or_default() + run.lines));
        bar.set_position(count(run.done_policies + run.done_lines));
        bar.set_message(format!("run {} is {}", run.id, run.state));
        tokio::time::sleep(LOOK).await;
        run = place.ask(&format!("/runs/{}", run.id)).await?;
    }
    bar.finish_and_clear();
    Ok(run)
}

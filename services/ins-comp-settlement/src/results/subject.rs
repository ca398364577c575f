//! The result that is written, and whose it is.

use crate::insurers::InsurersError;
use crate::matching::Totals;
use crate::runs::Run;
use crate::shared::Shared;

use super::error::ExportError;
use super::parties::Party;

/// A finished run and the two whom it concerns.
pub(super) struct Subject {
    pub(super) run: Run,
    pub(super) totals: Totals,
    /// Who sold.
    pub(super) us: Party,
    /// Who insures.
    pub(super) insurer: Party,
    /// The contract between them; empty when the insurer's file names none.
    pub(super) contract: String,
}

impl Subject {
    pub(super) async fn load(shared: &Shared, id: i64) -> Result<Self, ExportError> {
        let run = Run::load(&shared.database.get().await?, id).await?.ok_or(ExportError::NoRun(id))?;
        let Some(totals) = run.totals.clone().filter(|_| run.state == "done") else {
            return Err(ExportError::NotDone(id, run.state));
        };
        let (insurer, contract) = match shared.insurers.get(&run.insurer_id).await {
            Ok(insurer) => (Party::from(&insurer.requisites), insurer.requisites.contract.clone()),
            // What was settled with an insurer of old can still be taken elsewhere.
            Err(InsurersError::Unknown { .. }) => (Party::named(&run.insurer_id), String::new()),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { run, totals, us: shared.us.clone(), insurer, contract })
    }
}

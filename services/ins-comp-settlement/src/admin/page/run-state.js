// How a run stands, for the list of runs and for the run itself.

import { h } from './dom.js'
import { minus } from './format.js'
import { t } from './texts.js'

export const isActive = ({ state }) => state === 'ordered' || state === 'matching'

export const badge = (state, texts) => h('span', { class: `badge ${state}` }, texts[state] ?? state)

// Our premiums without theirs, once there are totals.
export const premiumDifference = ({ totals }) => (totals ? minus(totals.went_in.ours.premium, totals.went_in.theirs.premium) : null)

// How far it is; nobody knows how far it is to go before its input is frozen.
export function progress(run) {
  if (!isActive(run)) return null
  const all = run.policies === null ? 0 : run.policies + run.lines
  const done = Math.min(run.done_policies + run.done_lines, all)
  const known = run.state === 'matching' && all > 0
  const bar = h('progress', { max: known ? all : 1, value: known ? done : null, 'aria-label': t.progress })
  return h('span', { class: 'progress' }, ' ', bar, known ? ` ${Math.floor((done * 100) / all)} %` : null)
}

// Runs, newest first.

import { get, listOf } from './api.js'
import { h, link } from './dom.js'
import { failureBox } from './failure.js'
import { filters } from './filters.js'
import { count, duration, moment, period } from './format.js'
import { insurerFilter, nameOf, names } from './insurers.js'
import { PAGE, newest } from './paging.js'
import { badge, isActive, premiumDifference, progress } from './run-state.js'
import { amountCell, cell, head, row, table } from './table.js'
import { t } from './texts.js'

const SOON_MS = 1000
const LATER_MS = 10_000

export function showRuns(place, route, life) {
  const failure = failureBox()
  const body = h('tbody', { role: 'rowgroup' })
  const empty = h('p', { class: 'nothing', hidden: true }, t.noRuns)
  const chosen = filters(route, [[t.insurer, insurerFilter(life)]], () => list.restart())
  const columns = [t.run, t.insurer, t.period, t.state, [t.breaks, 'number'], [t.premiumDifference, 'number'], t.who, t.ordered, t.took]
  const list = newest(life, failure, {
    async ask(before, signal) {
      const query = { ...chosen.values(), before, limit: PAGE }
      const [page] = await Promise.all([get('/runs', query, signal), names(signal)])
      return listOf(page)
    },
    pauseOf: (page) => (page.some(isActive) ? SOON_MS : LATER_MS),
    body,
    make: runRow,
    shown(runs) {
      empty.hidden = runs.length > 0
      whole.hidden = runs.length === 0
    },
  })
  const whole = table(columns, [], { body, hidden: true, 'aria-label': t.runs })
  const begin = link('#/runs/new', t.newRun, { class: 'main' })
  place.append(
    h('div', { class: 'top' }, h('h2', { tabindex: '-1' }, t.runs), begin),
    chosen.element,
    failure.element,
    empty,
    whole,
    list.more,
  )
}

function runRow(run) {
  return row(
    { data: { run: run.id, state: run.state } },
    head(t.run, { class: 'nowrap' }, link(`#/runs/${run.id}`, t.numberOf(run.id), { 'aria-label': t.runOf(run.id) })),
    cell(t.insurer, {}, nameOf(run.insurer_id)),
    cell(t.period, { class: 'nowrap' }, period(run.period_from, run.period_to)),
    cell(
      t.state,
      { class: 'wide' },
      badge(run.state, t.runStates),
      run.closed ? [' ', h('span', { class: 'badge closed' }, t.closedPeriod)] : null,
      progress(run),
      run.error ? h('p', { class: 'error', lang: 'en' }, run.error) : null,
    ),
    cell(t.breaks, { class: 'number' }, run.breaks === null ? t.none : count(run.breaks)),
    amountCell(t.premiumDifference, premiumDifference(run)),
    cell(
      t.who,
      { class: 'who' },
      run.ordered_by,
      h('small', {}, t.causes[run.cause] ?? run.cause),
      run.why ? h('small', { class: 'words' }, run.why) : null,
    ),
    cell(t.ordered, { class: 'nowrap' }, h('time', { datetime: run.ordered_at }, moment(run.ordered_at))),
    cell(t.took, { class: 'nowrap' }, run.started_at ? duration(run.started_at, run.finished_at) : t.none),
  )
}

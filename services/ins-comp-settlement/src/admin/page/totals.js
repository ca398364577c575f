// The result of a run in figures: both sides, where everything ended up, and what the difference is made of. It adds up before the
// reader's eyes.

import { button, facts, h } from './dom.js'
import { count, minus, money, signOf, sum } from './format.js'
import { premiumDifference } from './run-state.js'
import { amountCell, cell, head, row, scrolled, table } from './table.js'
import { t } from './texts.js'

const AMOUNTS = ['premium', 'commission', 'refund']
const PLACES = ['agreed', 'differing', 'missing_at_insurer', 'missing_at_us', 'duplicate', 'ambiguous', 'unreadable', 'not_due_yet']
// Kinds whose amounts are premiums: with what is tolerated they are the whole difference of the premiums.
const OF_PREMIUM = ['missing_at_insurer', 'missing_at_us', 'premium_differs', 'duplicate', 'ambiguous', 'not_due_yet']
const OF_OTHERS = ['commission_differs', 'status_differs', 'refund_differs', 'dates_differ', 'unreadable']

export function totals(run, choose) {
  const { totals } = run
  return [
    h('h3', {}, t.totals),
    h('p', { class: 'hint' }, t.totalsHint(run.currency)),
    h(
      'div',
      { class: 'figures' },
      h('div', {}, bothSides(totals), h('h4', {}, t.matches), matches(totals)),
      h('div', {}, kinds(totals, choose), proof(run)),
    ),
    h('h4', {}, t.byPlace),
    scrolled(t.byPlace, places(totals)),
  ]
}

const matches = (totals) =>
  facts([
    ...Object.entries(totals.matches).map(([stage, number]) => [t.stages[stage] ?? stage, count(number)]),
    totals.off_tariff > 0 ? [t.offTariff, count(totals.off_tariff)] : null,
  ])

function bothSides({ went_in: { ours, theirs } }) {
  const columns = ['', [t.ours, 'number'], [t.theirs, 'number'], [t.difference, 'number']]
  const number = (label, value, total) => cell(label, { class: 'number', data: { total } }, count(value))
  const counts = row(
    {},
    head('', {}, t.measures.count),
    number(t.ours, ours.count, 'count-ours'),
    number(t.theirs, theirs.count, 'count-theirs'),
    number(t.difference, ours.count - theirs.count, 'count-difference'),
  )
  const amounts = AMOUNTS.map((of) =>
    row(
      {},
      head('', {}, t.measures[of]),
      amountCell(t.ours, ours[of], { total: `${of}-ours` }),
      amountCell(t.theirs, theirs[of], { total: `${of}-theirs` }),
      amountCell(t.difference, minus(ours[of], theirs[of]), { total: `${of}-difference` }),
    ),
  )
  return table(columns, [counts, ...amounts], { class: 'stack sums', caption: t.bothSides })
}

// Kinds in two groups: those of the premium, with their sum, and the rest.
function kinds({ breaks, tolerated }, choose) {
  const columns = [t.kind, [t.number, 'number'], [t.ours, 'number'], [t.theirs, 'number'], [t.difference, 'number']]
  const found = (list) => [...list, ...(list === OF_OTHERS ? strangers(breaks) : [])].filter((kind) => breaks[kind])
  const kindRow = (kind) => {
    const { count: number, ours, theirs, difference } = breaks[kind]
    return row(
      { data: { tally: kind } },
      head(
        t.kind,
        {},
        button(t.kinds[kind] ?? kind, () => choose(kind), { class: 'plain' }),
      ),
      cell(t.number, { class: 'number' }, count(number)),
      amountCell(t.ours, ours),
      amountCell(t.theirs, theirs),
      amountCell(t.difference, difference, { total: `${kind}-difference` }),
    )
  }
  const empty = (label) => cell(label, { class: 'number none' })
  const line = (name, amount, total, kind) =>
    row(
      { class: kind },
      head(t.kind, {}, name),
      empty(t.number),
      empty(t.ours),
      empty(t.theirs),
      amountCell(t.difference, amount, { total }),
    )
  const others = found(OF_OTHERS)
  const rows = [
    ...found(OF_PREMIUM).map(kindRow),
    signOf(tolerated.premium) === 0 ? null : line(t.tolerated, tolerated.premium, 'tolerated-premium'),
    line(t.premiumExplained, explained({ breaks, tolerated }), 'premium-explained', 'sum'),
    others.length > 0 ? row({ class: 'group' }, h('th', { role: 'rowheader', scope: 'rowgroup', colspan: 5 }, t.otherAmounts)) : null,
    ...others.map(kindRow),
  ]
  return table(columns, rows.filter(Boolean), { class: 'stack sums', caption: t.byKind })
}

// Kinds that this page does not know yet.
const strangers = (breaks) => Object.keys(breaks).filter((kind) => !OF_PREMIUM.includes(kind) && !OF_OTHERS.includes(kind))

const explained = ({ breaks, tolerated }) => sum([...OF_PREMIUM.map((kind) => breaks[kind]?.difference ?? '0'), tolerated.premium])

function proof(run) {
  const off = minus(premiumDifference(run), explained(run.totals))
  const right = signOf(off) === 0
  return h('p', { class: right ? 'proof' : 'failure', data: { addsUp: String(right) } }, right ? `✓ ${t.addsUp}` : t.addsNot(money(off)))
}

function places({ places, went_in }) {
  const measured = AMOUNTS.map((of) => h('th', { role: 'columnheader', scope: 'colgroup', colspan: 3, class: 'number' }, t.measures[of]))
  const group = h('tr', { role: 'row', class: 'groups' }, h('td', { colspan: 3, role: 'cell' }), measured)
  const three = AMOUNTS.flatMap(() => [
    [t.ours, 'number begins'],
    [t.theirs, 'number'],
    [t.difference, 'number'],
  ])
  const columns = [t.place, [t.policiesCount, 'number'], [t.linesCount, 'number'], ...three]
  const line = (name, { ours, theirs }, data) =>
    row(
      { data },
      head(t.place, {}, name),
      cell(t.policiesCount, { class: ours.count === 0 ? 'number zero' : 'number' }, count(ours.count)),
      cell(t.linesCount, { class: theirs.count === 0 ? 'number zero' : 'number' }, count(theirs.count)),
      AMOUNTS.map((of) => [
        amountCell(`${t.measures[of]}: ${t.ours.toLowerCase()}`, ours[of]),
        amountCell(`${t.measures[of]}: ${t.theirs.toLowerCase()}`, theirs[of]),
        amountCell(`${t.measures[of]}: ${t.difference.toLowerCase()}`, minus(ours[of], theirs[of])),
      ]),
    )
  const known = [...PLACES, ...Object.keys(places).filter((place) => !PLACES.includes(place))].filter((place) => places[place])
  const rows = known.map((place) => line(t.places[place] ?? place, places[place], { place }))
  return table(columns, rows, {
    class: 'stack sums places',
    group,
    foot: line(t.total, went_in, { place: 'all' }),
    'aria-label': t.byPlace,
  })
}

// What both sides say of the same, one beside the other; where they do not say the same is marked.

import { facts, h } from './dom.js'
import { day, moment, money, signOf } from './format.js'
import { cell, head, row, scrolled, table } from './table.js'
import { explanationOf, t } from './texts.js'

const missing = (value) => value === null || value === undefined || value === ''

// A day of issue is a moment with us.
const issued = ({ issued_at }) => (issued_at ? moment(issued_at) : null)

const tariff = ({ tariff_id, tariff_version }) => (tariff_id ? `${tariff_id}, ${t.version(tariff_version)}` : null)

function byTariff({ expected_premium, valid_version }) {
  if (missing(expected_premium)) return t.tariffUnknown
  return missing(valid_version) ? money(expected_premium) : `${money(expected_premium)} (${t.version(valid_version)})`
}

function until({ cancelled, cancelled_from }) {
  if (cancelled_from) return day(cancelled_from)
  return cancelled ? t.cancelledYes : null
}

const paidBack = (amount) => (missing(amount) ? null : money(amount))

// How a policy and a line say a thing, and whether the two can be held against each other as they are.
const FACTS = [
  { name: 'policy_number', ours: ({ policy_number }) => policy_number, theirs: ({ policy_number }) => policy_number },
  { name: 'product', ours: ({ product_id }) => product_id, theirs: ({ product }) => product },
  { name: 'tariff', ours: tariff, theirs: () => null },
  { name: 'premium', ours: ({ premium }) => money(premium), theirs: ({ premium }) => money(premium), compared: true },
  { name: 'expected_premium', ours: byTariff, theirs: () => null },
  { name: 'commission', ours: () => null, theirs: ({ commission }) => (missing(commission) ? null : money(commission)) },
  { name: 'issued', ours: issued, theirs: ({ issued_on }) => day(issued_on) },
  { name: 'starts_on', ours: ({ starts_on }) => day(starts_on), theirs: ({ starts_on }) => day(starts_on), compared: true },
  { name: 'ends_on', ours: ({ ends_on }) => day(ends_on), theirs: ({ ends_on }) => day(ends_on), compared: true },
  { name: 'cancelled_from', ours: until, theirs: until, compared: true, always: true },
  {
    name: 'refund',
    ours: ({ refund, cancelled_from }) => (signOf(refund) === 0 && !cancelled_from ? null : money(refund)),
    theirs: ({ refund }) => paidBack(refund),
    compared: true,
  },
]

export function sides(policies, lines) {
  const columns = [...policies.map(({ policy_number }) => t.policyOf(policy_number)), ...lines.map(({ number }) => t.lineOf(number))]
  // What only one says says nothing about the other when there is no other.
  const both = policies.length === 1 && lines.length === 1
  const rows = FACTS.map(({ name, ours, theirs, compared, always }) => {
    const told = [...policies.map(ours), ...lines.map(theirs)]
    if (told.every(missing)) return null
    const differs = both && compared && told[0] !== told[1] && (always || !told.some(missing))
    const cells = told.map((text, at) => cell(columns[at], { class: missing(text) ? 'none' : null }, missing(text) ? t.none : text))
    return row(
      { class: differs ? 'differs' : null, data: { fact: name } },
      head('', {}, t.fields[name], differs ? h('span', { class: 'unseen' }, ` (${t.difference.toLowerCase()})`) : null),
      cells,
    )
  })
  const group = h(
    'tr',
    { role: 'row', class: 'groups' },
    h('td', { role: 'cell' }),
    policies.length > 0 ? h('th', { role: 'columnheader', scope: 'colgroup', colspan: policies.length }, t.ours) : null,
    lines.length > 0 ? h('th', { role: 'columnheader', scope: 'colgroup', colspan: lines.length }, t.theirs) : null,
  )
  return [
    policies.length === 0 ? h('p', { class: 'hint' }, t.noPolicies) : null,
    lines.length === 0 ? h('p', { class: 'hint' }, t.noLines) : null,
    columns.length > 0
      ? scrolled(t.sides, table([t.fact, ...columns], rows.filter(Boolean), { class: 'stack sides', group, 'aria-label': t.sides }))
      : null,
  ]
}

// A line that cannot be read, as it came.
export function unreadableSide({ number, sheet, wrong, text }) {
  return [
    facts([[t.line, String(number)], [t.sheet, sheet], ...wrong.map((one) => [`${t.column} «${one.column}»`, explanationOf(one)])]),
    h('p', {}, t.asWritten, ':'),
    h('pre', {}, text),
  ]
}

// One register: what was seen while it was read, its lines that cannot be read, and a run of it.

import { get, listOf, post } from './api.js'
import { facts, h, link, refill, replace } from './dom.js'
import { failureBox } from './failure.js'
import { count, moment, money, period, size } from './format.js'
import { byField, orderForm, whyField } from './forms.js'
import { nameOf, names } from './insurers.js'
import { go } from './page.js'
import { PAGE, forward } from './paging.js'
import { amountCell, cell, head, row, table } from './table.js'
import { explanationOf, t } from './texts.js'

export function showRegister(place, route, life) {
  const id = Number(route.path[1])
  const failure = failureBox()
  const title = h('h2', { tabindex: '-1' }, t.registerName(id))
  const content = h('div')
  const lines = h('section')
  const order = h('section')
  let shown = false
  place.append(link('#/registers', t.back, { class: 'back' }), title, failure.element, content, lines, order)
  life.poll({
    async ask(signal) {
      const [register] = await Promise.all([get(`/registers/${id}`, {}, signal), names(signal)])
      return register
    },
    failure,
    show(register) {
      replace(title, `${t.registerName(id)}. ${nameOf(register.insurer_id)}, ${period(register.period_from, register.period_to)}`)
      route.title(title.textContent)
      content.dataset.register = id
      refill(content, register, () => told(register))
      if (shown) return
      shown = true
      unreadable(lines, register, life)
      if (!register.lines_dropped_at) order.append(h('h3', {}, t.runsOfRegister), orderOf(register))
    },
  })
}

const orderOf = ({ id }) =>
  orderForm({
    draft: `register-${id}`,
    data: { reconcile: '' },
    fields: [byField(), whyField(false)],
    submit: t.reconcile,
    send: ({ by, why }) => post('/runs', { register: id, by, why }),
    done: (run) => go(`#/runs/${run.id}`),
  })

function told(register) {
  const reading = register.reading ?? {}
  const own = reading.own_totals
  const apart = Object.entries(reading.rows_apart ?? {}).filter(([, number]) => number > 0)
  const apartText = apart.map(([kind, number]) => `${t.apartKinds[kind] ?? kind}: ${count(number)}`).join(', ')
  return [
    facts([
      [t.file, `${register.file_name}, ${size(register.bytes)}`],
      [t.received, `${moment(register.received_at)}, ${t.sources[register.source] ?? register.source}, ${register.received_by}`],
      [t.registerHash, h('code', { class: 'hash' }, register.sha256)],
      [t.lines, count(register.lines)],
      [t.unreadable, count(register.unreadable)],
      [`${t.measures.premium}, ${register.currency}`, money(register.premium)],
      [`${t.measures.commission}, ${register.currency}`, money(register.commission)],
      [`${t.measures.refund}, ${register.currency}`, money(register.refund)],
      register.lines_dropped_at ? [t.linesDropped, moment(register.lines_dropped_at)] : null,
    ]),
    h('h3', {}, t.whatWasRead),
    facts([
      [t.encoding, reading.encoding],
      [t.sheet, reading.sheet],
      [t.otherSheets, (reading.other_sheets ?? []).join(', ')],
      [t.ownPeriod, reading.period],
      [t.apart, apartText],
      [t.ownTotals, own ? (own.agree ? `✓ ${t.ownAgree}` : h('strong', { class: 'bad' }, t.ownDiffer)) : t.ownNone],
    ]),
    own && !own.agree ? differences(own) : null,
  ]
}

function differences({ differences, unlisted }) {
  const columns = [t.line, t.column, [t.said, 'number'], [t.section, 'number'], [t.whole, 'number'], [t.unreadable, 'number']]
  const rows = differences.map((each) =>
    row(
      {},
      head(t.line, {}, each.line === null ? t.none : t.lineOf(count(each.line))),
      cell(t.column, {}, each.column),
      amountCell(t.said, each.said),
      amountCell(t.section, each.section),
      amountCell(t.whole, each.whole),
      cell(t.unreadable, { class: each.unreadable > 0 ? 'number' : 'number zero' }, count(each.unreadable)),
    ),
  )
  return [
    h('h4', {}, t.ownDifferences),
    table(columns, rows, { 'aria-label': t.ownDifferences }),
    unlisted > 0 ? h('p', { class: 'hint' }, t.moreThan(count(unlisted))) : null,
  ]
}

function unreadable(place, register, life) {
  place.append(h('h3', {}, t.unreadableLines))
  if (register.unreadable === 0) return place.append(h('p', { class: 'nothing' }, t.noUnreadable))
  const failure = failureBox()
  const body = h('tbody', { role: 'rowgroup' })
  const reading = forward(
    life,
    failure,
    async (after, signal) => {
      const items = listOf(await get(`/registers/${register.id}/unreadable`, { after, limit: PAGE }, signal))
      return { items, next: items.length < PAGE ? null : items.at(-1).number }
    },
    (items) => body.append(...items.map(unreadableRow)),
  )
  place.append(failure.element, table([t.line, t.wrong, t.asWritten], [], { body, 'aria-label': t.unreadableLines }), reading.more)
  return reading.restart()
}

function unreadableRow({ number, sheet, wrong, text }) {
  return row(
    { data: { unreadable: number } },
    head(t.line, { class: 'nowrap' }, t.lineOf(count(number)), sheet ? h('small', {}, sheet) : null),
    cell(
      t.wrong,
      {},
      h(
        'ul',
        { class: 'plainly' },
        wrong.map((one) => h('li', {}, h('strong', {}, one.column), ': ', explanationOf(one))),
      ),
    ),
    cell(t.asWritten, {}, h('code', { class: 'words' }, text)),
  )
}

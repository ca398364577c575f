// Registers, newest first.

import { get, listOf } from './api.js'
import { h, link } from './dom.js'
import { failureBox } from './failure.js'
import { filters } from './filters.js'
import { count, moment, period } from './format.js'
import { insurerFilter, nameOf, names } from './insurers.js'
import { PAGE, newest } from './paging.js'
import { amountCell, cell, head, row, table } from './table.js'
import { t } from './texts.js'

const LATER_MS = 10_000

export function showRegisters(place, route, life) {
  const failure = failureBox()
  const body = h('tbody', { role: 'rowgroup' })
  const empty = h('p', { class: 'nothing', hidden: true }, t.noRegisters)
  const chosen = filters(route, [[t.insurer, insurerFilter(life)]], () => list.restart())
  const columns = [
    t.register,
    t.insurer,
    t.period,
    t.file,
    [t.lines, 'number'],
    [t.unreadable, 'number'],
    [t.measures.premium, 'number'],
    t.received,
  ]
  const list = newest(life, failure, {
    async ask(before, signal) {
      const [page] = await Promise.all([get('/registers', { ...chosen.values(), before, limit: PAGE }, signal), names(signal)])
      return listOf(page)
    },
    pauseOf: () => LATER_MS,
    body,
    make: registerRow,
    shown(registers) {
      empty.hidden = registers.length > 0
      whole.hidden = registers.length === 0
    },
  })
  const whole = table(columns, [], { body, hidden: true, 'aria-label': t.registers })
  place.append(
    h('div', { class: 'top' }, h('h2', { tabindex: '-1' }, t.registers), link('#/runs/new', t.newRun, { class: 'main' })),
    chosen.element,
    failure.element,
    empty,
    whole,
    list.more,
  )
}

function registerRow(register) {
  const { id, unreadable, reading } = register
  const disagrees = reading?.own_totals?.agree === false
  return row(
    { data: { register: id } },
    head(t.register, { class: 'nowrap' }, link(`#/registers/${id}`, t.numberOf(id), { 'aria-label': t.registerName(id) })),
    cell(t.insurer, {}, nameOf(register.insurer_id)),
    cell(t.period, { class: 'nowrap' }, period(register.period_from, register.period_to)),
    cell(t.file, { class: 'words' }, register.file_name, disagrees ? h('small', { class: 'bad' }, `${t.ownTotals} ${t.ownDiffer}`) : null),
    cell(t.lines, { class: 'number' }, count(register.lines)),
    cell(t.unreadable, { class: unreadable > 0 ? 'number bad' : 'number zero' }, count(unreadable)),
    amountCell(t.measures.premium, register.premium),
    cell(
      t.received,
      { class: 'who' },
      h('time', { datetime: register.received_at }, moment(register.received_at)),
      h('small', {}, `${t.sources[register.source] ?? register.source}, ${register.received_by}`),
    ),
  )
}

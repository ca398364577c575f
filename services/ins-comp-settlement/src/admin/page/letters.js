// Dead letters: messages that could not be applied, by cause, and what is done about them.

import { get, listOf } from './api.js'
import { button, h, link, replace } from './dom.js'
import { chosenBar } from './break-list.js'
import { failureBox } from './failure.js'
import { filters, text } from './filters.js'
import { select } from './forms.js'
import { count, moment } from './format.js'
import { letterOrders } from './letter-orders.js'
import { forward } from './paging.js'
import { badge } from './run-state.js'
import { cell, chooser, head, row, table } from './table.js'
import { t } from './texts.js'

const LATER_MS = 10_000
const CAUSES = ['decode', 'rejected', 'panicked', 'behind']

// Of names for the same, the one that is used.
const pick = (value, ...names) => names.map((name) => value[name]).find((each) => each !== undefined && each !== null)

const said = (reason) => cell(t.reason, { class: reason ? 'words' : 'none', lang: 'en' }, reason ?? t.none)

export function showLetters(place, route, life) {
  const failure = failureBox()
  const groupFailure = failureBox()
  const groups = h('section', { hidden: true })
  const chosen = new Set()
  // The bar stays while it tells what was done.
  let told = false
  const body = h('tbody', { role: 'rowgroup' })
  const empty = h('p', { class: 'nothing', hidden: true })
  const { box: all, column } = chooser(chooseAll)
  const list = table([column, t.letter, t.cause, t.reason, t.topicPlace, t.key, t.state, t.parkedAt], [], {
    body,
    class: 'stack letters',
    'aria-label': t.letters,
  })
  const bar = h('section', { class: 'together', hidden: true, 'aria-label': t.letters })
  const picked = h('div')
  const states = Object.entries(t.letterStates)
  if (!route.query.has('state')) route.query.set('state', 'parked')
  const wanted = filters(
    route,
    [
      [t.consumer, text('consumer')],
      [t.cause, select('cause', [['', t.all], ...CAUSES.map((cause) => [cause, t.causes[cause]])], '')],
      [t.state, select('state', [['', t.any], ...states], '')],
    ],
    restart,
  )
  const reading = forward(life, failure, ask, add)
  bar.append(
    picked,
    letterOrders('letters', () => [...chosen], changed),
  )

  const grouping = life.poll({
    ask: (signal) => get('/dead-letters/groups', {}, signal),
    failure: groupFailure,
    pauseOf: () => LATER_MS,
    show: (answer) => showGroups(groups, listOf(answer), choose),
  })

  function choose(consumer, cause) {
    wanted.choose('consumer', consumer ?? '')
    wanted.choose('cause', cause ?? '')
  }

  async function ask(after, signal) {
    const items = listOf(await get('/dead-letters', { ...wanted.values(), after }, signal))
    return { items, next: items.length === 0 ? null : items.at(-1).id }
  }

  function add(items, fresh) {
    if (fresh) replace(body)
    body.append(...items.map((letter) => letterRow(letter, chosen, tell)))
    tell()
    const none = body.childElementCount === 0
    empty.hidden = !none
    list.hidden = none
    const { consumer, cause } = wanted.values()
    empty.textContent = consumer || cause ? t.nothingFound : t.lettersNone
    if (items.length > 0 && fresh) void probe(items)
  }

  // One page may be all there is.
  async function probe(items) {
    const next = await get('/dead-letters', { ...wanted.values(), after: items.at(-1).id }, life.signal).catch(() => null)
    if (next !== null && listOf(next).length === 0 && body.childElementCount === items.length) reading.more.hidden = true
  }

  function tell() {
    const boxes = [...body.querySelectorAll('input')]
    const checked = boxes.filter((box) => box.checked).length
    all.checked = checked > 0 && checked === boxes.length
    all.indeterminate = checked > 0 && checked < boxes.length
    bar.hidden = chosen.size === 0 && !told
    replace(picked, chosen.size === 0 ? null : chosenBar(chosen.size, clear))
  }

  function clear() {
    chosen.clear()
    for (const box of body.querySelectorAll('input')) box.checked = false
    tell()
  }

  function chooseAll() {
    for (const box of body.querySelectorAll('input')) {
      box.checked = all.checked
      chosen[all.checked ? 'add' : 'delete'](Number(box.value))
    }
    tell()
  }

  function changed() {
    told = true
    clear()
    void reading.restart()
    grouping()
  }

  function restart() {
    told = false
    clear()
    void reading.restart()
  }

  place.append(
    h('h2', { tabindex: '-1' }, t.letters),
    h('p', { class: 'hint' }, t.lettersHint),
    groupFailure.element,
    groups,
    wanted.element,
    failure.element,
    empty,
    list,
    reading.more,
    bar,
  )
  void reading.restart()
}

function showGroups(place, groups, choose) {
  place.hidden = groups.length === 0
  const columns = [t.cause, t.consumer, t.reason, [t.number, 'number'], t.since]
  const rows = groups.map((group) => {
    const { consumer, cause } = group
    const since = pick(group, 'oldest', 'oldest_at', 'parked_since', 'since', 'first_parked_at', 'first', 'parked_at')
    return row(
      { data: { group: cause, consumer } },
      head(
        t.cause,
        {},
        button(t.causes[cause] ?? cause, () => choose(consumer, cause), { class: 'plain' }),
      ),
      cell(t.consumer, {}, consumer),
      said(pick(group, 'reason', 'example', 'sample')),
      cell(t.number, { class: 'number' }, count(pick(group, 'count', 'letters', 'records', 'parked', 'number'))),
      cell(t.since, {}, since ? moment(since) : t.none),
    )
  })
  replace(place, h('h3', {}, t.causesTitle), table(columns, rows, { 'aria-label': t.causesTitle }))
}

function letterRow(letter, chosen, tell) {
  const { id, consumer, topic, partition, key, cause, reason, state } = letter
  const check = ({ currentTarget }) => {
    chosen[currentTarget.checked ? 'add' : 'delete'](id)
    tell()
  }
  return row(
    { data: { letter: id, cause, state } },
    cell(
      '',
      { class: 'choose' },
      h('input', {
        type: 'checkbox',
        value: id,
        checked: chosen.has(id),
        'aria-label': `${t.choose}: ${t.letterOf(id)}`,
        on: { change: check },
      }),
    ),
    head(
      t.letter,
      { class: 'nowrap' },
      link(`#/letters/${id}`, t.numberOf(id), { 'aria-label': t.letterOf(id) }),
      h('small', {}, consumer),
    ),
    cell(t.cause, {}, t.causes[cause] ?? cause),
    said(reason),
    cell(
      t.topicPlace,
      { class: 'words' },
      [topic, partition, pick(letter, 'record_offset', 'offset')].filter((part) => part !== undefined).join(', '),
    ),
    cell(t.key, { class: 'who words' }, key),
    cell(t.state, {}, badge(state, t.letterStates)),
    cell(t.parkedAt, {}, letter.parked_at ? moment(letter.parked_at) : t.none),
  )
}

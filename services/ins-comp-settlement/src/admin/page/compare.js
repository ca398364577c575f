// A run beside an earlier one of the same period: what is new, gone, changed.

import { get, listOf } from './api.js'
import { button, h, replace } from './dom.js'
import { breakList } from './break-list.js'
import { failureBox } from './failure.js'
import { field, select } from './forms.js'
import { count, moment } from './format.js'
import { badge } from './run-state.js'
import { amountCell, head, row, table } from './table.js'
import { explanationOf, t } from './texts.js'

// Rows of a list before somebody wants more of them.
const SHOWN = 100
// Among so many runs before this one the same period is looked for.
const LOOKED_AT = 200

// Nothing is asked before it is opened.
export function comparison(run, life) {
  const failure = failureBox()
  const result = h('div', { 'aria-live': 'polite' })
  const choice = h('div', { class: 'filters' })
  let asked = false

  async function compare(earlier) {
    failure.clear()
    try {
      const answer = await get(`/runs/${run.id}/compare`, { with: earlier }, life.signal)
      replace(result, shown(answer))
    } catch (error) {
      if (life.signal.aborted) return
      replace(result)
      if (error.status === 404 && !earlier) replace(result, h('p', { class: 'nothing' }, t.nothingBefore))
      else failure.show(error, () => void compare(earlier))
    }
  }

  async function others() {
    const same = (other) => other.state === 'done' && other.period_from === run.period_from && other.period_to === run.period_to
    const runs = listOf(await get('/runs', { insurer: run.insurer_id, before: run.id, limit: LOOKED_AT }, life.signal)).filter(same)
    if (runs.length < 2) return
    const options = [['', t.before], ...runs.map(({ id, ordered_at }) => [String(id), `${t.runOf(id)}, ${moment(ordered_at)}`])]
    replace(
      choice,
      field(t.compareWith, select('with', options, '', { on: { change: (event) => void compare(event.currentTarget.value) } })),
    )
  }

  const open = ({ currentTarget }) => {
    if (!currentTarget.open || asked) return
    asked = true
    void compare('')
    // Without them the last one is compared with.
    others().catch(() => undefined)
  }
  return h(
    'details',
    { data: { compare: '' }, on: { toggle: open } },
    h('summary', {}, h('h3', {}, t.compare)),
    choice,
    failure.element,
    result,
  )
}

function shown(answer) {
  const { earlier, later, same, unlisted } = answer
  const [fresh, gone, changed] = [answer.new ?? [], answer.gone ?? [], answer.changed ?? []]
  const number = (name, value, kind) => h('li', { data: { compared: kind } }, `${name}: `, h('strong', {}, count(value)))
  return [
    h('p', {}, t.compared(earlier, later)),
    h(
      'ul',
      { class: 'tally' },
      number(t.newBreaks, fresh.length, 'new'),
      number(t.goneBreaks, gone.length, 'gone'),
      number(t.changedBreaks, changed.length, 'changed'),
      number(t.sameBreaks, same, 'same'),
    ),
    unlisted > 0 ? h('p', { class: 'hint' }, t.unlisted(count(unlisted))) : null,
    listed(t.newBreaks, fresh, plainly),
    listed(t.goneBreaks, gone, plainly),
    listed(t.changedBreaks, changed, changes),
  ]
}

function listed(name, items, show) {
  if (items.length === 0) return null
  const { element, add } = show(name)
  let at = 0
  const more = button(t.more, next, { class: 'more' })
  function next() {
    add(items.slice(at, at + SHOWN), false)
    at += SHOWN
    more.hidden = at >= items.length
  }
  next()
  return h('section', {}, h('h4', {}, `${name}: ${count(items.length)}`), element, more)
}

const plainly = (label) => breakList({ label, decided: false })

// Each break as it was and as it is.
function changes(label) {
  const body = h('tbody', { role: 'rowgroup' })
  const columns = [
    t.explanation,
    [`${t.difference}: ${t.was.toLowerCase()}`, 'number'],
    [`${t.difference}: ${t.became.toLowerCase()}`, 'number'],
  ]
  const make = ({ before, after }) =>
    row(
      { data: { break: after.break_id, kind: after.kind } },
      head(
        t.explanation,
        { class: 'said' },
        badge(after.kind, t.kinds),
        ' ',
        explanationOf(after),
        h('small', {}, `${t.was}: ${explanationOf(before)}`),
      ),
      amountCell(t.was, before.difference),
      amountCell(t.became, after.difference),
    )
  return {
    element: table(columns, [], { body, class: 'stack breaks', 'aria-label': label }),
    add: (items) => body.append(...items.map(make)),
  }
}

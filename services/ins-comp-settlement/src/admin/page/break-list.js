// Breaks as rows, whether they are what a run has found or what people work on. Several can be chosen.

import { button, h, link, replace } from './dom.js'
import { ageInDays, dayOf, period } from './format.js'
import { nameOf } from './insurers.js'
import { badge } from './run-state.js'
import { amountCell, cell, chooser, head, row, table } from './table.js'
import { explanationOf, t } from './texts.js'

// More numbers than these are in the explanation and in the story.
const SHOWN = 3

const few = (list) => (list.length > SHOWN ? `${list.slice(0, SHOWN).join(', ')} +${list.length - SHOWN}` : list.join(', '))

// Numbers are not torn apart at the end of a line.
const whole = (list) => [
  ...list.slice(0, SHOWN).flatMap((each, at) => [at > 0 ? ', ' : null, h('span', { class: 'nowrap' }, each)]),
  list.length > SHOWN ? ` +${list.length - SHOWN}` : null,
]

// `where` adds insurer, period and age, `decided` state and owner; `choice` is told when other ones are chosen. An item is a break
// of a run or a standing one; `standing` is the latter, when it is known.
export function breakList({ where = false, choice = null, decided = true, label = t.breaks } = {}) {
  const body = h('tbody', { role: 'rowgroup' })
  const shown = new Map()
  const chosen = new Set()
  const { box: all, column } = chooser(chooseAll)
  const columns = [
    ...(choice ? [column] : []),
    t.explanation,
    t.policy,
    [t.ours, 'number'],
    [t.theirs, 'number'],
    [t.difference, 'number'],
    ...(decided ? [t.state] : []),
    ...(where ? [t.insurer, t.opened] : []),
  ]
  const element = table(columns, [], { body, class: 'stack breaks', 'aria-label': label })

  function tell() {
    const boxes = [...body.querySelectorAll('input[type=checkbox]')]
    const checked = boxes.filter((box) => box.checked).length
    all.checked = checked > 0 && checked === boxes.length
    all.indeterminate = checked > 0 && checked < boxes.length
    choice([...chosen])
  }

  function chooseAll() {
    for (const box of body.querySelectorAll('input[type=checkbox]')) {
      box.checked = all.checked
      chosen[all.checked ? 'add' : 'delete'](Number(box.value))
    }
    tell()
  }

  function check(event) {
    chosen[event.currentTarget.checked ? 'add' : 'delete'](Number(event.currentTarget.value))
    tell()
  }

  function make(item) {
    const { standing } = item
    const id = standing?.id
    const name = t.kinds[item.kind] ?? item.kind
    const box = () =>
      h('input', {
        type: 'checkbox',
        value: id,
        checked: chosen.has(id),
        'aria-label': `${t.choose}: ${name} ${few(item.policies)}`,
        on: { change: check },
      })
    return row(
      { data: { break: item.break_id, kind: item.kind, state: standing?.state, standing: id } },
      choice ? cell('', { class: 'choose' }, id ? box() : null) : null,
      head(
        t.explanation,
        { class: 'said' },
        badge(item.kind, t.kinds),
        ' ',
        id ? link(`#/breaks/${id}`, explanationOf(item)) : explanationOf(item),
      ),
      cell(
        t.policy,
        {},
        whole(item.policies),
        item.lines.length > 0 ? h('small', {}, t.linesAt(few(item.lines), item.lines.length)) : null,
      ),
      amountCell(t.ours, item.ours),
      amountCell(t.theirs, item.theirs),
      amountCell(t.difference, item.difference),
      decided &&
        cell(t.state, {}, standing ? [badge(standing.state, t.states), standing.owner ? h('small', {}, standing.owner) : null] : t.none),
      where ? cell(t.insurer, {}, nameOf(standing.insurer_id), h('small', {}, period(standing.period_from, standing.period_to))) : null,
      where ? cell(t.opened, {}, t.days(ageInDays(standing.opened_at)), h('small', { class: 'nowrap' }, dayOf(standing.opened_at))) : null,
    )
  }

  return {
    element,
    // Shows more of them, or others.
    add(items, fresh) {
      if (fresh) {
        shown.clear()
        replace(body)
      }
      for (const item of items) {
        const made = make(item)
        shown.set(item.break_id + (where ? `#${item.standing.id}` : ''), { item, made })
        body.append(made)
      }
      if (choice) tell()
    },
    // Shows what has become of those that are shown; `standingOf` answers the standing break of an item, when it is known.
    refresh(standingOf) {
      for (const each of shown.values()) {
        const standing = standingOf(each.item)
        if (!standing || JSON.stringify(standing) === JSON.stringify(each.item.standing)) continue
        each.item = { ...each.item, standing }
        const at = each.made.contains(document.activeElement)
        const made = make(each.item)
        each.made.replaceWith(made)
        each.made = made
        if (at) made.querySelector('input, a')?.focus()
      }
      if (choice) tell()
    },
    clear() {
      chosen.clear()
      for (const box of body.querySelectorAll('input[type=checkbox]')) box.checked = false
      tell()
    },
    get length() {
      return shown.size
    },
  }
}

// What is chosen, and the way back.
export const chosenBar = (number, clear) =>
  h('p', { class: 'chosen', role: 'status' }, t.chosen(number), ' ', button(t.clearChoice, clear, { class: 'plain' }))

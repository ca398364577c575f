// Tables that stay tables for a screen reader when a narrow screen shows their rows one below the other: roles are said in full,
// because another display takes them away, and each cell knows the name of its column.

import { h } from './dom.js'
import { money, signOf } from './format.js'
import { t } from './texts.js'

// `columns` are names, or [name, class]; `rows` and `foot` are what `row` makes.
export function table(columns, rows, { caption, foot, body = h('tbody', { role: 'rowgroup' }), group, ...properties } = {}) {
  const heads = columns.map((column) => {
    const [name, kind] = Array.isArray(column) ? column : [column]
    return h('th', { role: 'columnheader', scope: 'col', class: kind }, name)
  })
  body.append(...rows)
  return h(
    'table',
    { role: 'table', class: 'stack', ...properties },
    caption ? h('caption', {}, caption) : null,
    h('thead', { role: 'rowgroup' }, group, h('tr', { role: 'row' }, heads)),
    body,
    foot ? h('tfoot', { role: 'rowgroup' }, foot) : null,
  )
}

// The head of a column of boxes that chooses all of them; its words are seen where the column is not.
export const chooser = (change) => {
  const box = h('input', { type: 'checkbox', on: { change } })
  return { box, column: [h('label', {}, box, h('span', {}, t.chooseAll)), 'choose'] }
}

export const row = (properties, ...cells) => h('tr', { role: 'row', ...properties }, cells)

export const cell = (label, properties, ...children) =>
  h('td', { role: 'cell', ...properties, data: { label, ...properties.data } }, h('div', {}, children))

// What the row is about.
export const head = (label, properties, ...children) =>
  h('th', { role: 'rowheader', scope: 'row', ...properties, data: { label, ...properties.data } }, h('div', {}, children))

// An amount, to be read and, as it came, to be copied by a program.
export function amountCell(label, amount, data = {}) {
  const known = amount !== null && amount !== undefined
  const sign = known ? signOf(amount) : 0
  const kind = ['number', !known ? 'none' : sign === 0 ? 'zero' : sign < 0 ? 'minus' : ''].join(' ').trim()
  return cell(label, { class: kind, data: { amount, ...data } }, known ? money(amount) : '—')
}

// A table that may be wider than the screen: it can be moved with the keyboard too.
export const scrolled = (label, element) => h('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': label }, element)

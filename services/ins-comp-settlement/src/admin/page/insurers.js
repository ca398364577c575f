// Insurers, as the service knows them: for names, and to choose from.

import { get, listOf } from './api.js'
import { h } from './dom.js'
import { t } from './texts.js'

const NAMES = new Map()

export const nameOf = (id) => NAMES.get(id) ?? id

export async function insurers(signal) {
  const all = listOf(await get('/insurers', {}, signal))
  for (const { id, name } of all) if (name) NAMES.set(id, name)
  return all
}

// For lists, which are worth showing without names too.
export const names = (signal) => (NAMES.size > 0 ? Promise.resolve() : insurers(signal).catch(() => undefined))

// To choose one of them, or all.
export function insurerFilter(life) {
  const control = h('select', { name: 'insurer' }, h('option', { value: '' }, t.all))
  const fill = (all) => {
    const chosen = control.value
    control.replaceChildren(h('option', { value: '' }, t.all), ...all.map(({ id }) => h('option', { value: id }, nameOf(id))))
    if (chosen && !all.some(({ id }) => id === chosen)) control.append(h('option', { value: chosen }, chosen))
    control.value = chosen
  }
  insurers(life.signal).then(fill, () => undefined)
  return control
}

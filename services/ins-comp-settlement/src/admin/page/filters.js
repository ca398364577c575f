// What a list shows. It stands in the address as well, so that a list can be kept and sent.

import { h } from './dom.js'
import { field } from './forms.js'

// Letters typed in a row are one search.
const TYPING_MS = 250

// `controls` are pairs of a label and a control with a name; `changed` is told when the reader has chosen something else.
export function filters(route, controls, changed) {
  const named = controls.map(([, control]) => control)
  for (const control of named) {
    const wanted = route.query.get(control.name) ?? ''
    // What the address names is chosen even before it is known.
    if (control.tagName === 'SELECT' && ![...control.options].some(({ value }) => value === wanted))
      control.append(h('option', { value: wanted }, wanted))
    control.value = wanted
  }
  const values = () => Object.fromEntries(named.map(({ name, value }) => [name, value.trim()]))
  let timer = null
  const tell = () => {
    window.clearTimeout(timer)
    route.keep(values())
    changed()
  }
  const later = ({ target }) => {
    window.clearTimeout(timer)
    timer = window.setTimeout(tell, target.tagName === 'SELECT' ? 0 : TYPING_MS)
  }
  const submit = (event) => {
    event.preventDefault()
    tell()
  }
  const element = h(
    'form',
    { class: 'filters', role: 'search', on: { submit, input: later } },
    controls.map(([label, control]) => field(label, control)),
  )
  return {
    element,
    values,
    // Chooses without the reader's hand, from a table for instance.
    choose(name, value) {
      named.find((control) => control.name === name).value = value
      tell()
    },
  }
}

export const text = (name, hint) => h('input', { name, type: 'search', maxlength: 100, placeholder: hint ?? '', autocomplete: 'off' })

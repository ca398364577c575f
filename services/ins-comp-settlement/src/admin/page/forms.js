// Forms that give an order: who and why, what it is, and what came of it. Whatever was typed in outlives a change of the language
// and a failure.

import { h, replace } from './dom.js'
import { failureBox } from './failure.js'
import { t } from './texts.js'

const KEY = 'polis-by'
const DRAFTS = new Map()

export function field(label, control, hint) {
  if (hint) control.placeholder = hint
  return h('label', { class: 'field' }, h('span', {}, label), control)
}

export const select = (name, options, value, properties = {}) =>
  h(
    'select',
    { name, ...properties },
    options.map(([id, text]) => h('option', { value: id, selected: id === value }, text)),
  )

// Who gives the order; asked once.
export function byField() {
  const remember = (event) => {
    const by = event.currentTarget.value.trim()
    localStorage.setItem(KEY, by)
    for (const other of document.querySelectorAll('input[name=by]')) other.value = by
  }
  const value = localStorage.getItem(KEY) ?? ''
  return field(
    t.who,
    h('input', { name: 'by', required: true, maxlength: 100, autocomplete: 'username', value, on: { change: remember } }),
    t.whoHint,
  )
}

export const whyField = (required = true) =>
  field(t.why, h('input', { name: 'why', required, maxlength: 500, autocomplete: 'off' }), t.whyHint)

// A form named by `draft` whose values go to `send`; what that answers goes to `done`, which may answer a text to be shown.
export function orderForm({ draft, fields, submit, buttons = [], data = {}, send, done }) {
  const failure = failureBox()
  const result = h('p', { class: 'result', role: 'status' })
  const press = h('button', { class: 'main' }, submit)
  const form = h(
    'form',
    { class: 'order', data, on: { submit: order } },
    fields,
    h('div', { class: 'buttons' }, press, buttons),
    result,
    failure.element,
  )

  async function order(event) {
    event.preventDefault()
    if (press.disabled) return
    const values = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]),
    )
    const submitter = event.submitter?.name ? { [event.submitter.name]: event.submitter.value } : {}
    for (const each of form.querySelectorAll('button')) each.disabled = true
    form.setAttribute('aria-busy', 'true')
    failure.clear()
    replace(result)
    try {
      const answer = await send({ ...values, ...submitter }, (text) => replace(result, text))
      replace(result, (await done?.(answer, values)) ?? null)
      forget(form, draft)
    } catch (error) {
      replace(result)
      failure.show(error)
      failure.element.scrollIntoView({ block: 'nearest' })
    } finally {
      for (const each of form.querySelectorAll('button')) each.disabled = false
      form.removeAttribute('aria-busy')
    }
  }

  remember(form, draft)
  return form
}

const kept = (form) => [...form.elements].filter((element) => element.name && element.name !== 'by' && element.type !== 'submit')

function remember(form, draft) {
  const before = DRAFTS.get(draft)
  for (const element of before ? kept(form) : []) recall(element, before)
  const note = () =>
    DRAFTS.set(
      draft,
      kept(form).map(({ name, type, value, checked, files }) => ({ name, type, value, checked, files })),
    )
  form.addEventListener('input', note)
  form.addEventListener('change', note)
}

function recall(element, before) {
  const same = before.find(({ name, type, value }) => name === element.name && (type !== 'radio' || value === element.value))
  if (!same) return
  if (element.type === 'file') element.files = same.files
  else if (element.type === 'radio' || element.type === 'checkbox') element.checked = same.checked
  else element.value = same.value
}

// The reason of one decision is not that of the next.
function forget(form, draft) {
  DRAFTS.delete(draft)
  const why = form.elements.why
  if (why) why.value = ''
}

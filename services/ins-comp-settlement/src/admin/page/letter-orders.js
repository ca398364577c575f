// What is done about dead letters: asked first, then replayed or discarded, with who and why.

import { post } from './api.js'
import { anything } from './anything.js'
import { h } from './dom.js'
import { byField, orderForm, whyField } from './forms.js'
import { t } from './texts.js'

// `changed` is told when something was done.
export function letterOrders(draft, ids, changed) {
  const also = (name, text, kind) => h('button', { name: 'order', value: name, class: kind, data: { order: name } }, text)
  return orderForm({
    draft,
    data: { letterOrder: '' },
    fields: [byField(), whyField()],
    submit: t.replay,
    buttons: [also('plan', t.plan), also('discard', t.discard, 'danger'), h('small', {}, t.discardHint)],
    send: async ({ by, why, order = 'replay' }) => ({ order, answer: await post(`/dead-letters/${order}`, { ids: ids(), by, why }) }),
    done({ order, answer }) {
      if (order !== 'plan') changed()
      return h('div', { data: { done: order } }, h('strong', {}, order === 'plan' ? t.planned : t.actionDone), anything(answer))
    },
  })
}

// One dead letter, whole.

import { get } from './api.js'
import { anything } from './anything.js'
import { h, link, refill } from './dom.js'
import { failureBox } from './failure.js'
import { letterOrders } from './letter-orders.js'
import { badge } from './run-state.js'
import { t } from './texts.js'

export function showLetter(place, route, life) {
  const id = Number(route.path[1])
  const failure = failureBox()
  const content = h('div')
  const orders = h('section', { hidden: true })
  place.append(link('#/letters', t.back, { class: 'back' }), h('h2', { tabindex: '-1' }, t.letterOf(id)), failure.element, content, orders)
  const again = life.poll({
    ask: (signal) => get(`/dead-letters/${id}`, {}, signal),
    failure,
    show(answer) {
      const { cause, reason, state, ...rest } = answer.letter ?? answer
      content.dataset.letter = id
      content.dataset.state = state
      orders.hidden = state !== 'parked'
      refill(content, answer, () => [
        h('p', {}, badge(state, t.letterStates), ' ', t.causes[cause] ?? cause),
        h('p', { class: 'explanation words', lang: 'en' }, reason),
        h('h3', {}, t.content),
        anything(answer.letter ? { ...answer, letter: rest } : rest),
      ])
    },
  })
  orders.append(
    h('h3', {}, t.decide),
    letterOrders(`letter-${id}`, () => [id], again),
  )
}

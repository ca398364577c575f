// Lists in pages.

import { button, keyed } from './dom.js'
import { t } from './texts.js'

export const PAGE = 50
const AGAIN_MS = 3000

// A list that is read on from where it ends: `ask(after, signal)` answers its next items and what to ask with next, null at the end.
// `add(items, fresh)` shows them, instead of what is there when `fresh`.
export function forward(life, failure, ask, add) {
  const more = button(t.more, () => void load(), { class: 'more', hidden: true })
  let after = null
  let round = new AbortController()

  async function load() {
    const signal = AbortSignal.any([life.signal, round.signal])
    more.disabled = true
    try {
      const { items, next } = await ask(after, signal)
      if (signal.aborted) return
      failure.clear()
      const fresh = after === null
      after = next
      more.hidden = next === null
      add(items, fresh)
    } catch (error) {
      if (signal.aborted) return
      failure.show(error, () => void load(), true)
      if (error.passing) again(signal)
    } finally {
      if (!signal.aborted) more.disabled = false
    }
  }

  function again(signal) {
    const timer = window.setTimeout(() => void load(), AGAIN_MS)
    signal.addEventListener('abort', () => window.clearTimeout(timer), { once: true })
  }

  // Reads from the beginning.
  function restart() {
    round.abort()
    round = new AbortController()
    after = null
    return load()
  }

  return { more, restart }
}

// Lists of things with an id, newest first, whose beginning is asked for again and again: `ask(before, signal)` answers a page.
export function newest(life, failure, { ask, pauseOf, body, make, shown }) {
  const known = new Map()
  const more = button(t.more, () => void older(), { class: 'more', hidden: true })
  const show = (page) => {
    for (const item of page) known.set(item.id, item)
    const items = [...known.values()].sort((one, other) => other.id - one.id)
    keyed(body, items, ({ id }) => id, make)
    shown(items)
  }
  let began = false
  const again = life.poll({
    ask: (signal) => ask(null, signal),
    failure,
    pauseOf,
    show(page) {
      if (!began) more.hidden = page.length < PAGE
      began = true
      show(page)
    },
  })

  async function older() {
    more.disabled = true
    try {
      const page = await ask(Math.min(...known.keys()), life.signal)
      if (!began || life.signal.aborted) return
      failure.clear()
      more.hidden = page.length < PAGE
      show(page)
    } catch (error) {
      if (!life.signal.aborted) failure.show(error, () => void older())
    } finally {
      more.disabled = false
    }
  }

  // Forgets what is shown, because something else is wanted.
  function restart() {
    known.clear()
    began = false
    more.hidden = true
    again()
  }

  return { more, restart, again }
}

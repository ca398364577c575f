// A problem, in the reader's language; the service's own words, which are English and exact, stand below it.

import { button, facts, h, replace } from './dom.js'
import { asProblem } from './api.js'
import { t } from './texts.js'

// A word for counters; what it means is in the text.
const UNSHOWN = new Set(['kind'])

const isTold = ([name, value]) => value !== null && value !== '' && !UNSHOWN.has(name)

const textOf = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

// A place for problems, empty at first.
export function failureBox() {
  const element = h('div', { class: 'failure', role: 'alert', hidden: true })
  let shown = null
  return {
    element,
    clear() {
      if (shown === null) return
      shown = null
      element.hidden = true
      replace(element)
    },
    // `again` does once more what failed; `byItself` when that happens without anybody pressing.
    show(error, again, byItself = false) {
      const problem = asProblem(error)
      const words = `${problem.status} ${problem.message} ${JSON.stringify(problem.more)}`
      // What is said already is not said to a listener again and again.
      if (words === shown) return
      shown = words
      element.hidden = false
      element.dataset.problem = problem.status
      replace(
        element,
        h('strong', {}, t.problems[problem.status] ?? t.problem),
        problem.status === 0 ? null : h('p', { class: 'detail', lang: 'en' }, problem.message),
        facts(
          Object.entries(problem.more)
            .filter(isTold)
            .map(([name, value]) => [t.members[name] ?? name, textOf(value)]),
        ),
        byItself && problem.passing ? h('p', {}, t.comesAgain) : null,
        again ? button(t.again, again) : null,
      )
    },
  }
}

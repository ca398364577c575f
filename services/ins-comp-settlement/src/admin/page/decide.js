// A decision about one break or several: all of them or none.

import { listOf, post } from './api.js'
import { h, replace } from './dom.js'
import { byField, field, orderForm, select, whyField } from './forms.js'
import { chosenBar } from './break-list.js'
import { ownerGiven, ownerInput } from './owners.js'
import { tellDecided } from './page.js'
import { t } from './texts.js'

// `about` is one break, `/breaks/12`, or `/breaks` with the ids that `ids` answers.
export function decideForm({ draft, about, ids, submit, done = () => undefined }) {
  const states = [['', t.keep], ...Object.entries(t.states)]
  return orderForm({
    draft,
    data: { decide: '' },
    fields: [field(t.state, select('state', states, '')), field(t.owner, ownerInput(), t.keep), byField(), whyField()],
    submit,
    send: ({ state, owner, by, why }) => post(about, { ids: ids?.(), state: state || undefined, owner: ownerGiven(owner), by, why }),
    done(answer) {
      const decided = Array.isArray(answer) ? answer : 'id' in answer ? [answer] : listOf(answer)
      done(decided)
      tellDecided(decided)
      return t.decided(decided.length)
    },
  })
}

// A decision about what is chosen in a list. It stays in sight while something is.
export function decideTogether(draft) {
  let chosen = []
  const count = h('div')
  const clear = { press: () => undefined }
  const result = h('p', { class: 'result', role: 'status' })
  const form = decideForm({
    draft,
    about: '/breaks',
    ids: () => chosen,
    submit: t.decideTogether,
    done(decided) {
      replace(result, t.decided(decided.length))
      clear.press()
    },
  })
  const bar = h('section', { class: 'together', 'aria-label': t.decideTogether, hidden: true }, count, form)
  return {
    element: h('div', { class: 'deciding' }, bar, result),
    onClear(press) {
      clear.press = press
    },
    choose(ids) {
      chosen = ids
      bar.hidden = ids.length === 0
      if (ids.length > 0) replace(result)
      replace(
        count,
        chosenBar(ids.length, () => clear.press()),
      )
    },
  }
}

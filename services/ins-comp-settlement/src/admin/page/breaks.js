// Breaks as people work on them, across runs.

import { get, listOf } from './api.js'
import { h } from './dom.js'
import { breakList } from './break-list.js'
import { decideTogether } from './decide.js'
import { failureBox } from './failure.js'
import { filters, text } from './filters.js'
import { select } from './forms.js'
import { ageInDays } from './format.js'
import { insurerFilter, names } from './insurers.js'
import { onDecided } from './page.js'
import { noteOwners, ownerInput, ownerWanted } from './owners.js'
import { PAGE, forward } from './paging.js'
import { t } from './texts.js'

const AGES = [7, 30, 90]
// Old ones are looked for in so many pages before the reader is asked whether to go on.
const LOOKED_THROUGH = 10
const LARGE_PAGE = 500

export function showBreaks(place, route, life) {
  const failure = failureBox()
  const together = decideTogether('decide-breaks')
  const list = breakList({ where: true, choice: together.choose })
  together.onClear(list.clear)
  const empty = h('p', { class: 'nothing', hidden: true })
  const kinds = Object.entries(t.kinds).filter(([kind]) => kind !== 'not_due_yet')
  const chosen = filters(
    route,
    [
      [t.insurer, insurerFilter(life)],
      [t.kind, select('kind', [['', t.all], ...kinds], '')],
      [t.state, select('state', [['', t.any], ...Object.entries(t.states)], '')],
      [t.owner, ownerInput()],
      [t.search, text('q', t.searchHint)],
      [t.younger, select('age', [['', t.any], ...AGES.map((age) => [String(age), t.older(age)])], '')],
    ],
    restart,
  )
  const reading = forward(life, failure, ask, add)

  // The service knows nothing of age: pages are looked through until there is something to show.
  async function ask(after, signal) {
    const { age, owner, ...query } = chosen.values()
    const limit = age ? LARGE_PAGE : PAGE
    const items = []
    let next = after
    await names(signal)
    for (let page = 0; page < LOOKED_THROUGH && items.length < PAGE; page += 1) {
      const read = listOf(await get('/breaks', { ...query, owner: ownerWanted(owner), after: next, limit }, signal))
      noteOwners(read)
      items.push(...read.filter(({ opened_at }) => !age || ageInDays(opened_at) >= Number(age)))
      next = read.length < limit ? null : read.at(-1).id
      if (next === null || !age) break
    }
    return { items: items.map((standing) => ({ ...standing, standing })), next }
  }

  function add(items, fresh) {
    list.add(items, fresh)
    empty.hidden = list.length > 0
    list.element.hidden = list.length === 0
    empty.textContent = Object.values(chosen.values()).some(Boolean) ? t.nothingFound : t.noBreaks
  }

  function restart() {
    list.clear()
    void reading.restart()
  }

  onDecided(life.signal, (decided) => {
    noteOwners(decided)
    const byId = new Map(decided.map((each) => [each.id, each]))
    list.refresh(({ standing }) => byId.get(standing.id))
  })
  place.append(h('h2', { tabindex: '-1' }, t.breaks), chosen.element, failure.element, empty, list.element, reading.more, together.element)
  void reading.restart()
}

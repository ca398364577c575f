// What a run has found, with filters, and what was decided about it.

import { get, listOf } from './api.js'
import { h } from './dom.js'
import { breakList } from './break-list.js'
import { decideTogether } from './decide.js'
import { failureBox } from './failure.js'
import { filters, text } from './filters.js'
import { select } from './forms.js'
import { onDecided, say } from './page.js'
import { noteOwners, ownerInput, ownerWanted } from './owners.js'
import { PAGE, forward } from './paging.js'
import { Standings } from './standings.js'
import { t } from './texts.js'

export function showFound(place, run, route, life) {
  const failure = failureBox()
  const standings = new Standings(run)
  const together = decideTogether(`decide-run-${run.id}`)
  const list = breakList({ choice: together.choose, label: t.found })
  together.onClear(list.clear)
  const empty = h('p', { class: 'nothing', hidden: true }, run.breaks === 0 ? t.noBreaks : t.nothingFound)
  const chosen = filters(
    route,
    [
      [t.kind, select('kind', [['', t.all], ...Object.entries(t.kinds)], '')],
      [t.state, select('state', [['', t.any], ...Object.entries(t.states)], '')],
      [t.owner, ownerInput()],
      [t.search, text('q', t.searchHint)],
    ],
    restart,
  )
  const reading = forward(life, failure, ask, add)

  async function ask(after, signal) {
    const { kind, state, owner, q } = chosen.values()
    if (state || owner) return standings.page({ kind, state, owner: ownerWanted(owner), q }, after, signal)
    const items = listOf(await get(`/runs/${run.id}/breaks`, { kind, q, after, limit: PAGE }, signal))
    return {
      items: items.map((item) => ({ ...item, standing: standings.of(item) })),
      next: items.length < PAGE ? null : items.at(-1).ordinal,
    }
  }

  function add(items, fresh) {
    list.add(items, fresh)
    empty.hidden = list.length > 0
    list.element.hidden = list.length === 0
    // Rows are worth showing before it is known what was decided about them.
    const wanted = items.filter(({ kind, standing }) => !standing && kind !== 'not_due_yet')
    if (wanted.length > 0) void standings.know(wanted, life.signal).then(() => told(wanted), unknown)
  }

  function told(items) {
    noteOwners(items.map((item) => standings.of(item)).filter(Boolean))
    list.refresh((item) => standings.of(item))
  }

  function unknown(error) {
    if (!life.signal.aborted) failure.show(error, restart)
  }

  function restart() {
    list.clear()
    void reading.restart()
  }

  onDecided(life.signal, (decided) => {
    noteOwners(decided)
    standings.take(decided)
    list.refresh((item) => standings.of(item))
  })
  place.append(h('h3', { tabindex: '-1' }, t.found), chosen.element, failure.element, empty, list.element, reading.more, together.element)
  void reading.restart()
  return {
    // Shows one kind, because its sum was pressed.
    choose(name, value) {
      chosen.choose(name, value)
      place.querySelector('h3').focus({ preventScroll: true })
      place.scrollIntoView()
      say(t.kinds[value] ?? value)
    },
  }
}

// One break's story: what both sides say, what the tariff says to that, what happened, and a decision.

import { get } from './api.js'
import { facts, h, link, refill, replace } from './dom.js'
import { decideForm } from './decide.js'
import { failureBox } from './failure.js'
import { moment, money, period } from './format.js'
import { nameOf, names } from './insurers.js'
import { badge } from './run-state.js'
import { sides, unreadableSide } from './sides.js'
import { amountCell, row, table } from './table.js'
import { explanationOf, t } from './texts.js'

const LATER_MS = 10_000

export function showStory(place, route, life) {
  const id = Number(route.path[1])
  const failure = failureBox()
  const title = h('h2', { tabindex: '-1' }, t.story)
  const content = h('div')
  const happened = h('section')
  const decision = h('section', { hidden: true })
  place.append(link('#/breaks', t.back, { class: 'back' }), title, failure.element, content, happened, decision)
  const again = life.poll({
    async ask(signal) {
      const [story] = await Promise.all([get(`/breaks/${id}`, {}, signal), names(signal)])
      const { run, unread } = await registerOf(breakOf(story), signal)
      return { ...story, run, unread }
    },
    failure,
    // Events and others decide as well.
    pauseOf: () => LATER_MS,
    show(story) {
      const found = breakOf(story)
      replace(title, t.storyOf(t.kinds[found.kind] ?? found.kind))
      route.title(title.textContent)
      content.dataset.story = id
      content.dataset.kind = found.kind
      content.dataset.state = found.state
      refill(content, story, () => told(story))
      refill(happened, story.history, () => [h('h3', {}, t.history), timeline(story.history ?? [])])
      decision.hidden = false
    },
  })
  const form = decideForm({ draft: `decide-${id}`, about: `/breaks/${id}`, submit: t.decide, done: again })
  decision.append(h('h3', {}, t.decide), form)
}

// The break stands beside the rest of its story, or is the story.
const breakOf = (story) => story.break ?? story.standing ?? story

// Which register it was found in; a line of it that cannot be read is not among the lines. Without them the story is told all the
// same.
async function registerOf(found, signal) {
  try {
    const run = await get(`/runs/${found.last_run}`, {}, signal)
    if (found.kind !== 'unreadable' || found.lines.length === 0) return { run, unread: [] }
    const unread = await get(`/registers/${run.register_id}/unreadable`, { after: found.lines[0] - 1, limit: 1 }, signal)
    return { run, unread }
  } catch (error) {
    if (signal.aborted) throw error
    return { run: null, unread: [] }
  }
}

function told(story) {
  const found = breakOf(story)
  const { run } = story
  const amounts = [found.ours, found.theirs, found.difference].some((amount) => amount !== null && amount !== undefined)
  return [
    h('p', { class: 'explanation' }, explanationOf(found)),
    h('p', {}, badge(found.state, t.states), found.owner ? ` ${t.owner}: ${found.owner}` : null),
    amounts ? amountsOf(found) : null,
    found.tariff_says
      ? h('p', { class: 'tariff', data: { tariffSays: found.tariff_says } }, t.tariffSays[found.tariff_says] ?? found.tariff_says)
      : null,
    facts([
      [t.insurer, nameOf(found.insurer_id)],
      [t.period, period(found.period_from, found.period_to)],
      [t.opened, moment(found.opened_at)],
      [t.firstRun, link(`#/runs/${found.first_run}`, t.runOf(found.first_run))],
      found.last_run === found.first_run ? null : [t.lastRun, link(`#/runs/${found.last_run}`, t.runOf(found.last_run))],
      run ? [t.register, link(`#/registers/${run.register_id}`, run.file_name)] : null,
    ]),
    h('h3', {}, t.sides),
    story.unread.length > 0 ? unreadableSide(story.unread[0]) : sides(story.policies ?? [], story.lines ?? []),
  ]
}

function amountsOf({ ours, theirs, difference }) {
  const columns = [
    [t.ours, 'number'],
    [t.theirs, 'number'],
    [t.difference, 'number'],
  ]
  const cells = row(
    {},
    amountCell(t.ours, ours, { total: 'ours' }),
    amountCell(t.theirs, theirs, { total: 'theirs' }),
    amountCell(t.difference, difference, { total: 'difference' }),
  )
  return table(columns, [cells], { class: 'stack sums amounts', 'aria-label': t.difference })
}

function timeline(history) {
  return h(
    'ol',
    { class: 'timeline' },
    history.map((event) =>
      h(
        'li',
        { data: { event: event.what, state: event.state } },
        h('time', { datetime: event.at }, moment(event.at)),
        h(
          'p',
          {},
          h('strong', {}, t.events[event.what] ?? event.what),
          ': ',
          badge(event.state, t.states),
          ' ',
          whoOf(event),
          event.owner ? h('small', {}, ` ${t.owner}: ${event.owner}`) : null,
        ),
        event.difference === null || event.difference === undefined ? null : h('p', {}, `${t.difference}: ${money(event.difference)}`),
        event.why ? h('p', { class: 'words' }, event.why) : null,
      ),
    ),
  )
}

// A run did it, or a person.
function whoOf({ by, run_id }) {
  const run = run_id ?? /^run (\d+)$/.exec(by)?.[1]
  return run ? link(`#/runs/${run}`, t.runOf(run)) : by
}

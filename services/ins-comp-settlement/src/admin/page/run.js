// One run: how it stands, its totals, what it has found, and what it was made from.

import { get, post, save } from './api.js'
import { button, facts, h, link, refill, replace } from './dom.js'
import { failureBox } from './failure.js'
import { duration, moment, period } from './format.js'
import { byField, orderForm, whyField } from './forms.js'
import { comparison } from './compare.js'
import { showFound } from './found.js'
import { frozen } from './frozen.js'
import { nameOf, names } from './insurers.js'
import { go, say } from './page.js'
import { badge, isActive, progress } from './run-state.js'
import { t } from './texts.js'
import { totals } from './totals.js'

const SOON_MS = 1000
const LATER_MS = 10_000
const FORMATS = ['xlsx', 'pdf', 'annex', 'csv', 'json']

export function showRun(place, route, life) {
  const id = Number(route.path[1])
  const failure = failureBox()
  const state = h('div', { class: 'standing' })
  const parts = Object.fromEntries(
    ['exports', 'totals', 'found', 'comparison', 'input', 'closing'].map((name) => [name, h('section', { class: name })]),
  )
  const title = h('h2', { tabindex: '-1' }, t.runOf(id))
  place.append(link('#/runs', t.back, { class: 'back' }), title, failure.element, state, ...Object.values(parts))
  let before = null
  let found = null
  life.poll({
    async ask(signal) {
      const [run] = await Promise.all([get(`/runs/${id}`, {}, signal), names(signal)])
      return run
    },
    failure,
    pauseOf: (run) => (isActive(run) ? SOON_MS : LATER_MS),
    show(run) {
      replace(title, `${t.runOf(id)}. ${nameOf(run.insurer_id)}, ${period(run.period_from, run.period_to)}`)
      route.title(title.textContent)
      tell(before, run)
      before = run
      state.dataset.run = id
      state.dataset.state = run.state
      refill(state, run, () => standing(run))
      refill(parts.input, [run.frozen_at, run.result_sha256, run.state], () => frozen(run))
      if (run.state !== 'done') return
      refill(parts.exports, id, () => exportsOf(id))
      refill(parts.totals, run.totals, () => totals(run, (kind) => found?.choose('kind', kind)))
      refill(parts.comparison, id, () => comparison(run, life))
      refill(parts.closing, run.closed, () => closing(run))
      found ??= showFound(parts.found, run, route, life)
    },
  })
}

// That a run has ended is heard as well as seen.
function tell(before, run) {
  if (before === null || !isActive(before) || isActive(run)) return
  say(run.state === 'done' ? t.runDone(run.id, t.breakCount(run.breaks ?? 0)) : t.runFailed(run.id))
}

function standing(run) {
  return [
    h(
      'p',
      {},
      badge(run.state, t.runStates),
      run.closed ? [' ', h('span', { class: 'badge closed' }, t.closedPeriod)] : null,
      ' ',
      progress(run),
    ),
    run.error
      ? h('div', { class: 'failure', role: 'alert' }, h('strong', {}, t.failed), h('p', { class: 'detail', lang: 'en' }, run.error))
      : null,
    facts([
      [t.ordered, `${moment(run.ordered_at)}, ${run.ordered_by}, ${t.causes[run.cause] ?? run.cause}`],
      [t.why, run.why],
      [t.register, link(`#/registers/${run.register_id}`, run.file_name)],
      run.started_at ? [t.took, duration(run.started_at, run.finished_at)] : null,
      run.attempts > 1 ? [t.attempts, String(run.attempts)] : null,
    ]),
    run.state === 'failed' ? again(run) : null,
  ]
}

const again = (run) =>
  orderForm({
    draft: `again-${run.id}`,
    fields: [byField(), whyField(false)],
    submit: t.orderAgain,
    send: ({ by, why }) => post('/runs', { register: run.register_id, by, why }),
    done: ({ id }) => go(`#/runs/${id}`),
  })

function exportsOf(id) {
  const failure = failureBox()
  const result = h('p', { class: 'result', role: 'status' })
  const take = (format) => async (event) => {
    const pressed = event.currentTarget
    pressed.disabled = true
    failure.clear()
    try {
      replace(result, t.saved(await save(`/runs/${id}/export`, { format })))
    } catch (error) {
      failure.show(error, () => pressed.click())
    } finally {
      pressed.disabled = false
    }
  }
  const buttons = FORMATS.map((format) => button(t.formats[format], take(format), { data: { export: format } }))
  return [
    h('div', { class: 'buttons', role: 'group', 'aria-label': t.export }, h('span', { 'aria-hidden': 'true' }, `${t.export}:`), buttons),
    result,
    failure.element,
  ]
}

function closing(run) {
  const { closed } = run
  const path = closed ? 'reopen' : 'close'
  const form = orderForm({
    draft: `${path}-${run.id}`,
    data: { [path]: '' },
    fields: [byField(), whyField()],
    submit: closed ? t.reopen : t.close,
    send: ({ by, why }) => post(`/runs/${run.id}/${path}`, { by, why }),
    done: (answer) => refill(form.closest('section'), answer.closed, () => closing(answer)),
  })
  return [
    h('h3', {}, t.closing),
    closed
      ? h(
          'p',
          { class: 'status', data: { closed: '' } },
          t.closedBy(closed.by, moment(closed.at)),
          closed.why ? h('small', {}, closed.why) : null,
        )
      : null,
    closed ? null : h('p', { class: 'hint' }, t.closingHint),
    form,
  ]
}

// A new run: a register is sent, fetched, or taken as it is, then reconciled.

import { post, upload } from './api.js'
import { facts, h, link, refill, replace } from './dom.js'
import { failureBox } from './failure.js'
import { lastMonth, moment, period } from './format.js'
import { byField, field, orderForm, select, whyField } from './forms.js'
import { insurers } from './insurers.js'
import { go, say } from './page.js'
import { t } from './texts.js'

const WAYS = ['file', 'pull', 'newest']

export function showNewRun(place, route, life) {
  const failure = failureBox()
  const content = h('div', { class: 'narrow' }, h('p', { role: 'status' }, t.loading))
  place.append(link('#/runs', t.back, { class: 'back' }), h('h2', { tabindex: '-1' }, t.newRun), failure.element, content)
  life.poll({
    ask: insurers,
    failure,
    show: (all) => refill(content, all, () => (all.length === 0 ? h('p', { class: 'nothing' }, t.noInsurers) : form(all, route, life))),
  })
}

function form(all, route, life) {
  const month = lastMonth()
  const wanted = route.query.get('insurer') ?? (all.length === 1 ? all[0].id : '')
  // Whose register it is is said by whoever has it, not guessed.
  const insurer = select('insurer', [['', t.choose], ...all.map(({ id, name }) => [id, name || id])], wanted, { required: true })
  const day = (name, value) => h('input', { name, type: 'date', required: true, value: route.query.get(name) ?? value })
  const from = day('from', month.from)
  const to = day('to', month.to)
  const file = h('input', { name: 'file', type: 'file', required: true })
  const fileField = field(t.file, file)
  const ways = Object.fromEntries(WAYS.map((way) => [way, h('input', { type: 'radio', name: 'way', value: way, checked: way === 'file' })]))
  const wayTexts = { file: t.sourceFile, pull: t.sourcePull, newest: t.sourceNewest }
  const about = h('div', { class: 'about' })
  const bar = h('progress', { max: 1, hidden: true, 'aria-label': t.sending })

  function follow() {
    const known = all.find(({ id }) => id === insurer.value)
    const { format, pull, schedule, next_pull, pulled, error } = known ?? {}
    if (!pull && ways.pull.checked) ways.file.checked = true
    ways.pull.disabled = !pull
    file.required = ways.file.checked
    fileField.hidden = !ways.file.checked
    to.min = from.value
    replace(
      about,
      error
        ? h('div', { class: 'failure', role: 'alert' }, h('strong', {}, t.insurerBroken), h('p', { class: 'detail', lang: 'en' }, error))
        : null,
      format && ways.file.checked ? h('p', { class: 'hint' }, t.fileHint(format)) : null,
      known && !pull ? h('p', { class: 'hint' }, t.noPull) : null,
      facts([
        [t.schedule, schedule],
        [t.nextPull, next_pull && moment(next_pull)],
        // What is waited for has not come yet.
        pulled && !pulled.done_at ? [t.waitedFor, `${period(pulled.period_from, pulled.period_to)}, ${moment(pulled.due)}`] : null,
        pulled && !pulled.done_at && pulled.last_error ? [t.lastError, h('span', { class: 'bad', lang: 'en' }, pulled.last_error)] : null,
      ]),
    )
  }

  // A register that is there already is not sent again when only the order after it failed.
  let received = null

  async function send(values, tell) {
    const { insurer, from, to, by, why, way } = values
    if (way === 'newest') {
      tell(t.ordering)
      return post('/runs', { insurer, from, to, by, why })
    }
    const what = [insurer, from, to, way, ...(way === 'file' ? [values.file.name, values.file.size, values.file.lastModified] : [])].join(
      '\n',
    )
    if (way === 'pull' || received?.what !== what) {
      const register = way === 'pull' ? await pull(values, tell) : await sendFile(values, tell)
      received = { what, register }
    }
    tell(t.ordering)
    const run = await post('/runs', { register: received.register.id, by, why })
    if (received.register.known) say(t.known(received.register.id), true)
    return run
  }

  function pull({ insurer, from, to, by, why }, tell) {
    tell(t.pulling)
    return post('/registers/pull', { insurer, from, to, by, why })
  }

  async function sendFile({ insurer, from, to, by, file }, tell) {
    const progress = (part) => {
      if (part === null) bar.removeAttribute('value')
      else bar.value = part
      tell(part === 1 ? t.reading : t.sending)
      if (part === 1) bar.removeAttribute('value')
    }
    bar.hidden = false
    tell(t.sending)
    try {
      return await upload('/registers', { insurer, from, to, name: file.name, by }, file, progress, life.signal)
    } finally {
      bar.hidden = true
    }
  }

  const element = orderForm({
    draft: 'new-run',
    data: { newRun: '' },
    submit: t.reconcile,
    fields: [
      field(t.insurer, insurer),
      h('div', { class: 'pair' }, field(t.periodFrom, from), field(t.periodTo, to)),
      h(
        'fieldset',
        {},
        h('legend', {}, t.source),
        WAYS.map((way) => h('label', { class: 'choice' }, ways[way], wayTexts[way])),
      ),
      fileField,
      about,
      bar,
      byField(),
      whyField(false),
    ],
    send,
    done: ({ id }) => {
      if (!life.signal.aborted) go(`#/runs/${id}`)
    },
  })
  element.addEventListener('input', follow)
  follow()
  return element
}

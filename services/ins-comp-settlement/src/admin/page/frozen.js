// What a run was made from, and whether the same comes out of it again.

import { post } from './api.js'
import { button, facts, h, link, replace } from './dom.js'
import { failureBox } from './failure.js'
import { count, day, moment } from './format.js'
import { cell, head, row, table } from './table.js'
import { t } from './texts.js'

const hash = (text) => (text ? h('code', { class: 'hash' }, text) : null)

export function frozen(run) {
  return [
    h('h3', {}, t.frozen),
    h('p', { class: 'hint' }, run.frozen_at ? t.frozenHint : t.notFrozen),
    facts([
      [t.register, link(`#/registers/${run.register_id}`, run.file_name)],
      [t.registerHash, hash(run.register_sha256)],
      [t.rules, run.rules_version],
      [t.rulesHash, hash(run.rules_sha256)],
      [t.frozenAt, run.frozen_at && moment(run.frozen_at, true)],
      [t.today, run.today && day(run.today)],
      [t.policiesCount, count(run.policies)],
      [t.linesCount, count(run.lines)],
      run.unreadable > 0 ? [t.unreadable, count(run.unreadable)] : null,
      [t.resultHash, hash(run.result_sha256)],
    ]),
    run.positions ? positions(run.positions) : null,
    run.state === 'done' ? verify(run) : null,
  ]
}

// Next offsets by topic and partition, however they are nested.
function positions(all) {
  const rows = Object.entries(all).map(([topic, offsets]) => {
    const told = typeof offsets === 'object' && offsets !== null ? Object.entries(offsets) : [['', offsets]]
    const text = told.map(
      ([partition, offset]) => `${partition === '' ? '' : `${partition}: `}${typeof offset === 'object' ? JSON.stringify(offset) : offset}`,
    )
    return row({}, head('', {}, topic), cell('', { class: 'words' }, text.join(', ')))
  })
  return h('details', {}, h('summary', {}, t.positions), table(['', ''], rows, { class: 'stack plainly', 'aria-label': t.positions }))
}

function verify(run) {
  const failure = failureBox()
  const result = h('div', { role: 'status' })
  const press = button(t.verify, ask, { data: { verify: '' } })
  async function ask() {
    press.disabled = true
    failure.clear()
    replace(result, h('p', {}, t.verifying), h('progress', { 'aria-label': t.verifying }))
    try {
      const { same, result_sha256, again } = await post(`/runs/${run.id}/verify`)
      const hashes = same
        ? null
        : facts([
            [t.was, hash(result_sha256)],
            [t.became, hash(again)],
          ])
      replace(
        result,
        h('p', { class: same ? 'proof' : 'failure', data: { verified: String(same) } }, same ? `✓ ${t.same}` : t.notSame),
        hashes,
      )
    } catch (error) {
      replace(result)
      failure.show(error, ask)
    } finally {
      press.disabled = false
    }
  }
  return [h('div', { class: 'buttons' }, press), result, failure.element]
}

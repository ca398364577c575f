// Values of which this page knows no more than that they are JSON.

import { facts, h } from './dom.js'
import { moment } from './format.js'
import { t } from './texts.js'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

export function anything(value) {
  if (value === null || value === undefined || value === '') return t.none
  if (typeof value === 'boolean') return value ? t.yes : t.no
  if (Array.isArray(value))
    return value.length === 0
      ? t.none
      : h(
          'ol',
          { class: 'plainly' },
          value.map((each) => h('li', {}, anything(each))),
        )
  if (typeof value === 'object') return facts(Object.entries(value).map(([name, each]) => [t.letterFields[name] ?? name, anything(each)]))
  return TIME.test(value) ? moment(value, true) : h('span', { class: 'words' }, String(value))
}

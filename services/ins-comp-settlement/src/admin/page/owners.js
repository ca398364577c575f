// Who looks after breaks: names that were seen are offered, and nobody is one of them.

import { EMPTY } from './api.js'
import { h, replace } from './dom.js'
import { t } from './texts.js'

const seen = new Set()
const offered = h('datalist', { id: 'owners' })

const offer = () =>
  replace(
    offered,
    [t.nobody, ...[...seen].sort()].map((name) => h('option', { value: name })),
  )

// Offers the owners of these as well.
export function noteOwners(breaks) {
  const before = seen.size
  for (const { owner } of breaks) if (owner) seen.add(owner)
  if (seen.size > before) offer()
}

export function ownerInput() {
  document.body.append(offered)
  offer()
  return h('input', { name: 'owner', list: offered.id, maxlength: 100, autocomplete: 'off' })
}

// What the service is asked for; nothing when it does not matter.
export const ownerWanted = (name) => (name === t.nobody ? EMPTY : name)

// Who is to look after it; nothing when that stays as it is.
export const ownerGiven = (name) => (name === t.nobody ? '' : name || undefined)

// The list on the page: what was loaded, and what live changes make of it.

import { type Filter, type Page, type Product, keyOf, matches } from './api'

export type Direction = 'up' | 'down' | 'new' | 'changed'

export interface Entry {
  product: Product
  // The change to be highlighted, and a number that grows with each, so that a second one is shown anew.
  change: { direction: Direction; count: number } | null
}

export interface Catalogue {
  entries: Entry[]
  next: string | null
}

export const EMPTY: Catalogue = { entries: [], next: null }

export function load(page: Page, before: Catalogue | null): Catalogue {
  const known = new Set(before?.entries.map((entry) => keyOf(entry.product)))
  const fresh = page.items.filter((product) => !known.has(keyOf(product))).map((product) => ({ product, change: null }))
  return { entries: [...(before?.entries ?? []), ...fresh], next: page.next }
}

// Revisions grow with each change of a product: one that is not newer than what is shown changes nothing.
export function apply(catalogue: Catalogue, product: Product, filter: Filter): Catalogue {
  const key = keyOf(product)
  const at = catalogue.entries.findIndex((entry) => keyOf(entry.product) === key)
  const shown = catalogue.entries[at]
  if (!shown) {
    // With pages still to come the product may belong to one of them.
    if (catalogue.next !== null || !matches(product, filter)) return catalogue
    return { ...catalogue, entries: [...catalogue.entries, { product, change: { direction: 'new', count: 1 } }] }
  }
  if (product.revision <= shown.product.revision) return catalogue
  if (!matches(product, filter)) return withdraw(catalogue, product)
  const change = { direction: directionOf(shown.product, product), count: (shown.change?.count ?? 0) + 1 }
  return { ...catalogue, entries: catalogue.entries.with(at, { product, change }) }
}

export function withdraw(catalogue: Catalogue, product: Product): Catalogue {
  const key = keyOf(product)
  return { ...catalogue, entries: catalogue.entries.filter((entry) => keyOf(entry.product) !== key) }
}

function directionOf(before: Product, after: Product): Direction {
  const [old, now] = [Number(before.premium?.amount ?? 0), Number(after.premium?.amount ?? 0)]
  return now > old ? 'up' : now < old ? 'down' : 'changed'
}

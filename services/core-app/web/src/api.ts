// The HTTP API of core-app, as the page uses it.

import { problemOf } from './problem'

export interface Price {
  amount: string
  currency: string
}

export interface Product {
  insurer_id: string
  product_id: string
  insurer_name: string
  revision: number
  line: string
  name: string
  description: string
  url: string
  premium: Price | null
  changed_at: string
}

export interface TariffVersion {
  tariff_id: string
  version: number
  name: string
  premium: Price | null
  valid_from: string | null
  valid_to: string | null
  known_from: string
  known_to: string | null
}

// A product with all versions of its tariffs that were ever known.
export interface Offer extends Product {
  withdrawn: boolean
  tariffs: TariffVersion[]
}

export interface Facets {
  lines: { id: string; count: number }[]
  insurers: { id: string; name: string; count: number }[]
}

export interface Filter {
  line: string
  insurer: string
  q: string
  sort: string
}

export interface Page {
  items: Product[]
  next: string | null
  // The sequence this page is the state of: a stream opened with it misses nothing.
  sequence: number
}

export const keyOf = (p: { insurer_id: string; product_id: string }) => `${p.insurer_id}/${p.product_id}`

async function get(path: string): Promise<Response> {
  const answer = await fetch(path, { headers: { accept: 'application/json' } })
  if (!answer.ok) throw await problemOf(answer)
  return answer
}

export async function products(filter: Filter, cursor: string | null): Promise<Page> {
  const query = new URLSearchParams({ sort: filter.sort })
  if (filter.line) query.set('line', filter.line)
  if (filter.insurer) query.set('insurer', filter.insurer)
  if (filter.q) query.set('q', filter.q)
  if (cursor) query.set('cursor', cursor)
  const answer = await get(`/api/products?${query}`)
  const page = (await answer.json()) as { items: Product[]; next: string | null }
  return { ...page, sequence: Number(answer.headers.get('polis-sequence') ?? 0) }
}

export async function facets(): Promise<Facets> {
  return (await get('/api/facets')).json() as Promise<Facets>
}

export async function offer(insurer: string, product: string): Promise<Offer> {
  const path = [insurer, product].map(encodeURIComponent).join('/')
  return (await get(`/api/products/${path}`)).json() as Promise<Offer>
}

// Whether a product belongs to a list, as the server decides it.
export function matches(product: Product, filter: Filter): boolean {
  const text = `${product.name} ${product.insurer_name} ${product.description}`.toLowerCase()
  return (
    (!filter.line || product.line === filter.line) &&
    (!filter.insurer || product.insurer_id === filter.insurer) &&
    (!filter.q || text.includes(filter.q.trim().toLowerCase()))
  )
}

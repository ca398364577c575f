// The API of the sale, as the page uses it.

import type { Price } from './api'
import { type Problem, problemOf } from './problem'

export type Status =
  | 'quoted'
  | 'applied'
  | 'reserved'
  | 'payment-pending'
  | 'confirmed'
  | 'rejected'
  | 'expired'
  | 'cancelled'

export interface Application {
  application_id: string
  version: number
  status: Status
  quote: {
    insurer_id: string
    insurer_name: string
    product_id: string
    product_name: string
    product_revision: number
    tariff_id: string
    tariff_name: string
    tariff_version: number
    premium: Price
    starts_on: string
    ends_on: string
    valid_until: string
  }
  reserved_until: string | null
  payment: { attempt: number; url: string | null; deadline: string } | null
  policy_number: string | null
  cancelled_from: string | null
  paid: string
  reason: string | null
}

export interface Person {
  name: string
  born_on: string
  email: string
  phone: string
}

export interface Happening {
  version: number
  event: string
  at: string
  who: string
}

export type Step = 'submission' | 'reservation' | 'payment' | 'cancellation'

const tokenKey = (id: string) => `polis-application-${id}`

// The token is given once; without it the application cannot be seen again.
const tokenOf = (id: string) => localStorage.getItem(tokenKey(id)) ?? ''

export const headers = (id: string | null) => ({
  accept: 'application/json',
  ...(id === null ? {} : { authorization: `Bearer ${tokenOf(id)}` }),
})

// Each order has a key of its own: sent again after a lost answer, it is carried out once.
const TRIES = 3

async function send<T>(path: string, id: string | null, body: unknown): Promise<T> {
  const key = crypto.randomUUID()
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(path, {
        method: 'POST',
        headers: { ...headers(id), 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      })
      if (answer.ok) return (await answer.json()) as T
      if (answer.status !== 503 || attempt === TRIES) throw await problemOf(answer)
    } catch (error) {
      if (!(error instanceof TypeError) || attempt === TRIES) throw error
    }
    await new Promise((done) => window.setTimeout(done, 1000 * attempt))
  }
}

export async function quote(insurer_id: string, product_id: string, tariff_id: string, starts_on: string): Promise<Application> {
  const told = await send<{ application: Application; token: string }>('/api/quotes', null, { insurer_id, product_id, tariff_id, starts_on })
  localStorage.setItem(tokenKey(told.application.application_id), told.token)
  return told.application
}

export const step = (id: string, what: Step, body: unknown) => send<Application>(`/api/applications/${id}/${what}`, id, body)

export async function history(id: string): Promise<Happening[]> {
  const answer = await fetch(`/api/applications/${id}/audit`, { headers: headers(id) })
  if (!answer.ok) throw await problemOf(answer)
  return ((await answer.json()) as { history: Happening[] }).history
}

const AGAIN_MS = 1000

// Server-sent events with the token in a header, which an EventSource cannot send. Ends when `signal` says so.
export async function watch(id: string, signal: AbortSignal, hear: (application: Application) => void, refused: (problem: Problem) => void) {
  while (!signal.aborted) {
    try {
      const answer = await fetch(`/api/applications/${id}/stream`, { headers: { ...headers(id), accept: 'text/event-stream' }, signal })
      if (answer.status === 401 || answer.status === 404) return refused(await problemOf(answer))
      if (answer.body !== null && answer.ok) await read(answer.body, hear)
    } catch {
      // The connection was lost, or we are leaving: the loop knows which.
    }
    await new Promise((done) => window.setTimeout(done, AGAIN_MS * (0.5 + Math.random())))
  }
}

async function read(body: ReadableStream<Uint8Array>, hear: (application: Application) => void) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    text += decoder.decode(value, { stream: true })
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    for (const frame of frames) {
      const data = frame.split('\n').find((line) => line.startsWith('data: '))
      if (data) hear(JSON.parse(data.slice('data: '.length)) as Application)
    }
  }
}

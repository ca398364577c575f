// Live changes. Browsers allow six connections to one host over HTTP/1.1, so the tabs of one browser share one stream:
// the tab that holds a lock reads it and passes everything on; when that tab closes, another gets the lock and goes on
// where the first one was. Without locks (an insecure context) each tab has a stream of its own.

import type { Product } from './api'

export type Connection = 'connecting' | 'live' | 'retrying'

export type Message =
  | { kind: 'product'; product: Product; sequence: number }
  | { kind: 'withdrawn'; product: Product; sequence: number }
  | { kind: 'reset' }
  | { kind: 'connection'; connection: Connection }
  // A new tab wants to know how things are.
  | { kind: 'hello' }

const NAME = 'polis-live'
// When the server answers with an error the browser does not try again by itself.
const TRY_AGAIN_MS = 2000

class Live {
  private readonly channel = new BroadcastChannel(NAME)
  private sequence: number | null = null
  private leads = false
  private readonly listeners = new Set<(message: Message) => void>()
  connection: Connection = 'connecting'

  constructor() {
    this.channel.onmessage = (event: MessageEvent<Message>) => this.take(event.data)
    this.channel.postMessage({ kind: 'hello' } satisfies Message)
  }

  // Passes on whatever comes from now on; the answer ends it.
  listen(listener: (message: Message) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  // Everything up to this sequence has been seen: where to go on if this tab comes to lead.
  start(sequence: number) {
    if (this.sequence === null) {
      this.sequence = sequence
      void this.lead()
    }
  }

  private async lead() {
    if (!('locks' in navigator)) return this.read()
    // Held until the tab closes; the browser then gives it to the next tab that waits.
    await navigator.locks.request(NAME, () => this.read())
  }

  private read(): Promise<never> {
    this.leads = true
    this.open()
    return new Promise<never>(() => undefined)
  }

  private open() {
    const source = new EventSource(`/api/products/stream?since=${this.sequence ?? 0}`)
    source.onopen = () => this.tell({ kind: 'connection', connection: 'live' })
    source.onerror = () => {
      this.tell({ kind: 'connection', connection: 'retrying' })
      if (source.readyState === EventSource.CLOSED) {
        window.setTimeout(() => this.open(), TRY_AGAIN_MS * (0.5 + Math.random()))
      }
    }
    source.addEventListener('reset', () => this.tell({ kind: 'reset' }))
    for (const kind of ['product', 'withdrawn'] as const) {
      source.addEventListener(kind, (event) => {
        const { data, lastEventId } = event as MessageEvent<string>
        this.tell({ kind, product: JSON.parse(data) as Product, sequence: Number(lastEventId) })
      })
    }
  }

  private tell(message: Message) {
    this.channel.postMessage(message)
    this.take(message)
  }

  private take(message: Message) {
    if (message.kind === 'hello') {
      if (this.leads) this.channel.postMessage({ kind: 'connection', connection: this.connection } satisfies Message)
      return
    }
    if (message.kind === 'connection') this.connection = message.connection
    if ('sequence' in message && message.sequence > (this.sequence ?? 0)) this.sequence = message.sequence
    for (const listener of this.listeners) listener(message)
  }
}

// Of this tab.
export const live = new Live()

// A product with all its tariffs, as it is now: asked for again whenever it changes.

import { useEffect, useState } from 'preact/hooks'
import { type Offer, keyOf, offer } from './api'
import { live } from './live'
import { type Problem, asProblem, isProblem } from './problem'

const TRY_AGAIN_MS = 3000

// Null until it is known, and while nobody wants it (an insurer of null).
export function useOffer(insurer: string | null, product: string): Offer | Problem | null {
  const [seen, setSeen] = useState<Offer | Problem | null>(null)
  useEffect(() => {
    if (insurer === null) return
    const key = keyOf({ insurer_id: insurer, product_id: product })
    let [here, asking, again, timer] = [true, false, false, 0]
    const ask = async () => {
      // Changes in quick succession are one question more, not one each.
      again = asking
      if (asking) return
      asking = true
      window.clearTimeout(timer)
      do {
        again = false
        try {
          const told = await offer(insurer, product)
          if (here) setSeen(told)
        } catch (error) {
          const problem = asProblem(error)
          // What is shown already is better than a complaint.
          if (here) setSeen((shown) => (shown !== null && !isProblem(shown) ? shown : problem))
          if (here && problem.status !== 404) timer = window.setTimeout(() => void ask(), TRY_AGAIN_MS * (0.5 + Math.random()))
        }
      } while (again && here)
      asking = false
    }
    void ask()
    // While there was no connection anything may have happened.
    const leave = live.listen((message) => {
      const missed = message.kind === 'reset' || (message.kind === 'connection' && message.connection === 'live')
      if (missed || ('product' in message && keyOf(message.product) === key)) void ask()
    })
    return () => {
      here = false
      window.clearTimeout(timer)
      leave()
    }
  }, [insurer, product])
  return seen
}

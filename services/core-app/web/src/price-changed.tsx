// The price became another while somebody was about to accept the quoted one: said at once, with the new one to be taken.

import { useEffect } from 'preact/hooks'
import type { Offer, Price } from './api'
import type { Problem } from './problem'
import type { Application } from './sale-api'
import { saleTextsOf } from './sale-texts'
import { type Language, money } from './texts'

// The price now; null when the tariff is not on offer any more.
interface Change {
  now: Price | null
}

// What the server sells is the version that was quoted, and no other. It may say so before the product is known here.
export function changeOf(application: Application, offer: Offer | null, problem: Problem | null): Change | null {
  const { tariff_id, tariff_version } = application.quote
  if (offer !== null) {
    const tariff = offer.tariffs.find((one) => one.tariff_id === tariff_id && one.known_to === null)
    if (offer.withdrawn || tariff === undefined || tariff.premium === null) return { now: null }
    // A product that was read before the quote was made says nothing about it.
    if (tariff.version > tariff_version) return { now: tariff.premium }
  }
  return problem?.premium ? { now: problem.premium } : null
}

interface Props {
  change: Change
  application: Application
  busy: boolean
  language: Language
  onTake: () => void
}

export function PriceChanged({ change, application, busy, language, onTake }: Props) {
  const texts = saleTextsOf(language)
  const { quote } = application
  const product = `#/buy/${encodeURIComponent(quote.insurer_id)}/${encodeURIComponent(quote.product_id)}`
  // The field somebody types in is not to be behind the notice.
  useEffect(() => document.activeElement?.scrollIntoView({ block: 'nearest' }), [])
  return (
    <div class="failure price-changed" role="alert" data-price-changed>
      {change.now === null ? (
        <>
          <span>{texts.gone}</span>
          <a href={product}>{texts.another}</a>
        </>
      ) : (
        <>
          <span>{texts.priceChanged(money(quote.premium, language), money(change.now, language))}</span>
          <button type="button" class="main" disabled={busy} onClick={onTake}>
            {texts.takeNewPrice}
          </button>
        </>
      )}
    </div>
  )
}

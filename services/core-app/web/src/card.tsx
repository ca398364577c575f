// One product: its price, how it changed, and the history of its tariffs on demand.

import { useState } from 'preact/hooks'
import { keyOf } from './api'
import type { Entry } from './catalogue'
import { useOffer } from './offer'
import { PriceCharts } from './price-history'
import { isProblem } from './problem'
import { saleTextsOf } from './sale-texts'
import { TariffTable } from './tariff-table'
import { type Language, type Texts, lineName, money } from './texts'

interface Props {
  entry: Entry
  texts: Texts
  language: Language
}

export function Card({ entry, texts, language }: Props) {
  const { product, change } = entry
  return (
    <li class="card" data-key={keyOf(product)} data-revision={product.revision}>
      <div class="card-head">
        <span class="line">{lineName(product.line, language)}</span>
        <span class="insurer">{product.insurer_name}</span>
      </div>
      <h2>{product.name}</h2>
      {product.description && <p class="description">{product.description}</p>}
      <p class={`premium ${change ? `changed ${change.direction}` : ''}`} key={`${keyOf(product)}#${change?.count ?? 0}`}>
        {product.premium ? (
          <>
            <span class="from">{texts.from} </span>
            <strong data-amount={product.premium.amount}>{money(product.premium, language)}</strong>
            {change?.direction === 'up' && <span class="arrow" aria-hidden="true"> ▲</span>}
            {change?.direction === 'down' && <span class="arrow" aria-hidden="true"> ▼</span>}
          </>
        ) : (
          <span class="on-request">{texts.onRequest}</span>
        )}
      </p>
      <div class="card-foot">
        {product.premium && (
          <a class="buy" href={`#/buy/${encodeURIComponent(product.insurer_id)}/${encodeURIComponent(product.product_id)}`}>
            {saleTextsOf(language).buy}
          </a>
        )}
        {product.premium && <History entry={entry} texts={texts} language={language} />}
        {/^https?:\/\//.test(product.url) && (
          <a href={product.url} rel="noopener noreferrer" target="_blank">
            {texts.site}
          </a>
        )}
      </div>
    </li>
  )
}

function History({ entry, texts, language }: Props) {
  const [open, setOpen] = useState(false)
  const { insurer_id, product_id } = entry.product
  // An open history follows the product's changes.
  const offer = useOffer(open ? insurer_id : null, product_id)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{texts.history}</summary>
      {offer === null && <p>{texts.loading}</p>}
      {isProblem(offer) && <p role="alert">{offer.detail}</p>}
      {offer !== null && !isProblem(offer) && (
        <>
          <PriceCharts tariffs={offer.tariffs} chosen={null} language={language} />
          <TariffTable tariffs={offer.tariffs} language={language} />
        </>
      )}
    </details>
  )
}

// One product: its price, how it changed, and the history of its tariffs on demand.

import { useEffect, useState } from 'preact/hooks'
import { type TariffVersion, history, keyOf } from './api'
import type { Entry } from './catalogue'
import { saleTextsOf } from './sale-texts'
import { type Language, type Texts, day, lineName, money } from './texts'

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
  const [versions, setVersions] = useState<TariffVersion[] | string | null>(null)
  const [open, setOpen] = useState(false)
  // An open history follows the product's changes.
  useEffect(() => {
    if (open) history(entry.product).then(setVersions, (error) => setVersions(String(error)))
  }, [open, entry.product.revision])
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{texts.history}</summary>
      {versions === null && <p>{texts.loading}</p>}
      {typeof versions === 'string' && <p role="alert">{versions}</p>}
      {Array.isArray(versions) && (
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.tariff}</th>
              <th scope="col">{texts.price}</th>
              <th scope="col">{texts.since}</th>
              <th scope="col">{texts.until}</th>
            </tr>
          </thead>
          <tbody>
            {versions.map((tariff) => (
              <tr key={`${tariff.tariff_id}-${tariff.version}`} class={tariff.known_to ? 'past' : 'now'}>
                <td>{tariff.name || tariff.tariff_id}</td>
                <td class="number">{tariff.premium ? money(tariff.premium, language) : texts.onRequest}</td>
                <td>{day(tariff.known_from, language)}</td>
                <td>{tariff.known_to ? day(tariff.known_to, language) : texts.current}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  )
}

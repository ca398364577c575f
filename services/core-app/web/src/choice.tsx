// What is to be bought: a tariff, at the price it has now, and the first day of cover.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Offer, TariffVersion } from './api'
import { Failure } from './failure'
import { useFocus } from './focus'
import { useOffer } from './offer'
import { useOrder } from './order'
import { PriceHistory } from './price-history'
import { isProblem } from './problem'
import { quote } from './sale-api'
import { type SaleTexts, saleTextsOf } from './sale-texts'
import { type Language, date, money } from './texts'

interface Props {
  insurer: string
  product: string
  language: Language
}

// How far ahead cover may begin: the rule of the server.
const AHEAD = 90

// A day of the reader's calendar.
function dayAhead(days: number): string {
  const now = new Date()
  const then = new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate() + days))
  return then.toISOString().slice(0, 10)
}

export function Choice({ insurer, product, language }: Props) {
  const offer = useOffer(insurer, product)
  if (offer === null) return <p>…</p>
  if (isProblem(offer)) return <Failure problem={offer} language={language} />
  return <Tariffs offer={offer} language={language} />
}

function Tariffs({ offer, language }: { offer: Offer; language: Language }) {
  const texts = saleTextsOf(language)
  const { busy, problem, run } = useOrder()
  const [wanted, setWanted] = useState('')
  const [from, setFrom] = useState(() => dayAhead(1))
  const heading = useRef<HTMLHeadingElement>(null)
  useFocus(heading, offer.product_id)
  const offered = offer.withdrawn ? [] : offer.tariffs.filter((tariff) => tariff.known_to === null && tariff.premium !== null)
  const tariff = offered.find((one) => one.tariff_id === wanted) ?? offered[0]
  const wrong = tariff === undefined ? '' : wrongDay(from, tariff, texts, language)
  const moved = useMoved(offered)
  const submit = (event: Event) => {
    event.preventDefault()
    if (tariff === undefined) return
    if (wrong) return (event.currentTarget as HTMLFormElement).querySelector<HTMLInputElement>('[name=starts_on]')?.focus()
    void run(async () => {
      const quoted = await quote(offer.insurer_id, offer.product_id, tariff.tariff_id, from)
      window.location.hash = `#/applications/${quoted.application_id}`
    })
  }
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        {offer.name} <small>{offer.insurer_name}</small>
      </h2>
      {offer.description && <p class="description">{offer.description}</p>}
      {tariff === undefined ? (
        <p role="status">{offer.withdrawn ? texts.withdrawn : texts.onRequest}</p>
      ) : (
        <form class="choice" onSubmit={submit} noValidate>
          <fieldset>
            <legend>{texts.tariff}</legend>
            {offered.map((one) => (
              <label key={one.tariff_id}>
                <input type="radio" name="tariff" value={one.tariff_id} checked={one === tariff} onChange={() => setWanted(one.tariff_id)} />
                <span>{one.name || one.tariff_id}</span>
                <strong key={one.version} class={moved.has(one.tariff_id) ? 'changed' : ''} data-amount={one.premium?.amount}>
                  {one.premium && money(one.premium, language)}
                </strong>
              </label>
            ))}
          </fieldset>
          <p class="unseen" role="status">
            {moved.has(tariff.tariff_id) && tariff.premium && `${texts.priceNow} ${money(tariff.premium, language)}`}
          </p>
          <label>
            {texts.startsOn}
            <input
              type="date"
              name="starts_on"
              required
              min={dayAhead(0)}
              max={dayAhead(AHEAD)}
              value={from}
              aria-invalid={wrong ? 'true' : 'false'}
              aria-describedby="starts_on-wrong"
              onInput={(event) => setFrom(event.currentTarget.value)}
            />
            <span class="wrong" id="starts_on-wrong" role="status">
              {wrong}
            </span>
          </label>
          <button type="submit" class="main" disabled={busy}>
            {texts.price}
          </button>
        </form>
      )}
      {problem !== null && <Failure problem={problem} language={language} />}
      <PriceHistory tariffs={offer.tariffs} chosen={tariff?.tariff_id ?? null} language={language} />
    </>
  )
}

// The rules of the server, so that nobody has to wait for it.
function wrongDay(from: string, tariff: TariffVersion, texts: SaleTexts, language: Language): string {
  const [first, last] = [dayAhead(0), dayAhead(AHEAD)]
  if (!(first <= from && from <= last)) return texts.wrongDay(date(first, language), date(last, language))
  if (tariff.valid_from !== null && from < tariff.valid_from) return texts.tariffFrom(date(tariff.valid_from, language))
  if (tariff.valid_to !== null && from > tariff.valid_to) return texts.tariffTo(date(tariff.valid_to, language))
  return ''
}

// The tariffs whose price became another while the reader looked.
function useMoved(offered: TariffVersion[]): Set<string> {
  const begun = useRef(new Map<string, number>())
  const [moved, setMoved] = useState(new Set<string>())
  useEffect(() => {
    const fresh = offered.filter(({ tariff_id, version }) => (begun.current.get(tariff_id) ?? version) !== version)
    for (const { tariff_id, version } of offered) begun.current.set(tariff_id, version)
    if (fresh.length > 0) setMoved(new Set([...moved, ...fresh.map((tariff) => tariff.tariff_id)]))
  })
  return moved
}

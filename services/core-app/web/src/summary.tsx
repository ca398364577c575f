// What an application is about and how it stands, with the price explained.

import { useRef } from 'preact/hooks'
import type { Offer } from './api'
import { Countdown } from './countdown'
import { useFocus } from './focus'
import type { Application } from './sale-api'
import type { SaleTexts } from './sale-texts'
import { type Language, date, day, money } from './texts'

interface Props {
  application: Application
  // The product as it is now, where that is known.
  offer: Offer | null
  texts: SaleTexts
  language: Language
}

const DAY_MS = 24 * 3600 * 1000

// Both included.
const daysOf = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1

// What ends, and when.
function limitOf({ status, quote, reserved_until, payment }: Application): string | null {
  if (status === 'quoted' || status === 'applied') return quote.valid_until
  if (status === 'reserved') return reserved_until
  return status === 'payment-pending' ? (payment?.deadline ?? null) : null
}

export function Summary({ application, offer, texts, language }: Props) {
  const { quote, status, reason } = application
  const limit = limitOf(application)
  const heading = useRef<HTMLHeadingElement>(null)
  useFocus(heading, application.application_id)
  const version = offer?.tariffs.find((tariff) => tariff.tariff_id === quote.tariff_id && tariff.version === quote.tariff_version)
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        {quote.product_name} <small>{quote.insurer_name}</small>
      </h2>
      <p class={`status ${status}`} role="status" data-status={status}>
        {texts.status[status]}
        {reason && status !== 'confirmed' && <small> {texts.reasons[reason] ?? reason}</small>}
      </p>
      <dl>
        <dt>{texts.tariff}</dt>
        <dd>{quote.tariff_name || quote.tariff_id}</dd>
        <dt>{status === 'confirmed' || application.policy_number ? texts.premium : texts.toPay}</dt>
        <dd>
          <strong data-premium={quote.premium.amount}>{money(quote.premium, language)}</strong>
        </dd>
        <dt>{texts.period}</dt>
        <dd>
          <span class="number">{date(quote.starts_on, language)} –</span> <span class="number">{date(quote.ends_on, language)}</span>
        </dd>
        {limit !== null && (
          <>
            <dt>{texts.limits[status]}</dt>
            <dd>
              <Countdown until={limit} texts={texts} />
            </dd>
          </>
        )}
        {application.policy_number !== null && (
          <>
            <dt>{texts.policy}</dt>
            <dd>
              <strong data-policy={application.policy_number}>{application.policy_number}</strong>
            </dd>
          </>
        )}
        {application.cancelled_from !== null && (
          <>
            <dt>{texts.cancelledFrom}</dt>
            <dd>{date(application.cancelled_from, language)}</dd>
          </>
        )}
      </dl>
      {(status === 'quoted' || status === 'applied') && (
        <p class="explained">
          {texts.explained(quote.insurer_name, quote.tariff_name || quote.tariff_id, daysOf(quote.starts_on, quote.ends_on))}
          {version !== undefined && ` ${texts.pricedSince(day(version.known_from, language))}`}
        </p>
      )}
    </>
  )
}

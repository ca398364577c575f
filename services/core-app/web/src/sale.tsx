// Buying a policy: a quote, an application, a reservation, the payment, the policy.

import { useEffect, useState } from 'preact/hooks'
import type { Product, TariffVersion } from './api'
import { Applicant } from './applicant'
import { type Application, type Happening, type Person, type Problem, history, quote, step, tariffs, watch } from './sale-api'
import { type SaleTexts, saleTextsOf } from './sale-texts'
import { type Language, date, day, money } from './texts'

interface Props {
  // #/buy/insurer/product or #/applications/id
  route: string[]
  // The last word about the product that is being bought, if there was one.
  changed: Product | null
  language: Language
}

const isProblem = (error: unknown): error is Problem => typeof error === 'object' && error !== null && 'detail' in error

export function Sale({ route, changed, language }: Props) {
  const texts = saleTextsOf(language)
  const [application, setApplication] = useState<Application | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const [, kind, first, second] = route
  const id = kind === 'applications' ? (first ?? null) : null

  useEffect(() => {
    if (id === null) return
    const leaving = new AbortController()
    const newer = (told: Application) => setApplication((shown) => (shown && shown.version > told.version ? shown : told))
    void watch(id, leaving.signal, newer, () => setProblem({ status: 404, detail: texts.lost }))
    return () => leaving.abort()
  }, [id])

  const run = async (work: () => Promise<Application>) => {
    setBusy(true)
    setProblem(null)
    try {
      const told = await work()
      setApplication(told)
      window.location.hash = `#/applications/${told.application_id}`
    } catch (error) {
      setProblem(isProblem(error) ? error : { status: 0, detail: String(error) })
    } finally {
      setBusy(false)
    }
  }

  const apply = (person: Person) =>
    run(async () => {
      const applied = await step(application?.application_id ?? '', 'submission', person)
      return step(applied.application_id, 'reservation', {})
    })

  const moved =
    application !== null &&
    changed !== null &&
    changed.insurer_id === application.quote.insurer_id &&
    changed.product_id === application.quote.product_id &&
    (application.status === 'quoted' || application.status === 'applied') &&
    changed.revision > application.quote.product_revision
  return (
    <section class="sale">
      <a href="#/">{texts.back}</a>
      {kind === 'buy' && <Choice insurer={first ?? ''} product={second ?? ''} texts={texts} language={language} busy={busy} onQuote={(tariff, from) => run(() => quote(first ?? '', second ?? '', tariff, from))} />}
      {application !== null && kind === 'applications' && (
        <>
          <Summary application={application} texts={texts} language={language} />
          {(moved || problem?.premium !== undefined) && (
            <p class="failure" role="alert" data-price-changed>
              {texts.priceChanged} {problem?.premium ? money(problem.premium, language) : changed?.premium ? money(changed.premium, language) : ''}{' '}
              <a href={`#/buy/${application.quote.insurer_id}/${application.quote.product_id}`}>{texts.newQuote}</a>
            </p>
          )}
          {application.status === 'quoted' && <Applicant texts={texts} problem={problem} busy={busy} onApply={apply} />}
          {application.status === 'applied' && (
            <button type="button" class="main" disabled={busy} onClick={() => run(() => step(application.application_id, 'reservation', {}))}>
              {texts.apply}
            </button>
          )}
          {application.status === 'reserved' && (
            <button type="button" class="main" disabled={busy} onClick={() => run(() => step(application.application_id, 'payment', {}))}>
              {texts.pay}
            </button>
          )}
          {application.status === 'payment-pending' &&
            (application.payment?.url ? (
              <a class="main" href={application.payment.url}>
                {texts.toPayment}
              </a>
            ) : (
              <p role="status">{texts.preparing}</p>
            ))}
          <End application={application} texts={texts} busy={busy} onCancel={() => run(() => step(application.application_id, 'cancellation', {}))} />
          <History application={application} texts={texts} language={language} />
        </>
      )}
      {problem !== null && problem.premium === undefined && (
        <p class="failure" role="alert">
          {problem.detail}
        </p>
      )}
    </section>
  )
}

const tomorrow = () => new Date(Date.now() + 24 * 3600 * 1000).toISOString().slice(0, 10)

interface ChoiceProps {
  insurer: string
  product: string
  texts: SaleTexts
  language: Language
  busy: boolean
  onQuote: (tariff: string, from: string) => void
}

function Choice({ insurer, product, texts, language, busy, onQuote }: ChoiceProps) {
  const [offer, setOffer] = useState<{ name: string; insurer_name: string; tariffs: TariffVersion[] } | string | null>(null)
  const [tariff, setTariff] = useState('')
  const [from, setFrom] = useState(tomorrow)
  useEffect(() => {
    tariffs(insurer, product).then(
      (told) => {
        setOffer(told)
        setTariff(told.tariffs[0]?.tariff_id ?? '')
      },
      (error) => setOffer(isProblem(error) ? error.detail : String(error)),
    )
  }, [insurer, product])
  if (offer === null) return <p>…</p>
  if (typeof offer === 'string') return <p role="alert">{offer}</p>
  return (
    <form
      class="choice"
      onSubmit={(event) => {
        event.preventDefault()
        onQuote(tariff, from)
      }}
    >
      <h2>
        {offer.name} <small>{offer.insurer_name}</small>
      </h2>
      <fieldset>
        <legend>{texts.tariff}</legend>
        {offer.tariffs.map((one) => (
          <label key={one.tariff_id}>
            <input type="radio" name="tariff" value={one.tariff_id} checked={one.tariff_id === tariff} onChange={() => setTariff(one.tariff_id)} />
            {one.name || one.tariff_id} <strong>{one.premium && money(one.premium, language)}</strong>
          </label>
        ))}
      </fieldset>
      <label>
        {texts.startsOn}
        <input type="date" name="starts_on" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <button type="submit" class="main" disabled={busy || tariff === ''}>
        {texts.price}
      </button>
    </form>
  )
}

function Summary({ application, texts, language }: { application: Application; texts: SaleTexts; language: Language }) {
  const { quote, status } = application
  const until = status === 'quoted' || status === 'applied' ? quote.valid_until : status === 'reserved' ? application.reserved_until : null
  return (
    <>
      <h2>
        {quote.product_name} <small>{quote.insurer_name}</small>
      </h2>
      <p class={`status ${status}`} role="status" data-status={status}>
        {texts.status[status]}
        {application.reason && status !== 'confirmed' && <small> {application.reason}</small>}
      </p>
      <dl>
        <dt>{quote.tariff_name || quote.tariff_id}</dt>
        <dd>
          <strong data-premium={quote.premium.amount}>{money(quote.premium, language)}</strong> {texts.perYear}
        </dd>
        <dt>{texts.period}</dt>
        <dd>
          {date(quote.starts_on, language)} – {date(quote.ends_on, language)}
        </dd>
        {until !== null && (
          <>
            <dt>{status === 'reserved' ? texts.reservedFor : texts.validUntil}</dt>
            <dd>
              <Countdown until={until} />
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
      </dl>
    </>
  )
}

function Countdown({ until }: { until: string }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000)
    return () => window.clearInterval(timer)
  }, [])
  const left = Math.max(0, Math.round((new Date(until).getTime() - now) / 1000))
  return (
    <time dateTime={`PT${left}S`}>
      {Math.floor(left / 60)}:{String(left % 60).padStart(2, '0')}
    </time>
  )
}

function End({ application, texts, busy, onCancel }: { application: Application; texts: SaleTexts; busy: boolean; onCancel: () => void }) {
  const [asked, setAsked] = useState(false)
  const { status } = application
  if (status === 'rejected' || status === 'expired' || status === 'cancelled') {
    const again = `#/buy/${application.quote.insurer_id}/${application.quote.product_id}`
    return (
      <p>
        {Number(application.paid) > 0 && !application.policy_number && `${texts.toBePaidBack} `}
        <a href={again}>{texts.again}</a>
      </p>
    )
  }
  return (
    <button
      type="button"
      class="cancel"
      disabled={busy}
      onClick={() => {
        if (asked) onCancel()
        setAsked(!asked)
      }}
    >
      {asked ? texts.sure : status === 'confirmed' ? texts.cancelPolicy : texts.cancel}
    </button>
  )
}

function History({ application, texts, language }: { application: Application; texts: SaleTexts; language: Language }) {
  const [happened, setHappened] = useState<Happening[]>([])
  const [open, setOpen] = useState(false)
  // An open history follows the application.
  useEffect(() => {
    if (open) history(application.application_id).then(setHappened, () => undefined)
  }, [open, application.version])
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{texts.history}</summary>
      <ol class="happened">
        {happened.map((event) => (
          <li key={event.version} data-event={event.event}>
            {texts.events[event.event] ?? event.event} <small>{day(event.at, language)}</small>
          </li>
        ))}
      </ol>
    </details>
  )
}

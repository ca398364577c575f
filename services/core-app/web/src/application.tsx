// One application, as it is now: it changes without a reload, whoever changes it.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Applicant } from './applicant'
import { Download } from './download'
import { Ending } from './ending'
import { Failure } from './failure'
import { useFocus } from './focus'
import { Happened } from './happened'
import { useOffer } from './offer'
import { useOrder } from './order'
import { PriceChanged, changeOf } from './price-changed'
import { PriceHistory } from './price-history'
import { isProblem } from './problem'
import { type Application, type Person, type Step, quote, step, watch } from './sale-api'
import { type SaleTexts, saleTextsOf } from './sale-texts'
import { Summary } from './summary'
import type { Language } from './texts'

interface Props {
  id: string
  person: Person
  onPerson: (person: Person) => void
  language: Language
}

export function ApplicationPage({ id, person, onPerson, language }: Props) {
  const texts = saleTextsOf(language)
  const [application, setApplication] = useState<Application | null>(null)
  const [lost, setLost] = useState(false)
  const { busy, problem, run } = useOrder()
  const newer = (told: Application) => setApplication((shown) => (shown && shown.version > told.version ? shown : told))
  useEffect(() => {
    const leaving = new AbortController()
    void watch(id, leaving.signal, newer, () => setLost(true))
    return () => leaving.abort()
  }, [id])

  // Only until it is reserved does it matter what the product costs now.
  const open = application?.status === 'quoted' || application?.status === 'applied'
  const offer = useOffer(open ? application.quote.insurer_id : null, application?.quote.product_id ?? '')
  const known = offer !== null && !isProblem(offer) ? offer : null

  if (lost) return <p role="alert">{texts.lost}</p>
  if (application === null) return <p>…</p>
  const change = open ? changeOf(application, known, problem) : null
  const order = (what: Step, body: unknown = {}) => run(async () => newer(await step(id, what, body)))
  const apply = (applicant: Person) =>
    run(async () => {
      newer(await step(id, 'submission', applicant))
      newer(await step(id, 'reservation', {}))
    })
  const quoteAgain = () =>
    run(async () => {
      const { insurer_id, product_id, tariff_id, starts_on } = application.quote
      const quoted = await quote(insurer_id, product_id, tariff_id, starts_on)
      window.location.hash = `#/applications/${quoted.application_id}`
    })
  const { status, payment } = application
  // The fields themselves say what is wrong with them, and the notice of a price what it is now.
  const told = problem?.errors !== undefined || (change !== null && problem?.status === 409)
  return (
    <>
      <Summary application={application} offer={known} texts={texts} language={language} />
      {open && known && <PriceHistory tariffs={known.tariffs} chosen={application.quote.tariff_id} language={language} />}
      {status === 'quoted' && <Applicant texts={texts} person={person} problem={problem} closed={busy || change !== null} onPerson={onPerson} onApply={apply} />}
      {status === 'applied' && (
        <Stage heading={texts.stages.applied}>
          <button type="button" class="main" disabled={busy || change !== null} onClick={() => order('reservation')}>
            {texts.apply}
          </button>
        </Stage>
      )}
      {status === 'reserved' && (
        <Stage heading={texts.stages.reserved}>
          <button type="button" class="main" disabled={busy} onClick={() => order('payment')}>
            {texts.pay}
          </button>
        </Stage>
      )}
      {status === 'payment-pending' && (
        <Stage heading={texts.stages.reserved}>
          <ToPayment url={payment?.url ?? null} texts={texts} />
        </Stage>
      )}
      {status === 'confirmed' && (
        <Stage heading={texts.stages.confirmed}>
          <Download id={id} language={language} />
        </Stage>
      )}
      {change !== null && <PriceChanged change={change} application={application} busy={busy} language={language} onTake={quoteAgain} />}
      {problem !== null && !told && <Failure problem={problem} language={language} />}
      <Ending application={application} texts={texts} busy={busy} onCancel={() => order('cancellation')} />
      <Happened application={application} language={language} />
    </>
  )
}

// What is to be done next, under a heading that is found.
function Stage({ heading, children }: { heading: string; children: ComponentChildren }) {
  const place = useRef<HTMLHeadingElement>(null)
  useFocus(place, heading)
  return (
    <>
      <h3 ref={place} tabIndex={-1}>
        {heading}
      </h3>
      {children}
    </>
  )
}

function ToPayment({ url, texts }: { url: string | null; texts: SaleTexts }) {
  return (
    <>
      <p class={url === null ? '' : 'unseen'} role="status">
        {url === null ? texts.preparing : texts.ready}
      </p>
      {url !== null && (
        <a class="main" href={url}>
          {texts.toPayment}
        </a>
      )}
    </>
  )
}

// Whether a policy is what its document says: for whoever scans the code printed on it.

import { useEffect, useRef, useState } from 'preact/hooks'
import { Failure } from './failure'
import { useFocus } from './focus'
import { type Policy, policy } from './policy-api'
import { type Problem, asProblem, isProblem } from './problem'
import { saleTextsOf } from './sale-texts'
import { type Language, date } from './texts'

interface Props {
  number: string
  code: string
  language: Language
}

type Validity = 'valid' | 'ended' | 'cancelled'

// By the calendar of the reader: days are written as text that sorts.
function today(): string {
  const now = new Date()
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())).toISOString().slice(0, 10)
}

const validityOf = (told: Policy): Validity => (told.status === 'cancelled' ? 'cancelled' : told.ends_on < today() ? 'ended' : 'valid')

export function PolicyCheck({ number, code, language }: Props) {
  const texts = saleTextsOf(language).check
  const [told, setTold] = useState<Policy | Problem | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  useFocus(heading, number)
  const ask = () => {
    setTold(null)
    policy(number, code).then(setTold, (error) => setTold(asProblem(error)))
  }
  useEffect(ask, [number, code])
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        {texts.heading}
      </h2>
      {told === null && <p role="status">{texts.asking}</p>}
      {isProblem(told) && told.status === 404 && (
        <p class="validity unknown" role="alert" data-validity="unknown">
          <span aria-hidden="true">✗ </span>
          {texts.unknown}
        </p>
      )}
      {isProblem(told) && told.status !== 404 && (
        <>
          <Failure problem={told} language={language} />
          <button type="button" onClick={ask}>
            {texts.again}
          </button>
        </>
      )}
      {told !== null && !isProblem(told) && <Answer told={told} language={language} />}
    </>
  )
}

function Answer({ told, language }: { told: Policy; language: Language }) {
  const texts = saleTextsOf(language).check
  const validity = validityOf(told)
  const begins = validity === 'valid' && told.starts_on > today()
  return (
    <>
      <p class={`validity ${validity}`} role="status" data-validity={validity}>
        <span aria-hidden="true">{validity === 'valid' ? '✓' : '✗'} </span>
        {texts[validity]}
        {begins && <small>{texts.begins(date(told.starts_on, language))}</small>}
        {validity === 'cancelled' && told.cancelled_from !== null && <small>{texts.uncovered(date(told.cancelled_from, language))}</small>}
      </p>
      <dl>
        <dt>{texts.number}</dt>
        <dd>
          <strong>{told.policy_number}</strong>
        </dd>
        <dt>{texts.insurer}</dt>
        <dd>{told.insurer_name}</dd>
        <dt>{texts.product}</dt>
        <dd>{told.product_name}</dd>
        <dt>{texts.period}</dt>
        <dd>
          <span class="number">{date(told.starts_on, language)} –</span> <span class="number">{date(told.ends_on, language)}</span>
        </dd>
      </dl>
      <p class="explained">{texts.compare}</p>
    </>
  )
}

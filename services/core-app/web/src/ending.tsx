// How an application ends before its time, and what can be done after its end.

import { useState } from 'preact/hooks'
import type { Application } from './sale-api'
import type { SaleTexts } from './sale-texts'

interface Props {
  application: Application
  texts: SaleTexts
  busy: boolean
  onCancel: () => void
}

export function Ending({ application, texts, busy, onCancel }: Props) {
  const [asked, setAsked] = useState(false)
  const { status, quote } = application
  if (status === 'rejected' || status === 'expired' || status === 'cancelled') {
    const again = `#/buy/${encodeURIComponent(quote.insurer_id)}/${encodeURIComponent(quote.product_id)}`
    return (
      <p>
        {Number(application.paid) > 0 && !application.policy_number && `${texts.toBePaidBack} `}
        <a href={again}>{texts.again}</a>
      </p>
    )
  }
  const what = status === 'confirmed' ? texts.cancelPolicy : texts.cancel
  const press = () => {
    if (asked) onCancel()
    setAsked(!asked)
  }
  return (
    <p class="ending">
      <button type="button" class="cancel" disabled={busy} onClick={press}>
        <span aria-live="polite">{asked ? texts.sure(what) : what}</span>
      </button>
      {asked && (
        <button type="button" onClick={() => setAsked(false)}>
          {texts.keep}
        </button>
      )}
    </p>
  )
}

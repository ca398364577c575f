// The pages beside the list: a product to be bought, an application, and a policy somebody checks.

import { useState } from 'preact/hooks'
import { NOBODY } from './applicant'
import { ApplicationPage } from './application'
import { Choice } from './choice'
import { PolicyCheck } from './policy-check'
import { saleTextsOf } from './sale-texts'
import type { Language } from './texts'

interface Props {
  // #/buy/insurer/product, #/applications/id or #/policies/number/code
  route: string[]
  language: Language
}

export const isSale = (route: string[]) => ['buy', 'applications', 'policies'].includes(route[1] ?? '')

export function Sale({ route, language }: Props) {
  // What was typed outlives a quote: whoever takes a new price does not type again.
  const [person, setPerson] = useState(NOBODY)
  const [, kind, first = '', second = ''] = route
  const key = route.join('/')
  return (
    <section class="sale">
      <a href="#/">{saleTextsOf(language).back}</a>
      {kind === 'buy' && <Choice key={key} insurer={first} product={second} language={language} />}
      {kind === 'applications' && <ApplicationPage key={key} id={first} person={person} onPerson={setPerson} language={language} />}
      {kind === 'policies' && <PolicyCheck key={key} number={first} code={second} language={language} />}
    </section>
  )
}

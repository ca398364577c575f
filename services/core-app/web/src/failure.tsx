// A problem, in the reader's language; the server's own words, which are English, stand below it.

import { useEffect, useRef } from 'preact/hooks'
import type { Problem } from './problem'
import { saleTextsOf } from './sale-texts'
import type { Language } from './texts'

export function Failure({ problem, language }: { problem: Problem; language: Language }) {
  const place = useRef<HTMLDivElement>(null)
  const texts = saleTextsOf(language)
  const told = texts.problems[problem.status] ?? texts.problem
  // The button that was pressed may be far from here.
  useEffect(() => place.current?.focus(), [problem])
  return (
    <div class="failure" role="alert" tabIndex={-1} ref={place}>
      {told}
      {problem.status !== 0 && (
        <small lang="en" class="detail">
          {problem.detail}
        </small>
      )}
    </div>
  )
}

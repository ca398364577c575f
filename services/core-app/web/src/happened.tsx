// Everything that happened to an application, for its owner.

import { useEffect, useState } from 'preact/hooks'
import { Failure } from './failure'
import { type Problem, asProblem } from './problem'
import { type Application, type Happening, history } from './sale-api'
import { saleTextsOf } from './sale-texts'
import { type Language, day } from './texts'

export function Happened({ application, language }: { application: Application; language: Language }) {
  const texts = saleTextsOf(language)
  const [happened, setHappened] = useState<Happening[]>([])
  const [problem, setProblem] = useState<Problem | null>(null)
  const [open, setOpen] = useState(false)
  // An open history follows the application.
  useEffect(() => {
    if (!open) return
    const take = (events: Happening[]) => {
      setHappened(events)
      setProblem(null)
    }
    history(application.application_id).then(take, (error) => setProblem(asProblem(error)))
  }, [open, application.version])
  return (
    <details data-history onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{texts.history}</summary>
      {problem !== null && <Failure problem={problem} language={language} />}
      <ol class="happened">
        {happened.map((event) => (
          <li key={event.version} data-event={event.event}>
            {texts.events[event.event] ?? event.event}{' '}
            <small>
              {day(event.at, language)}, {texts.who[event.who] ?? event.who}
            </small>
          </li>
        ))}
      </ol>
    </details>
  )
}

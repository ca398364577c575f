// Who applies: checked as one types, once a field has been left, and by the server.

import { useState } from 'preact/hooks'
import type { Person, Problem } from './sale-api'
import type { SaleTexts } from './sale-texts'

interface Props {
  texts: SaleTexts
  problem: Problem | null
  busy: boolean
  onApply: (person: Person) => void
}

const EMPTY: Person = { name: '', born_on: '', email: '', phone: '' }
const ADULT = 18

// The rules of the server, so that nobody has to wait for it to learn of a slip.
const fits: Record<keyof Person, (text: string) => boolean> = {
  name: (text) => /^[\p{L}][\p{L}.'-]*( +[\p{L}][\p{L}.'-]*)+$/u.test(text),
  born_on: (text) => {
    const grown = new Date(text)
    grown.setFullYear(grown.getFullYear() + ADULT)
    return /^\d{4}-\d{2}-\d{2}$/.test(text) && grown <= new Date()
  },
  email: (text) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text),
  phone: (text) => /^[\d+() -]+$/.test(text) && /^.{10,15}$/.test(text.replace(/\D/g, '')),
}

const FIELDS = [
  ['name', 'text', 'name'],
  ['born_on', 'date', 'bday'],
  ['email', 'email', 'email'],
  ['phone', 'tel', 'tel'],
] as const

export function Applicant({ texts, problem, busy, onApply }: Props) {
  const [person, setPerson] = useState(EMPTY)
  const [left, setLeft] = useState<Partial<Record<keyof Person, boolean>>>({})
  const labels = { name: texts.name, born_on: texts.bornOn, email: texts.email, phone: texts.phone }
  const refused = new Set(problem?.errors?.map((error) => error.field))
  const wrong = (field: keyof Person) => (left[field] && !fits[field](person[field].trim())) || (refused.has(field) && !left[field])
  const submit = (event: Event) => {
    event.preventDefault()
    setLeft({ name: true, born_on: true, email: true, phone: true })
    if (FIELDS.every(([field]) => fits[field](person[field].trim()))) onApply(person)
  }
  return (
    <form class="applicant" onSubmit={submit} noValidate>
      <h3>{texts.applicant}</h3>
      {FIELDS.map(([field, type, complete]) => (
        <label key={field}>
          {labels[field]}
          <input
            name={field}
            {...({ type } as { type: 'text' })}
            autocomplete={complete}
            value={person[field]}
            aria-invalid={wrong(field) ? 'true' : 'false'}
            aria-describedby={`${field}-wrong`}
            onInput={(event) => setPerson({ ...person, [field]: event.currentTarget.value })}
            onBlur={() => setLeft({ ...left, [field]: true })}
          />
          <span class="wrong" id={`${field}-wrong`} role="status">
            {wrong(field) ? texts.wrong[field] : ''}
          </span>
        </label>
      ))}
      <button type="submit" class="main" disabled={busy}>
        {texts.apply}
      </button>
    </form>
  )
}

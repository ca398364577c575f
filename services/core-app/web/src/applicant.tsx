// Who applies: checked as one types, once a field has been left, and by the server.

import { useEffect, useRef, useState } from 'preact/hooks'
import { useFocus } from './focus'
import type { Problem } from './problem'
import type { Person } from './sale-api'
import type { SaleTexts } from './sale-texts'

type Field = keyof Person

interface Props {
  texts: SaleTexts
  person: Person
  problem: Problem | null
  // Nothing can be sent at present.
  closed: boolean
  onPerson: (person: Person) => void
  onApply: (person: Person) => void
}

export const NOBODY: Person = { name: '', born_on: '', email: '', phone: '' }
const [ADULT, OLDEST] = [18, 119]
const LONGEST = 200

const bytes = (text: string) => new TextEncoder().encode(text).length

function yearsAgo(years: number): Date {
  const then = new Date()
  then.setFullYear(then.getFullYear() - years)
  return then
}

// The rules of the server, so that nobody has to wait for it to learn of a slip.
const fits: Record<Field, (text: string) => boolean> = {
  name: (text) => /^[\p{L}.'-]+( +[\p{L}.'-]+)+$/u.test(text) && bytes(text) <= LONGEST,
  born_on: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(text) <= yearsAgo(ADULT) && Number(text.slice(0, 4)) >= yearsAgo(OLDEST).getFullYear(),
  email: (text) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text) && bytes(text) <= LONGEST,
  phone: (text) => /^[\d+() -]+$/.test(text) && /^.{10,15}$/.test(text.replace(/\D/g, '')),
}

const FIELDS = [
  ['name', 'text', 'name'],
  ['born_on', 'date', 'bday'],
  ['email', 'email', 'email'],
  ['phone', 'tel', 'tel'],
] as const

export function Applicant({ texts, person, problem, closed, onPerson, onApply }: Props) {
  const [left, setLeft] = useState<Partial<Record<Field, boolean>>>({})
  const [refused, setRefused] = useState(new Set<string>())
  const form = useRef<HTMLFormElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  useFocus(heading, 'applicant')
  const labels = { name: texts.name, born_on: texts.bornOn, email: texts.email, phone: texts.phone }
  const good = (field: Field) => fits[field](person[field].trim()) && !refused.has(field)
  const wrong = (field: Field) => !good(field) && (left[field] || refused.has(field))
  const goTo = (field: string | undefined) => form.current?.querySelector<HTMLInputElement>(`[name=${field}]`)?.focus()
  // What the server does not accept is wrong until it is changed.
  useEffect(() => {
    const fields = problem?.errors?.map((error) => error.field) ?? []
    setRefused(new Set(fields))
    if (fields.length > 0) goTo(fields[0])
  }, [problem])
  const submit = (event: Event) => {
    event.preventDefault()
    setLeft({ name: true, born_on: true, email: true, phone: true })
    const slip = FIELDS.find(([field]) => !good(field))
    if (slip) goTo(slip[0])
    else if (!closed) onApply(person)
  }
  const type = (field: Field, text: string) => {
    setRefused(new Set([...refused].filter((other) => other !== field)))
    onPerson({ ...person, [field]: text })
  }
  return (
    <form class="applicant" onSubmit={submit} noValidate ref={form}>
      <h3 ref={heading} tabIndex={-1}>
        {texts.applicant}
      </h3>
      {FIELDS.map(([field, kind, complete]) => (
        <label key={field} class={good(field) ? 'good' : ''}>
          {labels[field]}
          <input
            name={field}
            {...({ type: kind } as { type: 'text' })}
            autocomplete={complete}
            required
            value={person[field]}
            aria-invalid={wrong(field) ? 'true' : 'false'}
            aria-describedby={`${field}-wrong`}
            onInput={(event) => type(field, event.currentTarget.value)}
            onBlur={() => setLeft({ ...left, [field]: true })}
          />
          <span class="wrong" id={`${field}-wrong`} role="status">
            {wrong(field) ? texts.wrong[field] : ''}
          </span>
        </label>
      ))}
      <button type="submit" class="main" disabled={closed}>
        {texts.apply}
      </button>
    </form>
  )
}

// What the list shows and in which order.

import type { Facets, Filter } from './api'
import { type Language, type Texts, lineName } from './texts'

interface Props {
  filter: Filter
  facets: Facets
  texts: Texts
  language: Language
  onChange: (filter: Filter) => void
}

export function Filters({ filter, facets, texts, language, onChange }: Props) {
  const set = (part: Partial<Filter>) => onChange({ ...filter, ...part })
  const value = (event: Event) => (event.currentTarget as HTMLInputElement | HTMLSelectElement).value
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        {texts.line}
        <select name="line" value={filter.line} onChange={(event) => set({ line: value(event) })}>
          <option value="">{texts.all}</option>
          {facets.lines.map(({ id, count }) => (
            <option key={id} value={id}>
              {lineName(id, language)} ({count})
            </option>
          ))}
        </select>
      </label>
      <label>
        {texts.insurer}
        <select name="insurer" value={filter.insurer} onChange={(event) => set({ insurer: value(event) })}>
          <option value="">{texts.all}</option>
          {facets.insurers.map(({ id, name, count }) => (
            <option key={id} value={id}>
              {name} ({count})
            </option>
          ))}
        </select>
      </label>
      <label>
        {texts.search}
        <input
          name="q"
          type="search"
          maxLength={100}
          placeholder={texts.searchHint}
          value={filter.q}
          onInput={(event) => set({ q: value(event) })}
        />
      </label>
      <label>
        {texts.sort}
        <select name="sort" value={filter.sort} onChange={(event) => set({ sort: value(event) })}>
          {Object.entries(texts.sorts).map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </form>
  )
}

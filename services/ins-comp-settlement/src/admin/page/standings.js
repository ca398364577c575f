// The breaks that people work on, of the insurer and period of a run: what a run has found does not say what was decided since.

import { get, listOf } from './api.js'

const PAGE = 1000

export class Standings {
  #run
  #byIdentity = new Map()
  #after = null
  #ended = false

  constructor(run) {
    this.#run = run
  }

  get #query() {
    const { insurer_id, period_from, period_to } = this.#run
    return { insurer: insurer_id, from: period_from, to: period_to, limit: PAGE }
  }

  #ofPeriod({ period_from, period_to }) {
    return period_from === this.#run.period_from && period_to === this.#run.period_to
  }

  of({ break_id }) {
    return this.#byIdentity.get(break_id)
  }

  // Reads on until these are known, or all are. They stand in about the order in which they were found.
  async know(found, signal) {
    while (!this.#ended && found.some((each) => !this.of(each))) {
      const page = listOf(await get('/breaks', { ...this.#query, after: this.#after }, signal))
      this.take(page)
      this.#after = page.at(-1)?.id ?? this.#after
      this.#ended = page.length < PAGE
    }
  }

  // Keeps what is known now of those of this period.
  take(breaks) {
    for (const each of breaks) if (this.#ofPeriod(each)) this.#byIdentity.set(each.break_id, each)
  }

  // Those with a state or an owner, as far as the run has found them.
  async page(filter, after, signal) {
    const limit = 200
    const page = listOf(await get('/breaks', { ...this.#query, ...filter, after, limit }, signal))
    this.take(page)
    const { id } = this.#run
    const items = page.filter((each) => this.#ofPeriod(each) && each.first_run <= id && id <= each.last_run)
    return { items: items.map((standing) => ({ ...standing, standing })), next: page.length < limit ? null : page.at(-1).id }
  }
}

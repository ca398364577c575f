// What a view does while it is shown: it asks, and asks again, until it is left.

import { asProblem } from './api.js'

// What cannot be had for the moment is asked for again by itself.
const AGAIN_MS = 3000

export class Life {
  #left = new AbortController()

  // Ends with the view.
  get signal() {
    return this.#left.signal
  }

  leave() {
    this.#left.abort()
  }

  // Asks, shows the answer, and asks again after the pause that `pauseOf` says, unless that is null. Answers what makes it ask at
  // once; an answer that was overtaken by that is dropped. Nobody asks for a page that is not seen.
  poll({ ask, show, failure, pauseOf = () => null }) {
    let round = new AbortController()
    let wake = () => undefined
    const once = async () => {
      const signal = AbortSignal.any([this.signal, round.signal])
      try {
        const answer = await ask(signal)
        if (signal.aborted) return 0
        failure.clear()
        show(answer)
        return pauseOf(answer)
      } catch (error) {
        if (signal.aborted) return 0
        const problem = asProblem(error)
        failure.show(problem, again, true)
        return problem.passing ? AGAIN_MS : null
      }
    }
    const again = () => {
      round.abort()
      round = new AbortController()
      wake()
    }
    const turn = async () => {
      while (!this.signal.aborted) {
        const { signal } = round
        const ms = await once()
        if (!signal.aborted) await this.#pause(ms, (resume) => (wake = resume))
        await this.#seen()
      }
    }
    void turn()
    return again
  }

  #pause(ms, wakeable) {
    return this.#until((resume) => {
      wakeable(resume)
      const timer = ms === null ? null : window.setTimeout(resume, ms)
      return () => window.clearTimeout(timer)
    })
  }

  #seen() {
    if (!document.hidden) return Promise.resolve()
    return this.#until((resume) => {
      document.addEventListener('visibilitychange', resume)
      return () => document.removeEventListener('visibilitychange', resume)
    })
  }

  // Waits for something, or for the end of the view.
  #until(begin) {
    return new Promise((resolve) => {
      const resume = () => {
        end()
        this.signal.removeEventListener('abort', resume)
        resolve()
      }
      const end = begin(resume)
      this.signal.addEventListener('abort', resume)
      if (this.signal.aborted) resume()
    })
  }
}

// One order at a time: whether it is under way, and what was wrong with the last one.

import { useState } from 'preact/hooks'
import { type Problem, asProblem } from './problem'

export function useOrder() {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const run = async (work: () => Promise<void>) => {
    setBusy(true)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setBusy(false)
    }
  }
  return { busy, problem, run }
}

// What the versions of a product's tariffs say of its price over time: a line of steps for each tariff.

import type { Price, TariffVersion } from './api'

// A price and how long it held, in milliseconds since 1970.
export interface Step {
  price: Price
  from: number
  to: number
}

export interface Line {
  tariff: string
  name: string
  // In order of time. Where a tariff had no price there is a gap.
  steps: Step[]
  // Still offered at the price of its last step.
  current: boolean
}

// Lines that share an axis: prices of one currency.
export interface Chart {
  currency: string
  lines: Line[]
  from: number
  to: number
}

// A chart of a moment has no width.
const LEAST_MS = 60_000

export function chartsOf(versions: TariffVersion[], now: number): Chart[] {
  const currencies = [...new Set(versions.flatMap(({ premium }) => (premium ? [premium.currency] : [])))]
  const tariffs = [...new Set(versions.map((version) => version.tariff_id))]
  return currencies.map((currency) => {
    const linesOf = (tariff: string) => lineOf(tariff, versions.filter((version) => version.tariff_id === tariff), currency, now)
    const lines = tariffs.map(linesOf).filter((line) => line.steps.length > 0)
    const steps = lines.flatMap((line) => line.steps)
    const to = Math.max(...steps.map((step) => step.to))
    const from = Math.min(...steps.map((step) => step.from), to - LEAST_MS)
    return { currency, lines, from, to }
  })
}

function lineOf(tariff: string, versions: TariffVersion[], currency: string, now: number): Line {
  const ordered = versions.toSorted((a, b) => a.version - b.version)
  const steps: Step[] = []
  ordered.forEach(({ premium, known_from, known_to }, at) => {
    if (premium?.currency !== currency) return
    const from = Date.parse(known_from)
    const end = ordered[at + 1]?.known_from ?? known_to
    // The clocks of the server and of the reader may differ.
    const to = end === null ? Math.max(now, from) : Date.parse(end)
    const last = steps.at(-1)
    // A version may change something else than the price.
    if (last?.to === from && last.price.amount === premium.amount) last.to = to
    else steps.push({ price: premium, from, to })
  })
  const newest = ordered.at(-1)
  return {
    tariff,
    name: newest?.name || tariff,
    steps,
    current: newest?.known_to === null && newest.premium?.currency === currency,
  }
}

const amount = (step: Step) => Number(step.price.amount)

export const lowest = (steps: Step[]) => steps.reduce((least, step) => (amount(step) < amount(least) ? step : least))

export const highest = (steps: Step[]) => steps.reduce((most, step) => (amount(step) > amount(most) ? step : most))

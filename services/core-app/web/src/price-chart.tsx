// The chart of a price over time. Its width is that of its place, so that letters are as large on a phone as elsewhere.

import { nice, ticks } from 'd3-array'
import { timeTicks } from 'd3-time'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type Chart, type Line, highest, lowest } from './price-steps'
import { type Language, localeOf, money } from './texts'

interface Props {
  chart: Chart
  // What it shows, in a sentence.
  name: string
  // The tariff that is being bought stands out.
  chosen: string | null
  language: Language
}

const HEIGHT = 180
const [TOP, RIGHT, BOTTOM] = [10, 10, 22]
// What a letter of an axis label takes at most, and how far labels are apart at least.
const LETTER = 7.5
const [ROW, COLUMN] = [36, 64]
const DAY_MS = 24 * 3600 * 1000

export function PriceChart({ chart, name, chosen, language }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(320)
  useLayoutEffect(() => {
    if (place.current === null) return
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.max(160, Math.floor(entry?.contentRect.width ?? 0))))
    watcher.observe(place.current)
    return () => watcher.disconnect()
  }, [])

  const prices = rows(chart)
  const labels = prices.map((price) => money({ amount: `${price}`, currency: chart.currency }, language))
  const left = Math.ceil(Math.max(...labels.map((label) => label.length)) * LETTER) + 6
  const [right, bottom] = [width - RIGHT, HEIGHT - BOTTOM]
  const x = (time: number) => left + ((time - chart.from) / (chart.to - chart.from)) * (right - left)
  const [low, high] = [prices[0] ?? 0, prices.at(-1) ?? 1]
  const y = (price: number) => bottom - ((price - low) / (high - low)) * (bottom - TOP)
  return (
    <div ref={place}>
      <svg class="price-chart" role="img" aria-label={name} width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`}>
        {prices.map((price, at) => (
          <g key={price} class="row">
            <line x1={left} x2={right} y1={y(price)} y2={y(price)} />
            <text x={left - 6} y={y(price)} dy="0.35em" text-anchor="end">
              {labels[at]}
            </text>
          </g>
        ))}
        {columns(chart, right - left, language).map(({ time, label }) => (
          <g key={time} class="column">
            <line x1={x(time)} x2={x(time)} y1={bottom} y2={bottom + 4} />
            <text x={x(time)} y={HEIGHT - 4} text-anchor={anchor(x(time), label.length, left, width)}>
              {label}
            </text>
          </g>
        ))}
        {chart.lines.map((line, at) => (
          <g key={line.tariff} class={`line line-${at % 4} ${line.tariff === chosen ? 'chosen' : ''}`} data-tariff={line.tariff}>
            <path d={path(line, x, y)} />
            {line.current && <circle cx={right} cy={y(Number(line.steps.at(-1)?.price.amount))} r="3.5" />}
          </g>
        ))}
      </svg>
    </div>
  )
}

// Round prices around those that were; a price that never changed is in the middle.
function rows(chart: Chart): number[] {
  const steps = chart.lines.flatMap((line) => line.steps)
  const [least, most] = [Number(lowest(steps).price.amount), Number(highest(steps).price.amount)]
  const room = least === most ? least * 0.1 || 1 : (most - least) * 0.1
  const count = Math.floor((HEIGHT - TOP - BOTTOM) / ROW)
  const [from, to] = nice(Math.max(0, least - room), most + room, count)
  return ticks(from, to, count)
}

function columns(chart: Chart, room: number, language: Language): { time: number; label: string }[] {
  const span = chart.to - chart.from
  const format = new Intl.DateTimeFormat(localeOf(language), {
    ...(span < 2 * DAY_MS ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' }),
    ...(span < DAY_MS / 288 ? { second: '2-digit' } : {}),
    ...(span > 300 * DAY_MS ? { day: undefined, year: 'numeric' } : {}),
  })
  const times = timeTicks(new Date(chart.from), new Date(chart.to), Math.max(2, Math.floor(room / COLUMN)))
  const labels = times.map((time) => ({ time: time.getTime(), label: format.format(time) }))
  // Where they would touch, some are left out.
  const longest = Math.max(...labels.map(({ label }) => label.length)) * LETTER
  const every = Math.ceil((longest * labels.length) / room)
  return labels.filter((_, at) => at % every === 0)
}

// Labels at an edge stay within the chart.
function anchor(at: number, letters: number, left: number, width: number): 'start' | 'middle' | 'end' {
  const half = (letters * LETTER) / 2
  if (at - half < left - half / 2) return 'start'
  return at + half > width ? 'end' : 'middle'
}

function path(line: Line, x: (time: number) => number, y: (price: number) => number): string {
  return line.steps
    .map(({ price, from, to }, at) => {
      const joined = line.steps[at - 1]?.to === from
      const height = y(Number(price.amount)).toFixed(1)
      return `${joined ? `V${height}` : `M${x(from).toFixed(1)} ${height}`}H${x(to).toFixed(1)}`
    })
    .join('')
}

// How the price of a product came about: the chart, what it says in words, and the same as a table.

import type { TariffVersion } from './api'
import { PriceChart } from './price-chart'
import { type Chart, type Line, chartsOf, highest, lowest } from './price-steps'
import { TariffTable } from './tariff-table'
import { type Language, day, money, textsOf } from './texts'

interface Props {
  tariffs: TariffVersion[]
  chosen: string | null
  language: Language
}

// For a place of its own: the table is shown on demand.
export function PriceHistory(props: Props) {
  const texts = textsOf(props.language)
  return (
    <section class="price-history">
      <h3>{texts.priceHistory}</h3>
      <PriceCharts {...props} />
      <details>
        <summary>{texts.asTable}</summary>
        <TariffTable tariffs={props.tariffs} language={props.language} />
      </details>
    </section>
  )
}

export function PriceCharts({ tariffs, chosen, language }: Props) {
  const texts = textsOf(language)
  const charts = chartsOf(tariffs, Date.now())
  if (charts.length === 0) return <p>{texts.noPrices}</p>
  return (
    <>
      {charts.map((chart) => (
        <figure key={chart.currency} class="prices">
          <PriceChart chart={chart} name={sentence(chart, language)} chosen={chosen} language={language} />
          {chart.lines.length > 1 && <Legend chart={chart} chosen={chosen} language={language} />}
          <figcaption>{unchanged(chart) ? texts.unchangedSince(day(firstOf(chart), language)) : texts.between(day(chart.from, language), day(chart.to, language))}</figcaption>
        </figure>
      ))}
    </>
  )
}

function Legend({ chart, chosen, language }: { chart: Chart; chosen: string | null; language: Language }) {
  return (
    <ul class="legend">
      {chart.lines.map((line, at) => (
        <li key={line.tariff}>
          <svg class="price-chart" width="28" height="10" aria-hidden="true">
            <g class={`line line-${at % 4} ${line.tariff === chosen ? 'chosen' : ''}`}>
              <path d="M0 5H28" />
            </g>
          </svg>
          {line.name}
        </li>
      ))}
    </ul>
  )
}

const unchanged = (chart: Chart) => chart.lines.every((line) => line.steps.length === 1 && line.current)

const firstOf = (chart: Chart) => Math.max(...chart.lines.map((line) => line.steps[0]?.from ?? chart.from))

// What somebody hears who does not see the chart.
function sentence(chart: Chart, language: Language): string {
  const texts = textsOf(language)
  return [texts.chart, ...chart.lines.map((line) => lineInWords(line, language))].join(' ')
}

function lineInWords(line: Line, language: Language): string {
  const texts = textsOf(language)
  const [first, last] = [line.steps[0], line.steps.at(-1)]
  if (first === undefined || last === undefined) return ''
  const say = (step: { price: { amount: string; currency: string } }) => money(step.price, language)
  if (line.steps.length === 1 && line.current) return texts.lineUnchanged(line.name, day(first.from, language), say(first))
  return texts.lineChanged(line.name, {
    from: day(first.from, language),
    to: day(last.to, language),
    first: say(first),
    last: say(last),
    current: line.current,
    lowest: say(lowest(line.steps)),
    highest: say(highest(line.steps)),
  })
}

// How much time is left. Seen by the second, heard once: when it gets short.

import { useEffect, useState } from 'preact/hooks'
import type { SaleTexts } from './sale-texts'

const SHORT = 60

export function Countdown({ until, texts }: { until: string; texts: SaleTexts }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000)
    return () => window.clearInterval(timer)
  }, [])
  const left = Math.max(0, Math.round((new Date(until).getTime() - now) / 1000))
  const short = left > 0 && left <= SHORT
  return (
    <>
      <time dateTime={`PT${left}S`} class={short ? 'short' : ''}>
        {Math.floor(left / 60)}:{String(left % 60).padStart(2, '0')}
      </time>
      <span class="unseen" role="status">
        {short ? texts.minuteLeft : ''}
      </span>
    </>
  )
}

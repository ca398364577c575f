// Amounts, days and times as the reader writes them. Amounts stay texts: no binary fraction ever stands for one.

import { localeOf, russian, t } from './texts.js'

const NO_BREAK_SPACE = '\u00a0'
const AMOUNT = /^([+-]?)(\d+)(?:\.(\d+))?$/
const DAY_MS = 86_400_000

// `3 650,00` or `3,650.00`, at least to the kopeck and never rounded. What is no amount is shown as it came.
export function money(amount) {
  const [, sign, whole, fraction = ''] = AMOUNT.exec(amount) ?? []
  if (whole === undefined) return amount === null || amount === undefined ? '' : String(amount)
  const digits = fraction.replace(/0+$/, '').padEnd(2, '0')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, russian() ? NO_BREAK_SPACE : ',')
  return `${sign === '-' && signOf(amount) !== 0 ? '−' : ''}${grouped}${russian() ? ',' : '.'}${digits}`
}

const placesOf = (amount) => AMOUNT.exec(amount)?.[3]?.length ?? 0

function scaled(amount, places) {
  const [, sign, whole, fraction = ''] = AMOUNT.exec(amount) ?? [null, '', '0']
  const value = BigInt(whole + fraction.padEnd(places, '0'))
  return sign === '-' ? -value : value
}

// The exact sum of amounts; those that are absent count as nothing.
export function sum(amounts) {
  const places = Math.max(2, ...amounts.map(placesOf))
  const total = amounts.reduce((all, amount) => all + scaled(amount, places), 0n)
  const digits = String(total < 0n ? -total : total).padStart(places + 1, '0')
  return `${total < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

export const minus = (ours, theirs) => sum([ours ?? '0', negated(theirs ?? '0')])

const negated = (amount) => (String(amount).startsWith('-') ? String(amount).slice(1) : `-${String(amount).replace('+', '')}`)

// Below, at or above nothing.
export function signOf(amount) {
  const value = scaled(amount, placesOf(amount))
  return value === 0n ? 0 : value < 0n ? -1 : 1
}

export const count = (number) => (number === null || number === undefined ? '' : new Intl.NumberFormat(localeOf()).format(number).replace('-', '\u2212'))

// A day of the calendar, the same wherever the reader is: `01.11.2026`.
export function day(iso) {
  if (!/^\d{4}-\d\d-\d\d$/.test(iso ?? '')) return iso ?? ''
  const form = russian() ? { dateStyle: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' }
  return new Intl.DateTimeFormat(localeOf(), { ...form, timeZone: 'UTC' }).format(new Date(`${iso}T00:00:00Z`))
}

// A month when it is one, otherwise both days.
export function period(from, to) {
  const begin = new Date(`${from}T00:00:00Z`)
  const after = new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS)
  const month = new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 1))
  if (begin.getUTCDate() === 1 && after.getTime() === month.getTime()) {
    return new Intl.DateTimeFormat(localeOf(), { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(begin)
  }
  return `${day(from)} – ${day(to)}`
}

// A moment, where the reader is.
export function moment(time, seconds = false) {
  if (!time || Number.isNaN(Date.parse(time))) return time ?? ''
  const form = russian() ? { dateStyle: 'short' } : { dateStyle: 'medium' }
  return new Intl.DateTimeFormat(localeOf(), { ...form, timeStyle: seconds ? 'medium' : 'short' }).format(new Date(time))
}

// The day of a moment, where the reader is.
export function dayOf(time) {
  const form = russian() ? { dateStyle: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' }
  return new Intl.DateTimeFormat(localeOf(), form).format(new Date(time))
}

// How long something took, or takes already.
export function duration(from, to) {
  if (!from) return ''
  const ms = Math.max(0, (to ? Date.parse(to) : Date.now()) - Date.parse(from))
  const tenths = new Intl.NumberFormat(localeOf(), { maximumFractionDigits: ms < 10_000 ? 1 : 0 })
  if (ms < 60_000) return t.seconds(tenths.format(ms / 1000))
  const minutes = Math.floor(ms / 60_000)
  return minutes < 60 ? t.minutes(minutes, Math.floor((ms % 60_000) / 1000)) : t.hours(Math.floor(minutes / 60), minutes % 60)
}

export const ageInDays = (time) => Math.floor((Date.now() - Date.parse(time)) / DAY_MS)

// The size of a file.
export function size(bytes) {
  const units = t.units
  let at = 0
  let value = Number(bytes)
  for (; value >= 1024 && at < units.length - 1; at += 1) value /= 1024
  return `${new Intl.NumberFormat(localeOf(), { maximumFractionDigits: at === 0 ? 0 : 1 }).format(value)}${NO_BREAK_SPACE}${units[at]}`
}

// The month before this one, as days of the calendar here.
export function lastMonth(now = new Date()) {
  const iso = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`
  return { from: iso(new Date(now.getFullYear(), now.getMonth() - 1, 1)), to: iso(new Date(now.getFullYear(), now.getMonth(), 0)) }
}

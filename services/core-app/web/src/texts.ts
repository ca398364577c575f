// Everything the page says, in Russian and English.

export type Language = 'ru' | 'en'

// The price of a tariff over time, every part ready to be read.
interface PriceInWords {
  from: string
  to: string
  first: string
  last: string
  // Still offered.
  current: boolean
  lowest: string
  highest: string
}

const TEXTS = {
  ru: {
    title: 'Полис',
    subtitle: 'Страховые продукты с живыми ценами',
    line: 'Вид страхования',
    insurer: 'Страховщик',
    search: 'Поиск',
    searchHint: 'название, страховщик…',
    sort: 'Порядок',
    all: 'Все',
    sorts: { name: 'по названию', premium: 'сначала дешёвые', '-premium': 'сначала дорогие', insurer: 'по страховщику' },
    from: 'от',
    onRequest: 'цена по запросу',
    more: 'Показать ещё',
    nothing: 'Ничего не найдено. Измените условия поиска.',
    loading: 'Загрузка…',
    failed: 'Не удалось загрузить:',
    again: 'Повторить',
    history: 'История тарифов',
    tariff: 'Тариф',
    price: 'Премия',
    since: 'Действует с',
    until: 'до',
    current: 'сейчас',
    connecting: 'Подключаемся…',
    live: 'Цены обновляются сами',
    retrying: 'Связь потеряна, пробуем снова…',
    changes: (count: number) => `Обновлено цен: ${count}`,
    language: 'English',
    site: 'Страница страховщика',
    priceHistory: 'История цены',
    asTable: 'То же таблицей',
    noPrices: 'Цена этого продукта — по запросу, графика нет.',
    chart: 'График цены.',
    between: (from: string, to: string) => `С ${from} по ${to}`,
    unchangedSince: (since: string) => `Цена не менялась с ${since}`,
    lineUnchanged: (name: string, since: string, price: string) => `«${name}»: цена не менялась с ${since}, ${price}.`,
    lineChanged: (name: string, told: PriceInWords) =>
      `«${name}»: с ${told.from} по ${told.to}, сначала ${told.first}, ${told.current ? 'теперь' : 'в конце'} ${told.last}; самая низкая ${told.lowest}, самая высокая ${told.highest}.`,
  },
  en: {
    title: 'Polis',
    subtitle: 'Insurance products with live prices',
    line: 'Line of business',
    insurer: 'Insurer',
    search: 'Search',
    searchHint: 'name, insurer…',
    sort: 'Order',
    all: 'All',
    sorts: { name: 'by name', premium: 'cheapest first', '-premium': 'dearest first', insurer: 'by insurer' },
    from: 'from',
    onRequest: 'priced on request',
    more: 'Show more',
    nothing: 'Nothing found. Try other conditions.',
    loading: 'Loading…',
    failed: 'Could not load:',
    again: 'Try again',
    history: 'Tariff history',
    tariff: 'Tariff',
    price: 'Premium',
    since: 'Valid from',
    until: 'until',
    current: 'now',
    connecting: 'Connecting…',
    live: 'Prices update by themselves',
    retrying: 'Connection lost, retrying…',
    changes: (count: number) => `Prices updated: ${count}`,
    language: 'Русский',
    site: "Insurer's page",
    priceHistory: 'Price history',
    asTable: 'The same as a table',
    noPrices: 'This product is priced on request: there is no chart.',
    chart: 'Chart of the price.',
    between: (from: string, to: string) => `From ${from} to ${to}`,
    unchangedSince: (since: string) => `The price has not changed since ${since}`,
    lineUnchanged: (name: string, since: string, price: string) => `${name}: the price has not changed since ${since}, ${price}.`,
    lineChanged: (name: string, told: PriceInWords) =>
      `${name}: from ${told.from} to ${told.to}, at first ${told.first}, ${told.current ? 'now' : 'in the end'} ${told.last}; lowest ${told.lowest}, highest ${told.highest}.`,
  },
}

export type Texts = (typeof TEXTS)['ru']

const LINES: Record<string, Record<Language, string>> = {
  'motor-liability': { ru: 'ОСАГО', en: 'Motor liability' },
  hull: { ru: 'КАСКО', en: 'Hull' },
  travel: { ru: 'Путешествия', en: 'Travel' },
  property: { ru: 'Имущество', en: 'Property' },
  mortgage: { ru: 'Ипотека', en: 'Mortgage' },
  accident: { ru: 'Несчастный случай', en: 'Accident' },
  health: { ru: 'Здоровье', en: 'Health' },
}

const KEY = 'polis-language'

export const textsOf = (language: Language): Texts => TEXTS[language]

export const localeOf = (language: Language) => (language === 'ru' ? 'ru-RU' : 'en-GB')

export const lineName = (line: string, language: Language) => LINES[line]?.[language] ?? line

export function preferredLanguage(): Language {
  const stored = localStorage.getItem(KEY)
  if (stored === 'ru' || stored === 'en') return stored
  return navigator.language.startsWith('en') ? 'en' : 'ru'
}

export function remember(language: Language) {
  localStorage.setItem(KEY, language)
}

export function money(price: { amount: string; currency: string }, language: Language): string {
  const whole = /^\d+(\.0+)?$/.test(price.amount)
  const format = new Intl.NumberFormat(localeOf(language), {
    style: 'currency',
    currency: price.currency,
    minimumFractionDigits: whole ? 0 : 2,
    maximumFractionDigits: whole ? 0 : 4,
  })
  // The text goes in as it came: a binary fraction never stands between.
  return format.format(price.amount as unknown as number)
}

// A day of the calendar, the same wherever the reader is.
export function date(iso: string, language: Language): string {
  const format = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' })
  return format.format(new Date(`${iso}T00:00:00Z`))
}

// For tables, where there is little room.
export function shortDay(time: string, language: Language): string {
  const format = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'short', timeStyle: 'short' })
  return format.format(new Date(time))
}

export function day(time: string | number, language: Language): string {
  const format = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'short' })
  return format.format(new Date(time))
}

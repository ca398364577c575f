// The language of the page, and what it says in it.

import { EN } from './texts-en.js'
import { RU } from './texts-ru.js'

const TEXTS = { ru: RU, en: EN }
// The same as on the page of the marketplace.
const KEY = 'polis-language'

export let language = preferred()
// Everything the page says. Follows the language.
export let t = TEXTS[language]

export const russian = () => language === 'ru'

export const localeOf = () => (russian() ? 'ru-RU' : 'en-GB')

export const otherLanguage = () => (russian() ? 'en' : 'ru')

function preferred() {
  const stored = localStorage.getItem(KEY)
  if (stored === 'ru' || stored === 'en') return stored
  return navigator.language.startsWith('en') ? 'en' : 'ru'
}

export function speak(chosen) {
  language = chosen
  t = TEXTS[chosen]
  localStorage.setItem(KEY, chosen)
}

// What the service explains comes in both languages.
export const explanationOf = (found) => (russian() ? found.explanation_ru : found.explanation_en) ?? ''

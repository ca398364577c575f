// The page.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type Facets, type Filter, facets as loadFacets, products } from './api'
import { Card } from './card'
import { type Catalogue, EMPTY, apply, load, withdraw } from './catalogue'
import { Filters } from './filters'
import { hasMoved } from './focus'
import { type Connection, live } from './live'
import { asProblem } from './problem'
import { Sale, isSale } from './sale'
import { preferredLanguage, remember, textsOf } from './texts'

const ALL: Filter = { line: '', insurer: '', q: '', sort: 'name' }
// Letters typed in a row are one search.
const TYPING_MS = 250
// People who listen to the page hear how many prices changed, not each one.
const ANNOUNCE_MS = 10_000

// #/buy/insurer/product is ['', 'buy', insurer, product].
function routeOf(hash: string): string[] {
  try {
    return hash.replace(/^#/, '').split('/').map(decodeURIComponent)
  } catch {
    // An address that was mistyped is that of the list.
    return []
  }
}

export function App() {
  const [language, setLanguage] = useState(preferredLanguage)
  const [filter, setFilter] = useState<Filter>(ALL)
  const [catalogue, setCatalogue] = useState<Catalogue>(EMPTY)
  const [facets, setFacets] = useState<Facets>({ lines: [], insurers: [] })
  const [connection, setConnection] = useState<Connection>('connecting')
  const [loading, setLoading] = useState(true)
  const [failure, setFailure] = useState<string | null>(null)
  const [announcement, setAnnouncement] = useState('')
  const [route, setRoute] = useState(() => routeOf(window.location.hash))
  const list = useRef<HTMLElement>(null)
  // How far down the list was read.
  const read = useRef(0)
  const current = useRef(filter)
  const changed = useRef(0)
  const request = useRef(0)
  const texts = textsOf(language)

  const fetchPage = useCallback(async (wanted: Filter, before: Catalogue | null) => {
    const number = ++request.current
    setLoading(true)
    try {
      const page = await products(wanted, before?.next ?? null)
      // An answer that was overtaken by a later question is of no use.
      if (number !== request.current) return
      setCatalogue((shown) => load(page, before && shown))
      setFailure(null)
      live.start(page.sequence)
    } catch (error) {
      if (number === request.current) setFailure(asProblem(error).detail)
    } finally {
      if (number === request.current) setLoading(false)
    }
  }, [])

  const refreshFacets = useCallback(() => {
    loadFacets().then(setFacets, () => undefined)
  }, [])

  useEffect(() => {
    setConnection(live.connection)
    const leave = live.listen((message) => {
      switch (message.kind) {
        case 'connection':
          setConnection(message.connection)
          break
        case 'reset':
          void fetchPage(current.current, null)
          refreshFacets()
          break
        case 'product':
          changed.current += 1
          setCatalogue((shown) => apply(shown, message.product, current.current))
          break
        case 'withdrawn':
          setCatalogue((shown) => withdraw(shown, message.product))
          refreshFacets()
          break
      }
    })
    refreshFacets()
    const timer = window.setInterval(() => {
      if (changed.current > 0) setAnnouncement(textsOf(preferredLanguage()).changes(changed.current))
      changed.current = 0
    }, ANNOUNCE_MS)
    return () => {
      leave()
      window.clearInterval(timer)
    }
  }, [])

  useEffect(() => {
    const typing = current.current.q !== filter.q
    current.current = filter
    const timer = window.setTimeout(() => void fetchPage(filter, null), typing ? TYPING_MS : 0)
    return () => window.clearTimeout(timer)
  }, [filter])

  useEffect(() => {
    const follow = (event: HashChangeEvent) => {
      if (!isSale(routeOf(new URL(event.oldURL).hash))) read.current = window.scrollY
      setRoute(routeOf(window.location.hash))
    }
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])

  // A page that could not be loaded is tried again until it can.
  useEffect(() => {
    if (failure === null) return
    const timer = window.setTimeout(() => {
      void fetchPage(current.current, null)
      refreshFacets()
    }, 3000)
    return () => window.clearTimeout(timer)
  }, [failure, loading])

  // Together with the texts: a screen reader never reads them in the other language.
  useLayoutEffect(() => {
    document.documentElement.lang = language
    document.title = texts.title
    remember(language)
  }, [language])

  const sale = isSale(route)
  // Each page begins at its top, and the list where it was left.
  useLayoutEffect(() => {
    if (!hasMoved()) return
    window.scrollTo(0, sale ? 0 : read.current)
    if (!sale) list.current?.focus({ preventScroll: true })
  }, [route])
  return (
    <>
      <header>
        <div>
          <h1>{texts.title}</h1>
          <p>{texts.subtitle}</p>
        </div>
        <p class={`connection ${connection}`} role="status" data-connection={connection}>
          {texts[connection]}
        </p>
        <button type="button" class="language" lang={language === 'ru' ? 'en' : 'ru'} onClick={() => setLanguage(language === 'ru' ? 'en' : 'ru')}>
          {texts.language}
        </button>
      </header>
      {sale && (
        <main>
          <Sale route={route} language={language} />
        </main>
      )}
      <main aria-busy={loading} hidden={sale} ref={list} tabIndex={-1}>
        <Filters filter={filter} facets={facets} texts={texts} language={language} onChange={setFilter} />
        {failure !== null && (
          <p class="failure" role="alert">
            {texts.failed} {failure}{' '}
            <button type="button" onClick={() => void fetchPage(filter, null)}>
              {texts.again}
            </button>
          </p>
        )}
        <ul class="cards">
          {catalogue.entries.map((entry) => (
            <Card key={`${entry.product.insurer_id}/${entry.product.product_id}`} entry={entry} texts={texts} language={language} />
          ))}
        </ul>
        {!loading && failure === null && catalogue.entries.length === 0 && <p class="nothing">{texts.nothing}</p>}
        {catalogue.next !== null && (
          <button type="button" class="more" disabled={loading} onClick={() => void fetchPage(filter, catalogue)}>
            {texts.more}
          </button>
        )}
        <p class="unseen" aria-live="polite">
          {announcement}
        </p>
      </main>
    </>
  )
}

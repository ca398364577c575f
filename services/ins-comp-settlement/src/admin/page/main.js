// The page: its head, and the view that its address names.

import { onConnection } from './api.js'
import { button, h, link, replace } from './dom.js'
import { showBreaks } from './breaks.js'
import { showLetter } from './letter.js'
import { showLetters } from './letters.js'
import { Life } from './life.js'
import { showNewRun } from './new-run.js'
import { hush, speakIn } from './page.js'
import { showRegister } from './register.js'
import { showRegisters } from './registers.js'
import { showRun } from './run.js'
import { showRuns } from './runs.js'
import { showStory } from './story.js'
import { language, otherLanguage, speak, t } from './texts.js'

const SECTIONS = ['runs', 'breaks', 'registers', 'letters']
const LISTS = { runs: showRuns, breaks: showBreaks, registers: showRegisters, letters: showLetters }
const SINGLE = { runs: showRun, breaks: showStory, registers: showRegister, letters: showLetter }

const content = h('main', { id: 'content' })
const spoken = h('p', { class: 'spoken unseen', role: 'status' })
const connection = h('p', { class: 'connection', role: 'status' })
const top = h('header')
const foot = h('footer')
speakIn(spoken)

// What is shown, and the list that waits behind a story.
let shown = null
let waiting = null

// #/runs/7?kind=duplicate is the path runs, 7 and its query.
function routeOf(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?')
  return { hash, path: path.split('/').filter(Boolean), query: new URLSearchParams(query) }
}

function viewOf([section = 'runs', id, more]) {
  if (more !== undefined || !SECTIONS.includes(section)) return null
  if (section === 'runs' && id === 'new') return showNewRun
  if (id === undefined) return LISTS[section]
  return /^\d+$/.test(id) ? SINGLE[section] : null
}

function titled(text) {
  document.title = `${text} · ${t.title}`
}

function show(moved) {
  const route = routeOf(window.location.hash)
  const section = route.path[0] ?? 'runs'
  hush()
  for (const each of top.querySelectorAll('nav a')) {
    if (each.dataset.section === section) each.setAttribute('aria-current', 'page')
    else each.removeAttribute('aria-current')
  }
  leave(route)
  if (waiting?.route.hash === route.hash) {
    resume()
    return
  }
  if (!isStory(route)) forget()
  begin(route, section)
  if (!moved) return
  window.scrollTo(0, 0)
  content.querySelector('h2')?.focus({ preventScroll: true })
}

const isStory = ({ path }) => path[0] === 'breaks' && path[1] !== undefined

// A list from which a story is opened is come back to as it was left.
function leave(route) {
  if (shown === null) return
  const kept = isStory(route) && !isStory(shown.route)
  if (kept) {
    forget()
    waiting = { ...shown, read: window.scrollY, title: document.title }
  } else {
    shown.life.leave()
  }
  shown = null
}

function forget() {
  waiting?.life.leave()
  waiting = null
}

function resume() {
  shown = waiting
  waiting = null
  replace(content, shown.place)
  document.title = shown.title
  window.scrollTo(0, shown.read)
  // Its row may have been made anew meanwhile.
  const from = [...shown.place.querySelectorAll('a')].find((each) => each.getAttribute('href') === shown.from)
  from?.focus({ preventScroll: true })
}

function begin(route, section) {
  const life = new Life()
  const place = h('div', { class: 'view' })
  shown = { route, life, place, from: null }
  const here = shown
  route.title = (text) => {
    if (shown === here) titled(text)
    here.title = document.title
  }
  // The address follows what is chosen, without a step of its own on the way back.
  route.keep = (values) => {
    const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''))
    route.hash = `#/${route.path.join('/')}${query.size > 0 ? `?${query}` : ''}`
    window.history.replaceState(null, '', route.hash)
  }
  place.addEventListener('click', ({ target }) => {
    here.from = target.closest('a')?.getAttribute('href')
  })
  replace(content, place)
  titled(t[section] ?? t.nothingHere)
  const view = viewOf(route.path)
  if (view === null) place.append(h('h2', { tabindex: '-1' }, t.nothingHere), link('#/runs', t.runs))
  else view(place, route, life)
}

function frame() {
  document.documentElement.lang = language
  const other = otherLanguage()
  const skip = button(t.toContent, () => (content.querySelector('h2') ?? content).focus(), { class: 'skip' })
  const change = () => {
    speak(other)
    frame()
    forget()
    show(false)
    top.querySelector('.language').focus()
  }
  replace(
    top,
    skip,
    h('div', {}, h('h1', {}, t.name), h('p', {}, t.subtitle)),
    h(
      'nav',
      { 'aria-label': t.sections },
      SECTIONS.map((section) => link(`#/${section}`, t[section], { data: { section } })),
    ),
    connection,
    button(t.language, change, { class: 'language', lang: other }),
  )
  replace(foot, t.service, ' ', link('/actors', t.actors), ', ', link('/metrics', t.metrics))
  connected(connection.dataset.connection)
}

function connected(state) {
  if (!state) return
  connection.dataset.connection = state
  connection.className = `connection ${state}`
  replace(connection, state === 'live' ? t.connected : t.disconnected)
}

document.body.append(top, spoken, content, foot)
frame()
onConnection((answers) => connected(answers ? 'live' : 'retrying'))
window.addEventListener('hashchange', () => show(true))
show(false)

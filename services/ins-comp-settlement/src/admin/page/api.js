// Questions and orders to the service. Whatever goes wrong is a Problem: as the service says it (RFC 9457), or that it could not be
// asked.

export class Problem extends Error {
  // `status` is 0 when there was no answer; `more` are the members of its own.
  constructor(status, detail, more = {}) {
    super(detail)
    this.status = status
    this.more = more
  }

  // Whether the same can succeed in a moment.
  get passing() {
    return [0, 500, 502, 503, 504].includes(this.status)
  }
}

export const asProblem = (error) =>
  error instanceof Problem ? error : new Problem(-1, error instanceof Error ? error.message : String(error))

const listeners = new Set()
let connected = null

// Tells whether the service answers, now and whenever that changes.
export function onConnection(listen) {
  listeners.add(listen)
  if (connected !== null) listen(connected)
}

function tell(answers) {
  if (answers === connected) return
  connected = answers
  for (const listen of listeners) listen(answers)
}

const OF_EVERY_PROBLEM = new Set(['type', 'title', 'status', 'detail'])

function problemOf(status, text) {
  let told = {}
  try {
    told = JSON.parse(text)
  } catch {
    // Whatever stands between us and the service answers in words of its own.
  }
  const more = Object.entries(told ?? {}).filter(([name]) => !OF_EVERY_PROBLEM.has(name))
  return new Problem(status, told?.detail ?? (text.slice(0, 500).trim() || `HTTP ${status}`), Object.fromEntries(more))
}

// A parameter that is empty; other empty ones are not asked with.
export const EMPTY = Symbol('empty')

export function address(path, query = {}) {
  const asked = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const given = asked.map(([name, value]) => [name, value === EMPTY ? '' : value])
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

async function ask(path, options) {
  let answer
  try {
    answer = await fetch(path, { cache: 'no-store', ...options })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    tell(false)
    throw new Problem(0, error.message)
  }
  tell(true)
  if (!answer.ok) throw problemOf(answer.status, await answer.text().catch(() => ''))
  return answer
}

const json = (answer) => answer.json().catch(() => Promise.reject(new Problem(0, 'the answer broke off')))

export const get = async (path, query, signal) => json(await ask(address(path, query), { signal, headers: { accept: 'application/json' } }))

export const post = async (path, body = {}) =>
  json(await ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }))

// A list, whether it is the answer or a member of it.
export const listOf = (answer) => (Array.isArray(answer) ? answer : (Object.values(answer ?? {}).find(Array.isArray) ?? []))

// Sends a file; `progress` is told which part of it has gone. Only this old interface tells that.
export function upload(path, query, file, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const stop = () => request.abort()
    request.upload.addEventListener('progress', (event) => progress(event.lengthComputable ? event.loaded / event.total : null))
    request.addEventListener('load', () => {
      tell(true)
      if (request.status < 200 || request.status > 299) return reject(problemOf(request.status, request.responseText))
      try {
        resolve(JSON.parse(request.responseText))
      } catch {
        reject(new Problem(0, 'the answer broke off'))
      }
    })
    request.addEventListener('error', () => {
      // A file that was changed or taken away after it was chosen ends here as well.
      tell(false)
      reject(new Problem(0, 'the file could not be sent to its end'))
    })
    request.addEventListener('abort', () => reject(new Problem(0, 'sending was stopped')))
    request.addEventListener('loadend', () => signal.removeEventListener('abort', stop))
    signal.addEventListener('abort', stop)
    request.open('POST', address(path, query))
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.send(file)
  })
}

// Long enough for any browser to have begun to save.
const KEPT_MS = 60_000

// Saves what is answered under the name that the service gives it.
export async function save(path, query) {
  const answer = await ask(address(path, query))
  const file = await answer.blob().catch(() => Promise.reject(new Problem(0, 'the file broke off')))
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = nameIn(answer.headers.get('content-disposition') ?? '') ?? 'polis'
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS)
  return link.download
}

function nameIn(disposition) {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  try {
    if (encoded) return decodeURIComponent(encoded)
  } catch {
    // The plain name is there as well.
  }
  return /filename="?([^";]+)"?/i.exec(disposition)?.[1]
}

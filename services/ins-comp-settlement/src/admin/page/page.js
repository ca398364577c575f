// What every view may do to the page around it.

const spoken = { place: null }

// Where messages are said aloud and, when they matter to everybody, shown.
export function speakIn(place) {
  spoken.place = place
}

// Says something to whoever listens to the page; `shown` lets it be read as well, until the view after the next one.
export function say(text, shown = false) {
  spoken.place.classList.toggle('unseen', !shown)
  spoken.place.textContent = text
  spoken.fresh = shown
}

// Another view has come: what was shown was about the one before.
export function hush() {
  if (!spoken.fresh) {
    spoken.place.classList.add('unseen')
    spoken.place.textContent = ''
  }
  spoken.fresh = false
}

export const go = (hash) => {
  window.location.hash = hash
}

// Breaks that were decided, for lists that show them elsewhere.
const DECIDED = 'polis-decided'

export const tellDecided = (breaks) => window.dispatchEvent(new CustomEvent(DECIDED, { detail: breaks }))

export const onDecided = (signal, take) => window.addEventListener(DECIDED, ({ detail }) => take(detail), { signal })

// Whoever does not see the page is put at the heading of what comes next when what they stood on is gone.

import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

// A page that was just loaded is read from its top.
let moved = false
window.addEventListener('hashchange', () => {
  moved = true
})

export const hasMoved = () => moved

// Focuses `place` when it comes with a step within the page, or when `step` changes. Leaves somebody alone who is elsewhere.
export function useFocus(place: RefObject<HTMLElement | null>, step: unknown) {
  const before = useRef(false)
  useEffect(() => {
    const first = !before.current
    before.current = true
    const free = document.activeElement === null || document.activeElement === document.body
    if (free && (!first || moved)) place.current?.focus()
  }, [step])
}

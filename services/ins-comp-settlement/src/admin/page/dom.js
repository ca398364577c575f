// Elements, made without markup: whatever comes from outside becomes text and nothing else.

const PROPERTIES = new Set(['checked', 'disabled', 'hidden', 'indeterminate', 'max', 'open', 'selected', 'value'])

// An element. `data` are its data attributes, `on` what listens to it; what is null or undefined is left away.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && value !== undefined) set(element, name, value)
  }
  element.append(...nodes(children))
  return element
}

function set(element, name, value) {
  if (name === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener)
  else if (name === 'data') for (const [key, text] of Object.entries(value)) mark(element, key, text)
  else if (PROPERTIES.has(name)) element[name] = value
  else if (value === true) element.setAttribute(name, '')
  else if (value !== false) element.setAttribute(name, value)
}

function mark(element, key, text) {
  if (text !== null && text !== undefined) element.dataset[key] = text
}

const nodes = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== '')

export const replace = (place, ...children) => place.replaceChildren(...nodes(children))

// A button that does something here.
export const button = (text, press, properties = {}) => h('button', { type: 'button', ...properties, on: { click: press } }, text)

export const link = (href, text, properties = {}) => h('a', { href, ...properties }, text)

// Pairs of a name and what it is; pairs without anything are left away, and so is a list of none.
export function facts(pairs, properties = {}) {
  const known = pairs.filter((pair) => pair && pair[1] !== null && pair[1] !== undefined && pair[1] !== '')
  return known.length === 0
    ? null
    : h(
        'dl',
        { class: 'facts', ...properties },
        known.map(([name, ...what]) => [h('dt', {}, name), h('dd', {}, what)]),
      )
}

// What was made from which value.
const MADE = new WeakMap()

// Fills a place again only when the value it shows has changed: whoever reads or writes in it is not disturbed.
export function refill(place, value, make) {
  const text = JSON.stringify(value)
  if (MADE.get(place) === text) return
  MADE.set(place, text)
  const at = focusIn(place)
  replace(place, make())
  takeFocus(place, at)
}

// Shows a list, one child per item. Children of items that have not changed stay as they are, and so does the focus.
export function keyed(parent, items, keyOf, make) {
  const before = new Map([...parent.children].map((child) => [MADE.get(child)?.key, child]))
  const children = items.map((item) => {
    const key = keyOf(item)
    const text = JSON.stringify(item)
    const old = before.get(key)
    if (old && MADE.get(old).text === text) return old
    const child = make(item)
    MADE.set(child, { key, text })
    if (old) {
      const at = focusIn(old)
      old.replaceWith(child)
      takeFocus(child, at)
    }
    return child
  })
  const stay = new Set(children)
  for (const child of [...parent.children]) if (!stay.has(child)) child.remove()
  let next = parent.firstChild
  for (const child of children) {
    if (child === next) next = next.nextSibling
    else parent.insertBefore(child, next)
  }
}

const focusable = (place) => [...place.querySelectorAll('a, button, input, select, textarea, summary')]

const focusIn = (place) => focusable(place).indexOf(document.activeElement)

function takeFocus(place, at) {
  if (at >= 0) focusable(place)[at]?.focus({ preventScroll: true })
}

// The page of core-app in a browser that is told what to do.
import { readFileSync } from 'node:fs'
import { LONG, address, browser, check, context, counts, fitsPhone, obey } from './driven.mjs'
import { buyByKeyboard } from './keyboard.mjs'

let pages = []

const connection = (state) =>
  Promise.all(pages.map((page) => page.waitForSelector(`[data-connection="${state}"]`, { timeout: LONG })))

const card = (key) => `[data-key="${key}"]`

const cards = (page) => page.locator('.card').count()

// Shows all pages of the list; answers how many products there are.
const everything = async (page) => {
  for (;;) {
    const before = await cards(page)
    if ((await page.locator('.more').count()) === 0) return before
    await page.click('.more')
    await page.waitForFunction(
      (count) => document.querySelectorAll('.card').length > count || !document.querySelector('.more'), before)
  }
}

// Waits for a list that differs in length, shows all of it.
const another = async (page, before) => {
  await page.waitForFunction((count) => document.querySelectorAll('.card').length !== count, before)
  return everything(page)
}

const commands = {
  async open(count) {
    for (let n = 0; n < Number(count); n += 1) {
      const page = await context.newPage()
      page.on('pageerror', (error) => console.error('page error:', error))
      await page.goto(address)
      await page.waitForSelector('.card')
      await everything(page)
      // Gone after a reload.
      await page.evaluate(() => { window.loadedOnce = true })
      pages.push(page)
    }
  },
  live: () => connection('live').then(() => 'ok'),
  retrying: () => connection('retrying').then(() => 'ok'),
  async price(key, amount) {
    const began = Date.now()
    for (const page of pages) {
      await page.waitForSelector(`${card(key)} strong[data-amount="${amount}"]`, { timeout: LONG })
      check(await page.evaluate(() => window.loadedOnce), 'the page was reloaded')
      const premium = await page.getAttribute(`${card(key)} .premium`, 'class')
      check(premium.includes('changed'), `the change is not highlighted: ${premium}`)
    }
    return Date.now() - began
  },
  async 'close-leader'() {
    // The first page opened is the first in line for the lock.
    await pages.shift().close()
  },
  async languages() {
    const page = pages[0]
    check((await page.textContent('h1')) === 'Полис', 'the page is not in Russian for a Russian browser')
    await page.click('.language')
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Polis')
    check((await page.getAttribute('html', 'lang')) === 'en', 'the page says that it is in another language than its texts')
    await page.click('.language')
  },
  async filters() {
    const page = pages[0]
    const all = await cards(page)
    await page.selectOption('select[name=line]', 'health')
    const health = await another(page, all)
    check(health < all, 'the filter shows as much as no filter')
    await counts(page, '.on-request', 3, 'plans without a price are not shown as priced on request')
    await page.selectOption('select[name=line]', '')
    check((await another(page, health)) === all, 'without the filter there are not as many products as before')
    await page.fill('input[name=q]', 'нет такого')
    await page.waitForSelector('.nothing')
    await page.fill('input[name=q]', '')
    check((await another(page, 0)) === all, 'without a text there are not as many products as before')
    await page.selectOption('select[name=sort]', 'premium')
    await page.waitForFunction(() => {
      const prices = [...document.querySelectorAll('strong[data-amount]')].map((e) => Number(e.dataset.amount))
      return prices.length > 3 && prices.every((price, at) => at === 0 || prices[at - 1] <= price)
    })
  },
  async history(key) {
    const page = pages[0]
    await page.click(`${card(key)} summary`)
    await page.waitForSelector(`${card(key)} tr.past`)
    check((await page.locator(`${card(key)} tr.now`).count()) >= 1, 'the current tariff is not in the history')
  },
  async phone() {
    const page = pages[0]
    await page.setViewportSize({ width: 360, height: 740 })
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth > window.innerWidth)
    check(!wide, 'the page is wider than a phone')
    const unnamed = await page.evaluate(() => {
      const named = (e) => e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')
      return [...document.querySelectorAll('button, select, input, summary, a')].filter((e) => !named(e)).length
    })
    check(unnamed === 0, `${unnamed} controls have no name`)
  },
}

// Buying, in a page of its own.
let buyer = null
const shown = (status) => buyer.waitForSelector(`[data-status="${status}"]`, { timeout: LONG })
const premium = () => buyer.getAttribute('[data-premium]', 'data-premium')

// The chart of the price, by its accessible name.
const chartOn = async (page) => {
  const chart = page.getByRole('img', { name: 'График цены' })
  await chart.waitFor({ timeout: LONG })
  check((await chart.locator('path').count()) >= 1, 'the chart has no line')
  return chart.getAttribute('aria-label')
}

Object.assign(commands, {
  async buy(key) {
    buyer = await context.newPage()
    buyer.on('pageerror', (error) => console.error('page error:', error))
    await buyer.goto(address)
    await buyer.waitForSelector('.card')
    await everything(buyer)
    await buyer.click(`${card(key)} .buy`)
    await buyer.waitForSelector('.choice')
    await fitsPhone(buyer, 'the choice of a tariff')
    await buyer.click('.choice button[type=submit]')
    await shown('quoted')
    await chartOn(buyer)
    await fitsPhone(buyer, 'the quote')
    return premium()
  },
  async 'price-changed'() {
    // What was typed is there after the new quote.
    await buyer.fill('input[name=name]', 'Ирина')
    await buyer.waitForSelector('[data-price-changed]', { timeout: LONG })
    await fitsPhone(buyer, 'the notice of a new price')
    const before = await premium()
    await buyer.click('[data-price-changed] button')
    await buyer.waitForSelector(`[data-premium]:not([data-premium="${before}"])`, { timeout: LONG })
    await buyer.waitForSelector('[data-price-changed]', { state: 'detached', timeout: LONG })
    check((await buyer.inputValue('input[name=name]')) === 'Ирина', 'what was typed is gone')
    return premium()
  },
  // An open chart follows the price.
  async 'chart-says'(amount) {
    const says = (text) => document.querySelector('.sale svg[role=img]')?.ariaLabel?.replace(/\s/g, '').includes(text)
    await buyer.waitForFunction(says, `${amount}₽`, { timeout: LONG })
  },
  // A chart of a product that is opened at its own address; answers what it says.
  async chart(key) {
    const page = await context.newPage()
    await page.goto(`${address}#/buy/${key}`)
    const name = await chartOn(page)
    await fitsPhone(page, 'the chart')
    await page.close()
    return name
  },
  async apply() {
    // Slips are shown before anything is sent.
    await buyer.fill('input[name=name]', 'Ирина')
    await buyer.fill('input[name=email]', 'irina@example')
    await buyer.click('.applicant button[type=submit]')
    await counts(buyer, '[aria-invalid=true]', 4, 'not every wrong field is marked')
    await buyer.fill('input[name=name]', 'Ирина Вымышленная')
    await buyer.fill('input[name=born_on]', '1990-02-03')
    await buyer.fill('input[name=email]', 'irina@example.org')
    await buyer.fill('input[name=phone]', '+7 900 000-00-00')
    await counts(buyer, '[aria-invalid=true]', 0, 'a mended field is still marked')
    // By keyboard.
    await buyer.press('input[name=phone]', 'Enter')
    await shown('reserved')
    check(/^\d+:\d\d$/.test(await buyer.textContent('.sale time')), 'there is no countdown')
    await fitsPhone(buyer, 'the reservation')
  },
  async pay(number, code) {
    await buyer.click('.sale button.main')
    await buyer.click('.sale a.main')
    await buyer.fill('input[name=card]', number)
    await buyer.click('button')
    if (code) {
      await buyer.fill('input[name=code]', code)
      await buyer.click('button')
    }
  },
  async status(status) {
    await shown(status)
  },
  async policy() {
    const number = await buyer.getAttribute('[data-policy]', 'data-policy')
    await buyer.click('[data-history] summary')
    await buyer.waitForSelector('[data-event="confirmed"]', { timeout: LONG })
    await fitsPhone(buyer, 'the policy')
    return number
  },
  // The application and its token, which only this browser has.
  async application() {
    const id = new URL(buyer.url()).hash.split('/').pop()
    const token = await buyer.evaluate((id) => localStorage.getItem(`polis-application-${id}`), id)
    return `${id} ${token}`
  },
  // The first letters of the document.
  async download() {
    const [download] = await Promise.all([
      buyer.waitForEvent('download', { timeout: LONG }),
      buyer.click('[data-download]'),
    ])
    check(download.suggestedFilename().endsWith('.pdf'), `the document is called ${download.suggestedFilename()}`)
    return readFileSync(await download.path()).subarray(0, 5).toString('latin1')
  },
  // Somebody who never bought anything scans the code of a policy; answers what the page says of it.
  async 'check-policy'(number, code) {
    const stranger = await browser.newContext({ locale: 'ru-RU' })
    const page = await stranger.newPage()
    await page.goto(`${address}#/policies/${number}/${code}`)
    const answer = await page.waitForSelector('[data-validity]', { timeout: LONG })
    const validity = await answer.getAttribute('data-validity')
    check((await answer.textContent()).trim() !== '', 'the page says it in colour only')
    await fitsPhone(page, 'the check of a policy')
    await stranger.close()
    return validity
  },
  async 'cancel-policy'() {
    await buyer.click('.sale .cancel')
    await buyer.click('.sale .cancel')
    await shown('cancelled')
    await buyer.waitForSelector('[data-event="refunded"]', { timeout: LONG })
  },
  'buy-by-keyboard': () => buyByKeyboard(browser, address, LONG),
  async picture(path) {
    await (buyer ?? pages[0]).screenshot({ path, fullPage: true })
  },
})

await obey(commands)

// The page of settlement in a browser that is told what to do.
import { readFileSync } from 'node:fs'
import { LONG, address, check, context, fitsPhone, obey } from './driven.mjs'

const page = await context.newPage()
page.on('pageerror', (error) => console.error('page error:', error))

const shown = (selector) => page.waitForSelector(selector, { timeout: LONG })

// Everything that can be pressed or filled in has a name.
const named = async (what) => {
  const unnamed = await page.evaluate(() => {
    const name = (e) => e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')
    return [...document.querySelectorAll('button, select, input, summary, a')].filter((e) => !name(e)).length
  })
  check(unnamed === 0, `${what} has ${unnamed} controls without a name`)
}

const looksWell = async (what) => {
  await fitsPhone(page, what)
  await named(what)
}

await obey({
  async open() {
    await page.goto(address)
    await shown('[data-connection="live"]')
    check((await page.getAttribute('html', 'lang')) === 'ru', 'the page is not in Russian for a Russian browser')
    await looksWell('the list of runs')
  },
  // Sends the file of a register and waits for its run; answers its number.
  async reconcile(insurer, from, to, file) {
    await page.click('a[href="#/runs/new"]')
    await shown('form[data-new-run]')
    await looksWell('the form of a run')
    await page.selectOption('form[data-new-run] select[name=insurer]', insurer)
    await page.fill('form[data-new-run] input[name=from]', from)
    await page.fill('form[data-new-run] input[name=to]', to)
    await page.setInputFiles('form[data-new-run] input[name=file]', file)
    await page.fill('form[data-new-run] input[name=by]', 'ольга')
    await page.fill('form[data-new-run] input[name=why]', 'за месяц')
    await page.click('form[data-new-run] button.main')
    const run = await shown('[data-run][data-state="done"] >> visible=true')
    await shown('.found tr[data-break]')
    await looksWell('a run')
    return run.getAttribute('data-run')
  },
  // Shows breaks of one kind only; answers how many there are.
  async kind(kind) {
    await page.selectOption('.found select[name=kind]', kind)
    const only = (kind) => {
      const rows = [...document.querySelectorAll('.found tr[data-break]')]
      return rows.length > 0 && rows.every((row) => row.dataset.kind === kind)
    }
    await page.waitForFunction(only, kind, { timeout: LONG })
    return page.locator('.found tr[data-break]').count()
  },
  // The file that a button saves: its name and its first letters.
  async export(format) {
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: LONG }),
      page.click(`[data-export=${format}]`),
    ])
    const letters = readFileSync(await download.path()).subarray(0, 5).toString('latin1')
    return `${download.suggestedFilename()} ${letters}`
  },
  // Opens the story of the first break that is listed; answers its number.
  async story() {
    await page.click('.found tr[data-break] a[href^="#/breaks/"]')
    const story = await shown('[data-story]')
    await shown('.timeline li[data-event="found"]')
    await looksWell('the story of a break')
    return story.getAttribute('data-story')
  },
  // Decides upon the break whose story is open; answers what has happened to it, in order.
  async decide(state, owner, ...why) {
    const form = 'main form[data-decide]'
    await page.selectOption(`${form} select[name=state]`, state)
    await page.fill(`${form} input[name=owner]`, owner)
    await page.fill(`${form} input[name=why]`, why.join(' '))
    await page.click(`${form} button.main`)
    await shown(`.timeline li[data-event="decided"][data-state="${state}"]`)
    const said = await page.textContent('.timeline li[data-event="decided"]')
    check(said.includes('ольга') && said.includes(why.join(' ')), `the decision is told of as: ${said}`)
    return page.$$eval('.timeline li', (all) => all.map((each) => each.dataset.event).join(' '))
  },
  // Back at the run, the break shows what was decided.
  async back(id) {
    await page.goBack()
    const row = await shown(`.found tr[data-standing="${id}"]`)
    return row.getAttribute('data-state')
  },
  async picture(path) {
    await page.screenshot({ path, fullPage: true })
  },
})

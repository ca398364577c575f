// Headless Chromium that takes commands from standard input, one per line, and answers each with one line.
import { createInterface } from 'node:readline'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

export const address = process.argv[2]
export const LONG = 60_000
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = process.env.CHROMIUM ?? places.find((path) => existsSync(path))
export const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
export const context = await browser.newContext({ locale: 'ru-RU' })

export const check = (condition, what) => {
  if (!condition) throw new Error(what)
}

// The page renders when it is ready to: what it shows is waited for, with a limit.
export const counts = async (page, selector, wanted, what) => {
  const counted = ([selector, wanted]) => document.querySelectorAll(selector).length === wanted
  await page.waitForFunction(counted, [selector, wanted], { timeout: LONG }).catch(() => { throw new Error(what) })
}

// The page is as wide as before afterwards.
export const fitsPhone = async (page, what) => {
  const before = page.viewportSize()
  await page.setViewportSize({ width: 360, height: 740 })
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth > window.innerWidth)
  await page.setViewportSize(before)
  check(!wide, `${what} is wider than a phone`)
}

// Does what it is told until nobody tells it anything more.
export const obey = async (commands) => {
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, ...rest] = line.trim().split(' ')
    try {
      const answer = await commands[command](...rest)
      console.log(String(answer ?? 'ok'))
    } catch (error) {
      console.log(`failed: ${String(error).replaceAll('\n', ' ')}`)
    }
  }
  await browser.close()
}

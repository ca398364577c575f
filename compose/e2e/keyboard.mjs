// Somebody who reads English and has no mouse buys a policy: every control is reached by Tab, pressed and typed into.

// More stops than any of the pages has.
const MOST_TABS = 300
// The second of February, so that it does not matter whether the day or the month is typed first.
const BORN_ON = '02021990'

export async function buyByKeyboard(browser, address, limit) {
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error('page error:', error))
  const reach = async (selector) => {
    await page.waitForSelector(selector, { timeout: limit })
    for (let stops = 0; stops < MOST_TABS; stops += 1) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`${selector} is not reached by keyboard`)
  }
  const press = async (selector) => {
    await reach(selector)
    await page.keyboard.press('Enter')
  }
  const type = async (selector, text) => {
    await reach(selector)
    await page.keyboard.type(text)
  }
  // Names of products, tariffs and insurers stay as they are; everything that is ours is in English.
  const reads = async (status, text) => {
    await page.waitForSelector(`[data-status="${status}"]`, { timeout: limit })
    const told = await page.textContent('[data-status]')
    if (told.trim() !== text) throw new Error(`the status is told as ${told}`)
    const foreign = await page.evaluate(() => {
      const ours = [...document.querySelectorAll('.sale button, .sale dt, .sale h3, .sale .wrong, .applicant label')]
      return ours.map((element) => element.textContent).filter((text) => /\p{Script=Cyrillic}/u.test(text))
    })
    if (foreign.length > 0) throw new Error(`not in English: ${foreign.join(', ')}`)
  }

  await page.goto(address)
  await press('.card .buy')
  await press('.choice button[type=submit]')
  await reads('quoted', 'Quoted')
  if ((await page.getAttribute('html', 'lang')) !== 'en') throw new Error('the page says that it is not in English')
  await type('input[name=name]', 'Jane Invented')
  await type('input[name=born_on]', BORN_ON)
  await type('input[name=email]', 'jane@example.org')
  await type('input[name=phone]', '+44 20 7946 0000')
  await press('.applicant button[type=submit]')
  await reads('reserved', 'Reserved')
  await press('.sale button.main')
  await press('.sale a.main')
  // The card that the sandbox proposes.
  await press('input[name=card]')
  await reads('confirmed', 'Policy issued')
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: limit }), press('[data-download]')])
  const number = await page.getAttribute('[data-policy]', 'data-policy')
  if (download.suggestedFilename() !== `${number}.pdf`) throw new Error(`the document is ${download.suggestedFilename()}`)
  await context.close()
  return number
}

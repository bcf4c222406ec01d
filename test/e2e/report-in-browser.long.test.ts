import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { analyze } from '../../src/refinery/analyze.ts'
import { readTrace } from '../../src/refinery/import/read-trace.ts'
import { htmlReport } from '../../src/refinery/report/html.ts'
import { syntheticTrace } from '../../src/sandbox/traces/synthetic-trace.ts'
import { hostileTexts } from '../refinery/hostile-texts.ts'
import { hostileTrace } from '../refinery/hostile-trace.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
const options = executablePath ? {} : { skip: 'there is no Chromium on this machine' }
const folder = mkdtempSync(join(tmpdir(), 'report-'))
let browser: Browser | undefined
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})
after(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The page of a report, and what it tried beyond being read. */
async function open(name: string, trace: unknown, more: Parameters<Browser['newPage']>[0] = {}) {
  assert.ok(browser)
  const read = readTrace(JSON.stringify(trace))
  assert.ok(read.ok)
  const path = join(folder, name)
  writeFileSync(path, htmlReport(analyze(read.value, { expected: 'It should answer the question' })))
  const page = await browser.newPage({ viewport: { width: 1_100, height: 900 }, ...more })
  const tried: string[] = []
  page.on('request', (request) => tried.push(request.url()))
  page.on('dialog', (dialog) => {
    tried.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => tried.push(`error ${error.message}`))
  page.on('console', (message) => tried.push(`console ${message.text()}`))
  page.on('popup', (popup) => tried.push(`popup ${popup.url()}`))
  const address = pathToFileURL(path).href
  await page.goto(address, { waitUntil: 'load' })
  return { page, tried: () => tried.filter((one) => one !== address), address }
}

test('report in a browser: a hundred hostile texts ask for nothing and run nothing', options, async () => {
  const { page, tried, address } = await open(
    'hostile.html',
    hostileTrace(hostileTexts.map(({ text }) => text)),
  )
  const steps = await page.locator('details').count()
  assert.ok(steps > 200, `${steps} steps`)
  for (const element of [
    'script',
    'img',
    'iframe',
    'object',
    'embed',
    'form',
    'input',
    'button',
    'link',
    'base',
    'a:not([href^="#step-"])',
  ])
    assert.equal(await page.locator(element).count(), 0, element)
  const hovered = page.locator('summary').first()
  await hovered.hover()
  await hovered.click()
  await page.locator('a[href="#step-2"]').first().click()
  await page.waitForTimeout(200)
  assert.equal(page.url(), `${address}#step-2`)
  assert.match(await page.title(), /^What went wrong: /)
  assert.deepEqual(tried(), [])
  await page.close()
})

test('report in a browser: were there a script, the page would not run it', options, async () => {
  const { page } = await open('plain.html', hostileTrace(['x']))
  const policy = page.locator('meta[http-equiv="Content-Security-Policy"]')
  assert.match((await policy.getAttribute('content')) ?? '', /^default-src 'none'; style-src 'unsafe-inline'/)
  const refused = page.waitForEvent('console', (message) => /Content Security Policy/.test(message.text()))
  await page.evaluate(
    `document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "run"' }))`,
  )
  await refused
  assert.notEqual(await page.title(), 'run')
  await page.close()
})

const isShown = (page: Page, text: string) => page.getByText(text).first().isVisible()

test(
  'report in a browser: the first page tells what a reader needs, and evidence opens in its place',
  options,
  async () => {
    const made = syntheticTrace({ runs: 14, seed: 1, plant: 'broken-promise' })
    const { page, tried } = await open('memory.html', made?.trace)
    for (const title of [
      'What went wrong',
      'What should have happened',
      'Where it began',
      'What to change',
      'The course of events',
    ])
      assert.ok(await isShown(page, title), title)
    const top = (await page.getByText('What to change').first().boundingBox())?.y ?? Number.POSITIVE_INFINITY
    assert.ok(top < 900, `what to change stands at ${top} px, below the first page`)
    const healthy = page.locator('#step-2')
    assert.equal(await healthy.getAttribute('open'), null)
    await healthy.locator('summary').click()
    assert.equal(await healthy.getAttribute('open'), '')
    const origin = page.locator('details.origin')
    assert.match((await origin.locator('mark').first().textContent()) ?? '', /from now on/)
    assert.deepEqual(tried(), [])
    await page.close()
  },
)

test('report in a browser: it fits a phone', options, async () => {
  const made = syntheticTrace({ runs: 35, seed: 1, plant: 'tool-failure' })
  const { page } = await open('phone.html', made?.trace, { viewport: { width: 390, height: 800 } })
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  assert.ok(width <= 390, `${width} px`)
  await page.close()
})

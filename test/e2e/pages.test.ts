// Can everybody use the pages? On a phone and a desk, light and dark, in each language, by keyboard alone, with
// colours forced by the system; axe-core looks for what a screen reader would stumble over. WCAG 2.2 AA.

import axeCore from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Colour, contrast, leastContrast } from '../../src/appearance/colours.ts'
import { screenshot, startChromium } from './support/chromium.ts'
import { freePorts, scratchDirectory } from './support/loopback.ts'
import { type Gallery, gallery, startGallery } from './support/page-gallery.ts'
import { type RunningProcess, startProcess } from './support/running-process.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'

const names = [...gallery.keys()]
const sizes = { phone: { width: 360, height: 640 }, desk: { width: 1280, height: 800 } } as const

type ContextOptions = Parameters<Browser['newContext']>[0]

let browser: Browser
let shown: Gallery
/** What the browser itself had to complain about: a blocked style, picture, form or script. */
const complaints: string[] = []

async function inPage<T>(options: ContextOptions, use: (page: Page) => Promise<T>): Promise<T> {
  const context: BrowserContext = await browser.newContext(options)
  try {
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
    return await use(page)
  } finally {
    await context.close()
  }
}

/** Rules of axe-core that the page breaks, with the elements. */
async function violations(
  page: Page,
  rules: Readonly<Record<string, { readonly enabled: boolean }>> = {},
): Promise<readonly string[]> {
  await page.evaluate(axeCore.source)
  return page.evaluate(async (chosen) => {
    const result = await window.axe.run(document, { rules: chosen })
    return result.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 120)} ${node.failureSummary ?? ''}`),
    )
  }, rules)
}

/** What on the page is wider than the window, moves, or is too small for a thumb. */
const flaws = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const found: string[] = []
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth) found.push(`scrolls sideways: ${scrollWidth} of ${clientWidth}`)
    for (const element of document.querySelectorAll('body *')) {
      const box = element.getBoundingClientRect()
      const name = element.outerHTML.slice(0, 80)
      if (box.right > clientWidth + 0.5 || box.left < -0.5) found.push(`sticks out: ${name}`)
      const { animationName, transitionDuration } = getComputedStyle(element)
      if (animationName !== 'none' || transitionDuration !== '0s') found.push(`moves: ${name}`)
      const isTarget = element.matches('a, button, input:not([type=hidden])')
      // A label around a checkbox is pressed like the box itself.
      const pressed = element.closest('label') ?? element
      const { height } = pressed.getBoundingClientRect()
      if (isTarget && height < 44) found.push(`${height}px high: ${name}`)
    }
    return found
  })

declare global {
  // Put there by `page.evaluate`.
  var axe: typeof import('axe-core')
}

/** What has the focus, and whether one can see that. */
const focus = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    const { outlineStyle, outlineWidth } = getComputedStyle(element ?? document.body)
    const visible = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
    const name = element?.getAttribute('name') ?? element?.textContent?.trim() ?? ''
    return `${name}${visible ? '' : ' (not visible)'}`
  })

beforeAll(async () => {
  shown = await startGallery()
  browser = await startChromium(0)
})
afterAll(async () => {
  await browser?.close()
  await shown?.close()
})

describe.each(['light', 'dark'] as const)('every page, %s,', (colorScheme) => {
  describe.each(['en-GB', 'de-AT'])('for a browser in %s,', (locale) => {
    test.each(['phone', 'desk'] as const)(
      'fits on a %s and passes axe-core',
      async (size) => {
        const viewport = sizes[size]
        const found: string[] = []
        await inPage({ colorScheme, locale, viewport }, async (page) => {
          for (const name of names) {
            await page.goto(`${shown.origin}/${name}`)
            const language = await page.locator('html').getAttribute('lang')
            expect(language).toBe(locale.slice(0, 2))
            const all = [...(await violations(page)), ...(await flaws(page))]
            found.push(...all.map((one) => `${name}: ${one}`))
            const file = `pages/${name}-${language}-${colorScheme}-${viewport.width}`
            await page.screenshot({ path: screenshot(file), fullPage: true })
          }
        })
        expect(found).toEqual([])
      },
      120_000,
    )
  })

  test('fits and passes axe-core with a brand, and shows the logo', async () => {
    await inPage({ colorScheme, viewport: sizes.phone }, async (page) => {
      for (const name of ['login-wrong', 'refusal-not-on-list', 'loop-here']) {
        await page.goto(`${shown.origin}/branded/${name}`)
        expect([...(await violations(page)), ...(await flaws(page))]).toEqual([])
        await page.screenshot({ path: screenshot(`pages/branded-${name}-${colorScheme}`) })
      }
      await page.goto(`${shown.origin}/branded/login`)
      const width = await page
        .locator('img')
        .evaluate((image: HTMLImageElement) => image.naturalWidth)
      expect(width).toBe(40)
    })
  })
})

test('every page fits into 320 px, what a window at four times its size leaves (WCAG 2.2 §1.4.10)', async () => {
  const found: string[] = []
  await inPage({ locale: 'de', viewport: { width: 320, height: 256 } }, async (page) => {
    for (const name of names) {
      await page.goto(`${shown.origin}/${name}`)
      found.push(...(await flaws(page)).map((one) => `${name}: ${one}`))
    }
  })
  expect(found).toEqual([])
})

test('a page in a language from right to left is laid out that way', async () => {
  await inPage({ locale: 'ar', viewport: sizes.phone }, async (page) => {
    await page.goto(`${shown.origin}/branded/loop-here`)
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl')
    expect(
      await page
        .locator('li')
        .first()
        .evaluate((item) => getComputedStyle(item).direction),
    ).toBe('rtl')
    expect([...(await violations(page)), ...(await flaws(page))]).toEqual([])
    // A name from elsewhere keeps its own direction: "__Secure" does not become "Secure__".
    const edges = await page
      .locator('code')
      .first()
      .evaluate((code) => {
        const text = code.firstChild
        if (text === null) return []
        return [0, 2].map((at) => {
          const range = document.createRange()
          range.setStart(text, at)
          range.setEnd(text, at + 1)
          return range.getBoundingClientRect().left
        })
      })
    expect(edges[0]).toBeLessThan(edges[1] ?? 0)
    await page.screenshot({ path: screenshot('pages/right-to-left'), fullPage: true })
  })
})

describe('by keyboard alone', () => {
  test('every way to sign in is reached in the order it is read, and seen', async () => {
    await inPage({ viewport: sizes.phone }, async (page) => {
      await page.goto(`${shown.origin}/login`)
      const way: string[] = []
      for (let stops = 0; stops < 5; stops++) {
        await page.keyboard.press('Tab')
        way.push(await focus(page))
        if (stops === 0) await page.screenshot({ path: screenshot('pages/focus') })
      }
      expect(way).toEqual([
        'Continue with Google',
        'Continue with Keycloak of the department with the long name',
        'name',
        'password',
        'Sign in',
      ])
    })
  })

  test('the form is sent with Enter', async () => {
    await inPage({}, async (page) => {
      await page.goto(`${shown.origin}/login-form`)
      await page.keyboard.press('Tab')
      await page.keyboard.type('dora')
      await page.keyboard.press('Tab')
      await page.keyboard.type('a secret')
      await page.keyboard.press('Enter')
      await page.waitForURL(`${shown.origin}/typed`)
      expect(await page.locator('body').textContent()).toContain('name=dora&password=a+secret')
    })
  })

  test('a failure is said where the typing goes on: window, alert and field', async () => {
    await inPage({}, async (page) => {
      await page.goto(`${shown.origin}/login-wrong`)
      expect(await page.title()).toMatch(/^Name or password is not right/)
      expect(await focus(page)).toBe('password')
      const described = await page.getByLabel('Password').getAttribute('aria-describedby')
      expect(await page.locator(`#${described}`).textContent()).toBe(
        'Name or password is not right.',
      )
      expect(await page.getByLabel('Name').inputValue()).toBe('dora')
    })
  })
})

/** Pairs of text and ground as they are painted, colours forced by the system included. */
const paintedColours = (page: Page) =>
  page.evaluate(() => {
    const groundOf = (element: Element | null): string => {
      if (element === null) return 'rgb(0, 0, 0)'
      const { backgroundColor } = getComputedStyle(element)
      return backgroundColor.endsWith(', 0)') ? groundOf(element.parentElement) : backgroundColor
    }
    return [...document.querySelectorAll('main *:not([type=hidden])')].map((element) => ({
      element: element.outerHTML.slice(0, 60),
      text: getComputedStyle(element).color,
      ground: groundOf(element),
    }))
  })

function hexOf(rgb: string): Colour {
  const channels = rgb.match(/\d+/g)?.slice(0, 3) ?? []
  return `#${channels.map((channel) => Number(channel).toString(16).padStart(2, '0')).join('')}`
}

test('colours that the system forces leave everything readable, buttons and focus included', async () => {
  const options = { forcedColors: 'active', colorScheme: 'dark', viewport: sizes.phone } as const
  await inPage(options, async (page) => {
    for (const name of ['login-wrong', 'refusal-not-on-list', 'loop-here']) {
      await page.goto(`${shown.origin}/${name}`)
      await page.keyboard.press('Tab')
      expect(await focus(page)).not.toContain('not visible')
      // It looks at the colour that the style sheet names, not at the one that is painted.
      expect(await violations(page, { 'color-contrast': { enabled: false } })).toEqual([])
      const painted = await paintedColours(page)
      const pale = painted.filter(
        ({ text, ground }) => contrast(hexOf(text), hexOf(ground)) < leastContrast,
      )
      expect(painted.length).toBeGreaterThan(3)
      expect(pale).toEqual([])
      const buttons = page.locator('.go, input:not([type=hidden])')
      const borders = await buttons.evaluateAll((all) =>
        all.map((one) => getComputedStyle(one).borderTopStyle),
      )
      expect(new Set(borders)).toEqual(new Set(['solid']))
      await page.screenshot({ path: screenshot(`pages/forced-${name}`), fullPage: true })
    }
  })
})

describe('the program itself', () => {
  const scratch = scratchDirectory('pages')
  let sallyport: RunningProcess
  let origin = ''

  beforeAll(async () => {
    const [port = 0] = await freePorts(1)
    origin = `http://localhost:${port}`
    sallyport = await startProcess({
      command: nodeBinary,
      args: [mainFile],
      cwd: scratch.path,
      env: { PORT: String(port), SALLYPORT_BRANDING_NAME: 'Hafen' },
      ready: (output) => /^ *Password: +\S/m.test(output),
    })
  })
  afterAll(async () => {
    await sallyport?.stop()
    scratch.remove()
  })

  test('lets a person in and out in German, who never touches a mouse', async () => {
    const [, name = ''] = /^ *Account: +(\S+)/m.exec(sallyport.output()) ?? []
    const [, password = ''] = /^ *Password: +(\S+)/m.exec(sallyport.output()) ?? []
    await inPage({ locale: 'de-CH', viewport: sizes.phone }, async (page) => {
      const { keyboard } = page
      const heading = (text: string) => page.getByRole('heading', { name: text }).waitFor()
      await page.goto(`${origin}/login`)
      await heading('Anmelden')
      await keyboard.press('Tab')
      await keyboard.type(name)
      await keyboard.press('Tab')
      await keyboard.type('not the password')
      await keyboard.press('Enter')
      await page.getByRole('alert').waitFor()
      expect(await page.title()).toBe('Name oder Passwort stimmt nicht. - Anmelden - Hafen')
      expect(await violations(page)).toEqual([])
      // The focus is on the password already.
      await keyboard.type(password)
      await keyboard.press('Enter')
      await heading('Sie sind angemeldet')
      expect(await violations(page)).toEqual([])
      // The account, another account, and the way out.
      await keyboard.press('Tab')
      await keyboard.press('Tab')
      await keyboard.press('Tab')
      await keyboard.press('Enter')
      await heading('Abmelden?')
      await keyboard.press('Tab')
      await keyboard.press('Enter')
      await heading('Sie sind abgemeldet')
      await page.screenshot({ path: screenshot('pages/program-signed-out') })
    })
  })
})

test('the browser had nothing to complain about', () => {
  expect(complaints).toEqual([])
})

import { describe, expect, test } from 'vitest'
import { cards, contrast, leastContrast } from '../../../src/appearance/colours.ts'
import type { FileReading } from '../../../src/config/files.ts'
import { fileWith, problemsOf, settingsOf } from '../../support/load-configuration.ts'

const png = '\u0089PNG\r\n\u001a\n rest'
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>'
const bytes = (text: string): FileReading => ({ kind: 'text', text, mode: 0o644 })

const withLogo = (text: string | FileReading) => ({
  yaml: fileWith('branding: { name: Harbour, logo_file: ./logo }\n'),
  files: { './logo': typeof text === 'string' ? bytes(text) : text },
})
const withBranding = (members: string) => ({ yaml: fileWith(`branding: { ${members} }\n`) })

describe('branding', () => {
  test('is ours without name and logo when nothing is set', () => {
    const { name, logo, accent } = settingsOf({ yaml: fileWith('') }).appearance
    expect([name, logo]).toEqual([undefined, undefined])
    expect(accent).toEqual({ light: '#1f5fbf', dark: '#8ab4f8' })
  })

  test('can be set by variable', () => {
    const env = { SALLYPORT_BRANDING_NAME: 'Harbour & Sons', SALLYPORT_BRANDING_ACCENT: '#8A1538' }
    const { name, accent } = settingsOf({ yaml: fileWith(''), env }).appearance
    expect(name).toBe('Harbour & Sons')
    expect(accent.light).toBe('#8a1538')
  })

  test('lightens the accent for dark mode until it is readable (WCAG 2.2 §1.4.3)', () => {
    const { accent } = settingsOf(withBranding('accent: "#8a1538"')).appearance
    expect(accent.dark).not.toBe('#8a1538')
    expect(contrast(accent.dark, cards.dark)).toBeGreaterThanOrEqual(leastContrast)
  })

  test('takes a colour of its own for dark mode', () => {
    const { accent } = settingsOf(withBranding('accent_dark: "#ff9db5"')).appearance
    expect(accent).toEqual({ light: '#1f5fbf', dark: '#ff9db5' })
  })

  test.each([
    [
      'accent: "#ffcc00"',
      '"branding.accent": expected a colour with a contrast of at least 4.5:1 to #ffffff, got "#ffcc00" with 1.51:1',
    ],
    ['accent: "#777777"', 'got "#777777" with 4.47:1'],
    [
      'accent_dark: "#1f5fbf"',
      '"branding.accent_dark": expected a colour with a contrast of at least 4.5:1 to #1b212a',
    ],
    ['accent: red', '"branding.accent": expected a colour such as "#1f5fbf", got "red"'],
    ['accent: "#1f5fbf;}"', 'expected a colour such as'],
    [`name: ${'x'.repeat(41)}`, 'expected a text of at most 40 characters'],
    ['colour: "#1f5fbf"', 'Unknown setting "branding.colour"'],
  ])('refuses %s and says what is wrong (WCAG 2.2 §1.4.3)', (members, problem) => {
    expect(problemsOf(withBranding(members)).join('\n')).toContain(problem)
  })
})

describe('branding.logo_file', () => {
  test.each([
    ['image/png', png],
    ['image/jpeg', '\u00ff\u00d8\u00ff\u00e0 rest'],
    ['image/webp', 'RIFF\u0001\u0002\u0003\u0004WEBPVP8 '],
    ['image/svg+xml', svg],
    ['image/svg+xml', `<?xml version="1.0"?>\n<!-- by hand --><!-- twice -->\n${svg}`],
    ['image/svg+xml', '<svg><use href="#a"/></svg>'],
  ])('is %s by what it holds, not by its name', (type, text) => {
    const { logo } = settingsOf(withLogo(text)).appearance
    expect(logo?.type).toBe(type)
    expect(Buffer.from(logo?.base64 ?? '', 'base64').toString('latin1')).toBe(text)
  })

  test.each<[string, string | FileReading, string]>([
    ['something else', 'GIF89a', 'expected a PNG, WebP, JPEG or SVG file'],
    ['a page', '<!doctype html><svg></svg>', 'expected a PNG, WebP, JPEG or SVG file'],
    ['an empty file', '', 'expected a PNG, WebP, JPEG or SVG file'],
    ['more than 128 KiB', png + 'x'.repeat(128 * 1024), 'is larger than 128 KiB'],
    ['a missing file', { kind: 'missing' }, 'does not exist'],
    ['a directory', { kind: 'unreadable', reason: 'it is a directory' }, 'it is a directory'],
    ['a script', '<svg><script>alert(1)</script></svg>', 'not a mere picture'],
    ['a handler', '<svg onload="alert(1)"></svg>', 'not a mere picture'],
    ['a link', '<svg><a href="https://evil.example"/></svg>', 'not a mere picture'],
    ['an outer picture', '<svg><image xlink:href="//evil.example/a"/></svg>', 'not a mere picture'],
    ['foreign markup', '<svg><foreignObject/></svg>', 'not a mere picture'],
    ['an entity', '<svg><!ENTITY a "b"></svg>', 'not a mere picture'],
  ])('refuses %s', (_, file, problem) => {
    expect(problemsOf(withLogo(file)).join('\n')).toContain(problem)
  })

  test('needs a name beside it', () => {
    const yaml = fileWith('branding: { logo_file: ./logo }\n')
    const problems = problemsOf({ yaml, files: { './logo': bytes(png) } })
    expect(problems.join()).toContain('needs "branding.name"')
  })

  test('is judged in time that does not explode with what is in it', () => {
    const began = performance.now()
    problemsOf(withLogo(`<?xml?>${'<!-- -->'.repeat(8000)}`))
    problemsOf(withLogo(`<!--${'-->\n<!--'.repeat(8000)}`))
    expect(performance.now() - began).toBeLessThan(2000)
  })
})

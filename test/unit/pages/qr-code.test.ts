import { encode } from 'uqr'
import { describe, expect, test } from 'vitest'
import { qrCode } from '../../../src/pages/qr-code.ts'

const uri = 'otpauth://totp/Sallyport:alice?secret=JBSWY3DPEHPK3PXP&issuer=Sallyport'

/** The dark modules, `x,y`, as the picture draws them. */
const darkOf = (svg: string) =>
  new Set([...svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x},${y}`))

describe('qrCode()', () => {
  test('draws every module of the code, and leaves four around it light', async () => {
    const svg = String(await qrCode(uri, 'Picture'))
    const { data, size } = encode(uri, { ecc: 'M', border: 0 })
    const expected = data.flatMap((row, y) =>
      row.flatMap((dark, x) => (dark ? [`${x + 4},${y + 4}`] : [])),
    )
    expect(darkOf(svg)).toEqual(new Set(expected))
    expect(svg).toContain(`viewBox="0 0 ${size + 8} ${size + 8}"`)
  })

  test('has its three corners where a camera looks for them', async () => {
    const dark = darkOf(String(await qrCode(uri, 'Picture')))
    const { size } = encode(uri, { ecc: 'M', border: 0 })
    for (const [x, y] of [
      [4, 4],
      [size - 3, 4],
      [4, size - 3],
    ] as const) {
      for (const step of [0, 1, 2, 3, 4, 5, 6]) {
        expect(dark.has(`${x + step},${y}`)).toBe(true)
        expect(dark.has(`${x},${y + step}`)).toBe(true)
      }
      expect(dark.has(`${x + 1},${y + 1}`)).toBe(false)
    }
  })

  test('is a picture with a name, escaped, and does not hold the text itself', async () => {
    const svg = String(await qrCode(uri, 'a "b" <c>'))
    expect(svg).toContain('role="img" aria-label="a &quot;b&quot; &lt;c&gt;"')
    expect(svg).not.toContain('JBSWY3DPEHPK3PXP')
  })
})

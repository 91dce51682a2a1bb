import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Colour,
  cards,
  contrast,
  defaultAccent,
  leastContrast,
  lightened,
  onAccent,
  parseColour,
} from '../../../src/appearance/colours.ts'

const anyColour = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value): Colour => `#${value.toString(16).padStart(6, '0')}`)

describe('parseColour()', () => {
  test.each([
    ['#1F5FBF', '#1f5fbf'],
    ['#abc', '#aabbcc'],
  ])('reads %s as %s', (text, colour) => {
    expect(parseColour(text)).toBe(colour)
  })

  test.each(['', 'red', '#12', '#12345', '#1234567', '#12345g', '#fff;}', ' #ffffff'])(
    'refuses %j',
    (text) => {
      expect(parseColour(text)).toBeUndefined()
    },
  )
})

describe('contrast()', () => {
  // The last three are the well-known examples around the limits of WCAG 2.2.
  test.each<[Colour, Colour, number]>([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#ffffff', 1],
    ['#767676', '#ffffff', 4.54],
    ['#777777', '#ffffff', 4.48],
    ['#0000ff', '#ffffff', 8.59],
  ])('of %s and %s is %d', (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 2)
    expect(contrast(other, one)).toBe(contrast(one, other))
  })
})

describe('the default accent', () => {
  test.each(['light', 'dark'] as const)(
    'can be read on the card and under its text, %s',
    (scheme) => {
      expect(contrast(defaultAccent[scheme], cards[scheme])).toBeGreaterThanOrEqual(leastContrast)
      expect(contrast(defaultAccent[scheme], onAccent[scheme])).toBeGreaterThanOrEqual(
        leastContrast,
      )
    },
  )
})

describe('lightened()', () => {
  test('can be read on the dark card and under its text whatever the colour (WCAG 2.2 §1.4.3)', () => {
    fc.assert(
      fc.property(anyColour, (colour) => {
        const light = lightened(colour)
        expect(contrast(light, cards.dark)).toBeGreaterThanOrEqual(leastContrast)
        expect(contrast(light, onAccent.dark)).toBeGreaterThanOrEqual(leastContrast)
      }),
    )
  })

  test('leaves a colour alone that can be read', () => {
    expect(lightened('#8ab4f8')).toBe('#8ab4f8')
  })
})

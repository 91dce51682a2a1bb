// The colours of the pages, and whether a colour can be read on another. WCAG 2.2 §1.4.3.

/** `#rrggbb` in lower case, made by `parseColour`. */
export type Colour = `#${string}`

/** Behind text, for each colour scheme: what an accent has to be readable on. */
export const cards = { light: '#ffffff', dark: '#1b212a' } as const

/** Text on a button of the accent colour: at least as far from it as the card. */
export const onAccent = { light: '#ffffff', dark: '#10151c' } as const

export type Accent = { readonly light: Colour; readonly dark: Colour }

export const defaultAccent: Accent = { light: '#1f5fbf', dark: '#8ab4f8' }

/** What text needs against its ground (level AA). */
export const leastContrast = 4.5

/** `#rgb` or `#rrggbb`. */
export function parseColour(text: string): Colour | undefined {
  const [, short, long] = /^#(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(text) ?? []
  const digits = long ?? short?.replace(/./g, '$&$&')
  return digits === undefined ? undefined : `#${digits.toLowerCase()}`
}

type Channels = readonly [number, number, number]

const channelsOf = (colour: Colour): Channels => {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

const linear = (channel: number): number => {
  const share = channel / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

function luminance(colour: Colour): number {
  const [red, green, blue] = channelsOf(colour)
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/** The contrast ratio of two colours, from 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

const mixedWithWhite = (colour: Colour, share: number): Colour => {
  const mixed = channelsOf(colour).map((channel) => Math.round(channel + (255 - channel) * share))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

/** The same colour, with as much white as it takes to be readable on the dark card. */
export function lightened(colour: Colour): Colour {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mixedWithWhite(colour, share)
    if (contrast(mixed, cards.dark) >= leastContrast) return mixed
  }
  return '#ffffff'
}

// Name, logo and colours of the operator, and whether the colours can be read. WCAG 2.2 §1.4.3.

import {
  type Accent,
  type Colour,
  cards,
  contrast,
  defaultAccent,
  leastContrast,
  lightened,
} from '../appearance/colours.ts'
import type { ReadFile } from './files.ts'
import { type Findings, unreadable } from './findings.ts'
import { readLogo } from './logo.ts'
import type { FileSettings } from './schema.ts'
import type { AppearanceSettings } from './settings.ts'

// Down, so that a ratio just below the limit does not read like the limit.
const formatRatio = (ratio: number): string => `${(Math.floor(ratio * 100) / 100).toFixed(2)}:1`

function checkContrast(
  setting: string,
  colour: Colour | undefined,
  ground: Colour,
  findings: Findings,
): void {
  if (colour === undefined) return
  const ratio = contrast(colour, ground)
  if (ratio >= leastContrast) return
  const wanted = `a colour with a contrast of at least ${leastContrast}:1 to ${ground}`
  findings.problem(unreadable(setting, wanted, `"${colour}" with ${formatRatio(ratio)}`))
}

function deriveAccent(branding: FileSettings['branding'], findings: Findings): Accent {
  const { accent, accent_dark: dark } = branding ?? {}
  // The text on a button is at least as far from the accent as the card behind a link.
  checkContrast('branding.accent', accent, cards.light, findings)
  checkContrast('branding.accent_dark', dark, cards.dark, findings)
  return {
    light: accent ?? defaultAccent.light,
    dark: dark ?? (accent === undefined ? defaultAccent.dark : lightened(accent)),
  }
}

/** The look of the pages. A logo needs a name beside it: that is what screen readers say. */
export function deriveBranding(
  branding: FileSettings['branding'],
  readFile: ReadFile,
  findings: Findings,
): Pick<AppearanceSettings, 'name' | 'logo' | 'accent'> {
  const { name, logo_file: path } = branding ?? {}
  if (path !== undefined && name === undefined)
    findings.problem(
      'Setting "branding.logo_file" needs "branding.name": who cannot see the logo reads the name',
    )
  return {
    name,
    logo: path === undefined ? undefined : readLogo(path, readFile, findings),
    accent: deriveAccent(branding, findings),
  }
}

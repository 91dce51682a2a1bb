// The operator's logo: a picture, small, and nothing but a picture.

import type { ReadFile } from './files.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import type { Logo } from './settings.ts'

const longestLogo = 128 * 1024

const svgStart =
  /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<svg[\s>]/

/** What the first bytes say, one character each. */
function typeOf(bytes: string): Logo['type'] | undefined {
  if (bytes.startsWith('\u0089PNG\r\n\u001a\n')) return 'image/png'
  if (bytes.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg'
  if (bytes.startsWith('RIFF') && bytes.startsWith('WEBP', 8)) return 'image/webp'
  return svgStart.test(bytes) ? 'image/svg+xml' : undefined
}

// Our headers let no SVG run or load anything; who ships one that tries should know that it is not a mere picture.
const active =
  /<!DOCTYPE|<!ENTITY|<script|<foreignObject|\son[a-z]+\s*=|javascript:|href\s*=\s*["']\s*(?!#|data:image\/(?:png|jpeg|webp))/i

/** The logo in a file, or undefined with a problem. */
export function readLogo(path: string, readFile: ReadFile, findings: Findings): Logo | undefined {
  const setting = 'branding.logo_file'
  const say = (what: string): undefined => {
    findings.problem(`Cannot read setting "${setting}": the file ${shown(path)} ${what}`)
    return undefined
  }
  const reading = readFile(path, 'latin1')
  if (reading.kind === 'missing') return say('does not exist')
  if (reading.kind === 'unreadable') return say(`cannot be used: ${reading.reason}`)
  const bytes = reading.text
  if (bytes.length > longestLogo) return say('is larger than 128 KiB')
  const type = typeOf(bytes)
  if (type === undefined) {
    findings.problem(unreadable(setting, 'a PNG, WebP, JPEG or SVG file', shown(path)))
    return undefined
  }
  if (type === 'image/svg+xml' && active.test(bytes))
    return say(
      'is not a mere picture: expected an SVG without scripts, links, foreign objects and document type',
    )
  return { type, base64: Buffer.from(bytes, 'latin1').toString('base64') }
}

// How our pages look, by the settings.

import { createLookFor, type LookFor } from '../appearance/look.ts'
import type { Settings } from '../config/settings.ts'
import { logoPath } from '../http/logo.ts'

export function lookForOf(
  { appearance, publicUrl }: Settings,
  kind: 'whole' | 'without-logo' = 'whole',
): LookFor {
  const { languages, name, logo, accent } = appearance
  // A path alone: development mode has several origins, and pages load from their own only.
  const logoUrl = logo && kind === 'whole' ? `${publicUrl.basePath}${logoPath}` : undefined
  return createLookFor(languages, { name, logoUrl, accent })
}

export const logoOf = ({ appearance: { logo } }: Settings) =>
  logo && { type: logo.type, body: Uint8Array.from(Buffer.from(logo.base64, 'base64')) }

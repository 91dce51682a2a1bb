// GET /logo: the operator's logo, from our own origin because pages load from no other.

import { Hono } from 'hono'
import { type Picture, picture } from './reply.ts'

export const logoPath = '/logo'

/** The route of the logo, relative to the base path; without a logo there is none. */
export function createLogoRoute(logo: Picture | undefined): Hono {
  const routes = new Hono()
  return logo === undefined ? routes : routes.get(logoPath, () => picture(logo))
}

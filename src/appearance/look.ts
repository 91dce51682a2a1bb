// How a page looks to one visitor: whose it is, and in which language it speaks.

import { type Accent, defaultAccent } from './colours.ts'
import { englishLanguage, type Language, type Languages, matchLanguage } from './languages.ts'

export type Branding = {
  /** Whose pages these are; undefined: they do not say. */
  readonly name: string | undefined
  /** Of the page's own origin: no other is let through. Undefined: none. */
  readonly logoUrl: string | undefined
  readonly accent: Accent
}

export type Look = { readonly language: Language; readonly branding: Branding }

/** The look for an `Accept-Language` header. */
export type LookFor = (acceptLanguage: string | undefined) => Look

export const createLookFor =
  (languages: Languages, branding: Branding): LookFor =>
  (acceptLanguage) => ({ language: matchLanguage(acceptLanguage, languages), branding })

export const plainBranding: Branding = {
  name: undefined,
  logoUrl: undefined,
  accent: defaultAccent,
}

/** Without branding, in English. */
export const plainLook: Look = { language: englishLanguage, branding: plainBranding }

// What the galleries of pages share.

import type { Html } from '../../../src/http/reply.ts'
import type { Frame } from '../../../src/pages/layout.ts'

export type Shown = {
  readonly status: number
  readonly render: (frame: Frame) => Html
  /** The page has the script of passkeys. */
  readonly hasScript?: true
}

export const account =
  'maximiliane.von-und-zu-hohenstein-langenburg+sallyport@sub.department.example.com'
export const host = 'a-host-with-a-rather-long-name-for-a-narrow-phone.internal.example.com'

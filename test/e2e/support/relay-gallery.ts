// The pages around a command line's sign-in, with contents that are hard on a layout.

import { handOverPage, oneTimeCodePage } from '../../../src/pages/relay-fallback.ts'
import { host, type Shown } from './shown-page.ts'

const code = 'WXYZ2345-ABCDEFGH'

export const relayPages: readonly (readonly [string, Shown])[] = [
  [
    'relay-hand-over',
    {
      status: 200,
      render: (frame) => handOverPage(frame, { port: 65_535, code, token: `ey${'x'.repeat(900)}` }),
    },
  ],
  [
    'relay-copy',
    {
      status: 200,
      render: (frame) =>
        oneTimeCodePage(frame, { oneTimeCode: 'WXYZ-2345-ABCD', code, origin: `https://${host}` }),
    },
  ],
]

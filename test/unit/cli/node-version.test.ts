import { expect, test } from 'vitest'
import { judgeNodeVersion } from '../../../src/cli/node-version.ts'

// Each: the version, what the warning says; undefined for none.
test.each<[string, string | undefined]>([
  [process.versions.node, undefined],
  ['24.14.1', undefined],
  ['24.21.0', undefined],
  ['26.0.0', undefined],
  ['24.14.0', 'lacks security fixes'],
  ['24.7.0', 'lacks security fixes'],
  ['22.22.2', 'gets no security fixes'],
  ['25.8.2', 'gets no security fixes'],
  ['0.0.0', 'gets no security fixes'],
])(
  'judgeNodeVersion() of %s (R117, CVE-2026-21717, CVE-2026-21637, CVE-2026-21714)',
  (version, text) => {
    const judged = judgeNodeVersion(version)
    if (text === undefined) expect(judged).toBeUndefined()
    else expect(judged).toContain(text)
  },
)

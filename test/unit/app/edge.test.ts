import { describe, expect, test } from 'vitest'
import { compilePolicy } from '../../../src/access/rules.ts'
import { createIsGateway } from '../../../src/app/edge.ts'
import { allowedReturns } from '../../../src/app/login.ts'
import { parseReturnUrl } from '../../../src/protocol/return-url.ts'
import { type EdgeYaml, edgeFile } from '../../support/edge-stage.ts'
import { settingsOf } from '../../support/load-configuration.ts'

function returnsBy(yaml: EdgeYaml, publicUrl = 'https://auth.example.com') {
  const file = edgeFile(yaml).replace('https://auth.example.com', publicUrl)
  const settings = settingsOf({ yaml: file })
  const compiled = compilePolicy(settings.policy)
  const policy = () => compiled
  const returns = allowedReturns(settings, policy, createIsGateway(settings, policy))
  return (url: string) => parseReturnUrl(url, returns).kind === 'return-url'
}

const named: EdgeYaml = { edge: '{ enabled: true, hosts: [named.example.com] }' }
const ported: EdgeYaml = { rules: "[{ host: 'gateway.example.com:9443' }]" }
const anyPort: EdgeYaml = { rules: "[{ host: 'gateway.example.com:*' }]" }

describe('createIsGateway()', () => {
  test.each<[string, EdgeYaml, boolean]>([
    ['https://gateway.example.com/', {}, true],
    ['https://gateway.example.com:443/', {}, false],
    ['https://gateway.example.com:8443/', {}, false],
    ['https://gateway.example.com:9443/', ported, true],
    ['https://gateway.example.com:8443/', ported, false],
    ['https://gateway.example.com:8443/', anyPort, true],
    ['https://named.example.com/', named, true],
    ['https://named.example.com:8443/', named, false],
    ['https://elsewhere.example.com/', {}, false],
    ['https://elsewhere.example.com/', named, false],
  ])(
    'lets nobody be sent to a port of %s that no rule names, with %o: %s (R27)',
    (url, yaml, expected) => {
      expect(returnsBy(yaml)(url)).toBe(expected)
    },
  )

  test.each([
    ['https://gateway.example.com:8443/', true],
    ['https://gateway.example.com/', true],
    ['https://gateway.example.com:9443/', false],
  ])('knows %s on the port of the public URL: %s', (url, expected) => {
    expect(returnsBy({}, 'https://auth.example.com:8443')(url)).toBe(expected)
  })
})

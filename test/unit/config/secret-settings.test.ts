import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogue } from '../../../src/config/catalogue.ts'
import { clientShape } from '../../../src/config/client-schema.ts'
import { descriptions } from '../../../src/config/fields.ts'
import { oldNames } from '../../../src/config/mcpauth-names.ts'
import { providerShape } from '../../../src/config/provider-schema.ts'
import { fileShape } from '../../../src/config/schema.ts'
import { secretPaths } from '../../../src/config/secret-settings.ts'
import { sections } from '../../../src/config/sections.ts'
import { staticTokenShape } from '../../../src/config/token-schema.ts'
import {
  fileWith,
  type Given,
  load,
  problemsOf,
  warningsOf,
} from '../../support/load-configuration.ts'

const paths = secretPaths.map((path) => path.join('.'))

test('secretPaths holds every setting that its description calls a secret (R116)', () => {
  const shapes = [
    fileShape,
    providerShape,
    clientShape,
    staticTokenShape,
    ...Object.values(sections),
  ]
  const described = shapes.flatMap((shape) =>
    Object.entries(shape).flatMap(([name, schema]) =>
      descriptions.get(schema)?.secret ? name : [],
    ),
  )
  expect(secretPaths.map((path) => path.at(-1)).sort()).toEqual(described.sort())
  expect(paths).toContain('authorization_server.clients.secret')
  expect(paths).toContain('static_tokens.token')
})

const lists: ReadonlySet<string> = new Set(['providers', 'clients', 'static_tokens'])

/** A file with a value at a path; lists have one entry. */
const fileValue = ([name = '', ...rest]: readonly string[], value: unknown): object => {
  const inner = rest.length === 0 ? value : fileValue(rest, value)
  return { [name]: lists.has(name) && rest.length > 0 ? [inner] : inner }
}

/** The same value in the file, in variables and in flags, of the setting and of the one that holds it. */
function givenAt(path: readonly string[], value: unknown): readonly Given[] {
  const file = fileValue(path, value)
  const yaml = fileWith('')
  const byName = catalogue.flatMap((entry): readonly Given[] => {
    const parts = entry.path.split('.')
    if (parts.some((part, at) => part !== path[at])) return []
    const inner = parts.reduce<unknown>((outer, part) => Reflect.get(Object(outer), part), file)
    const text = typeof inner === 'string' ? inner : JSON.stringify(inner)
    return [
      { yaml, env: { [entry.variable]: text } },
      { yaml, argv: [`--${entry.flag}=${text}`] },
    ]
  })
  expect(byName.length).toBeGreaterThan(0)
  return [
    { yaml: fileWith(JSON.stringify(file).slice(1, -1)) },
    { yaml: JSON.stringify(file) },
    ...byName,
  ]
}

const canary = 'Canary7f3aQ'
const shapesOf = (secret: string): readonly unknown[] => [
  secret,
  `${secret}\n${secret}`,
  `*${secret}`,
  secret.repeat(500),
  [secret],
  { value: secret },
]

describe('no secret is ever shown (R116, R126)', () => {
  test.each(paths)(
    'loadSettings() does not show what stands at %s, whatever is wrong with it',
    (path) => {
      for (const value of shapesOf(canary))
        for (const given of givenAt(path.split('.'), value))
          expect(JSON.stringify(load(given).warnings) + problemsOf(given).join()).not.toContain(
            canary,
          )
    },
  )

  test('loadSettings() does not show any text with control characters in place of a secret', () => {
    const parts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 })
    fc.assert(
      fc.property(fc.constantFrom(...secretPaths), parts, (path, pieces) => {
        const value = [canary, ...pieces].join('\n')
        for (const given of givenAt(path, value))
          expect(JSON.stringify(load(given))).not.toContain(canary)
      }),
    )
  })

  const holders = new Set(
    secretPaths.flatMap((path) => path.slice(1).map((_, at) => path.slice(0, at + 1).join('.'))),
  )

  test.each([...holders])('loadSettings() does not show a text in place of %s', (path) => {
    for (const value of [canary, [canary], [[canary]], [{ [`secret:${canary}`]: null }]])
      for (const given of givenAt(path.split('.'), value))
        expect(JSON.stringify(load(given))).not.toContain(canary)
  })

  test.each(oldNames.filter(({ secret }) => secret))(
    'loadSettings() does not show $name',
    (old) => {
      const base = { PROVIDER: 'keycloak', CLIENT_ID: 'a', OAUTH_DOMAIN: 'oauth.example.com' }
      for (const text of [
        `${canary}\n`,
        canary.repeat(500),
        `[{ "client_secret": "${canary}\\n" }]`,
      ]) {
        const env = { ...base, [old.name]: text }
        expect(JSON.stringify(load({ env }))).not.toContain(canary)
        if (old.flag === undefined) continue
        expect(JSON.stringify(load({ env: base, argv: [`-${old.flag}=${text}`] }))).not.toContain(
          canary,
        )
      }
    },
  )

  test.each(['{ client_secret:Canary7f3aQ }', '{ accounts_secret:Canary7f3aQ.b: 1 }'])(
    'loadSettings() does not take %s for a name to show',
    (yaml) => {
      const problems = problemsOf({ yaml }).join()
      expect(problems).toMatch(/Unknown setting "(client|accounts)_secret"/)
      expect(problems).not.toContain(canary)
    },
  )
})

test('loadSettings() still shows a value that is refused beside secrets', () => {
  expect(problemsOf({ yaml: fileWith('edge_auth: { lifetime: soon }') }).join()).toContain('"soon"')
  expect(problemsOf({ yaml: fileWith('providers: [{ preset: gogle }]') }).join()).toContain(
    '"gogle"',
  )
})

const random = 'q8Zr2LmN4pXv7TyB1sWdq8Zr2LmN4pXv7TyB1sWe'

test('loadSettings() takes an accounts_secret of more than 200 characters', () => {
  const yaml = fileWith(`accounts_secret: "${random.repeat(10)}"`)
  expect(problemsOf({ yaml })).toEqual([])
})

describe('secrets that others can read', () => {
  test.each(paths)('loadSettings() warns of %s in a file that others can read (R112)', (path) => {
    const text = JSON.stringify(fileValue(path.split('.'), random))
    const at = (mode: number) =>
      load({ files: { './sallyport.yaml': { kind: 'text', text, mode } } })
        .warnings.map((warning) => warning.text)
        .join()
    expect(at(0o644)).toContain('holds a secret and can be read by others')
    expect(at(0o600)).not.toContain('holds a secret')
  })

  test.each(paths)('loadSettings() warns of %s in the arguments of the process (R116)', (path) => {
    const byFlag = givenAt(path.split('.'), random).filter(({ argv }) => argv !== undefined)
    for (const given of byFlag)
      expect(warningsOf(given)).toContainEqual(expect.stringContaining('who can list processes'))
  })

  test('loadSettings() does not warn of arguments without a secret', () => {
    const argv = ['--providers=[{client_id: a, issuer: "https://id.example.com"}]']
    expect(warningsOf({ yaml: fileWith(''), argv }).join()).not.toContain('list processes')
  })
})

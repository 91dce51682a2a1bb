import { describe, expect, test } from 'vitest'
import { isPlaceholder, isWeakSecret } from '../../../src/config/secrets.ts'
import {
  fileWith,
  load,
  problemsOf,
  settingsOf,
  warningsOf,
} from '../../support/load-configuration.ts'

const withSecret = (member: string) =>
  fileWith(`providers: [{ client_id: x, issuer: https://id.example.com, ${member} }]`)
const inFile = withSecret('client_secret_file: /etc/secret')
const good = 'q8Zr2LmN4pXv7TyB1sWd'

test.each([
  '',
  ' ',
  'abc',
  'my-secret-key',
  'changeme',
  'ChangeMe',
  'secret',
  'password',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'abababababab',
  'undefined',
])('isWeakSecret() is true for "%s" (R109)', (value) => {
  expect(isWeakSecret(value)).toBe(true)
  const problems = problemsOf({ yaml: withSecret(`client_secret: "${value}"`) })
  expect(problems).toEqual([
    'Cannot read setting "providers[0].client_secret": expected a secret that cannot be guessed',
  ])
})

test.each([good, 'GOCSPX-abcdefghijklmnop', 'correct horse battery staple'])(
  'isWeakSecret() is false for "%s"',
  (value) => {
    expect(isWeakSecret(value)).toBe(false)
  },
)

test.each([
  '<INSERT_VALUE_FROM_GOOGLE>',
  'your-keycloak-client-secret',
  'your-client-secret',
  'YOUR_SECRET_HERE',
  `\${KEYCLOAK_CLIENT_SECRET}`,
  'xxxxxxxx',
])('isPlaceholder() is true for "%s": a warning, because documentation has it', (value) => {
  expect(isPlaceholder(value)).toBe(true)
  const given = { yaml: withSecret(`client_secret: "${value}"`) }
  expect(problemsOf(given)).toEqual([])
  expect(warningsOf(given)).toContainEqual(expect.stringContaining('looks like a placeholder'))
})

describe('secret files', () => {
  const revealed = (given: Parameters<typeof settingsOf>[0]) =>
    settingsOf(given).providers[0]?.clientSecret?.reveal()

  test.each([
    [`${good}\n`, good],
    [`${good}\r\n`, good],
    [good, good],
    [`${good}\n\n`, `${good}\n`],
    [` ${good} `, ` ${good} `],
  ])('resolveSecret() removes one newline at the end of %j (R116)', (text, value) => {
    expect(revealed({ yaml: inFile, files: { '/etc/secret': text } })).toBe(value)
  })

  test.each([
    [{ kind: 'missing' }, 'does not exist'],
    [{ kind: 'unreadable', reason: 'permission denied' }, 'cannot be used: permission denied'],
    [{ kind: 'text', text: good, mode: 0o640 }, 'can be read by others'],
    [{ kind: 'text', text: good, mode: 0o604 }, 'can be read by others'],
  ] as const)('resolveSecret() refuses the file %j (R112)', (file, problem) => {
    expect(problemsOf({ yaml: inFile, files: { '/etc/secret': file } })).toEqual([
      expect.stringContaining(
        `Cannot read setting "providers[0].client_secret_file": the file "/etc/secret" ${problem}`,
      ),
    ])
  })

  const open = { kind: 'text', text: good, mode: 0o444 } as const

  test('resolveSecret() takes a readable file when that is allowed, with a warning (R112)', () => {
    const files = { '/etc/secret': open }
    const env = { SALLYPORT_ALLOW_READABLE_SECRETS: 'true' }
    expect(revealed({ yaml: inFile, files, env })).toBe(good)
    expect(warningsOf({ yaml: inFile, files, env })).toContainEqual(
      expect.stringContaining('SALLYPORT_ALLOW_READABLE_SECRETS is on'),
    )
    for (const value of ['false', 'perhaps'])
      expect(
        problemsOf({ yaml: inFile, files, env: { SALLYPORT_ALLOW_READABLE_SECRETS: value } })
          .length,
      ).toBeGreaterThan(0)
  })

  test.each([
    ['/run/secrets/a', true],
    ['/var/run/secrets/a', true],
    ['/run/secrets/../../etc/a', false],
    ['/run/secrets-other/a', false],
    ['/tmp/run/secrets/a', false],
  ])('resolveSecret() takes the readable file %s: %s', (path, taken) => {
    const yaml = withSecret(`client_secret_file: ${path}`)
    expect(problemsOf({ yaml, files: { [path]: open } })).toHaveLength(taken ? 0 : 1)
  })

  test('resolveSecret() refuses a value and a file together (R116)', () => {
    const yaml = withSecret(`client_secret: ${good}, client_secret_file: /etc/secret`)
    const outcome = load({ yaml, files: { '/etc/secret': good } })
    expect(outcome).toMatchObject({
      problems: [
        'Setting "providers[0].client_secret" is given twice, as a value and as "providers[0].client_secret_file"; keep one',
      ],
    })
  })

  test('resolveSecret() judges what is in the file too (R109)', () => {
    expect(problemsOf({ yaml: inFile, files: { '/etc/secret': 'changeme\n' } })).toEqual([
      'Cannot read setting "providers[0].client_secret": expected a secret that cannot be guessed',
    ])
    expect(problemsOf({ yaml: inFile, files: { '/etc/secret': '\n' } })).toHaveLength(1)
  })
})

test('loadSettings() warns of a configuration file that shows a secret to others', () => {
  const text = withSecret(`client_secret: ${good}`)
  const at = (mode: number) =>
    warningsOf({ files: { './sallyport.yaml': { kind: 'text', text, mode } } }).join()
  expect(at(0o644)).toContain('holds a secret and can be read by others')
  expect(at(0o600)).not.toContain('holds a secret')
})

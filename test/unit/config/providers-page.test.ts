// Is deploy/providers.md what this version accepts? Each block is loaded as it stands there.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { presetNames, presets } from '../../../src/config/presets.ts'
import { load, settingsOf } from '../../support/load-configuration.ts'

const page = readFileSync(join(import.meta.dirname, '../../../deploy/providers.md'), 'utf8')

const sections = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({
    title: text.split('\n')[0],
    text,
    yaml: /```yaml\n([\s\S]*?)```/.exec(text)?.[1],
  }))
  .filter(({ yaml }) => yaml !== undefined)

const given = (yaml = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${yaml}`,
  files: Object.fromEntries(
    presetNames.map((name) => [`/run/secrets/${name}`, 'q8Zr2LmN4pXv7TyB1sWd\n']),
  ),
})

test('deploy/providers.md has one section for each preset, and no other', () => {
  const shown = sections.map(({ yaml }) => settingsOf(given(yaml)).providers[0]?.preset)
  expect(shown.toSorted()).toEqual(presetNames.toSorted())
})

test.each(sections)('deploy/providers.md has lines that are accepted: $title', ({ text, yaml }) => {
  const { kind, warnings } = load(given(yaml))
  expect(kind).toBe('settings')
  // What a login alone is warned of, and nothing else.
  expect(warnings.map((one) => one.text)).toEqual(
    yaml?.includes('resources:') ? [] : [expect.stringContaining('every request is denied')],
  )
  const [provider] = settingsOf(given(yaml)).providers
  expect(text).toContain(`Redirect URI: \`https://auth.example.com${provider?.callbackPath}\``)
})

test.each(presetNames)('deploy/providers.md says what %s cannot do', (name) => {
  const section = sections.find(({ yaml }) => yaml?.includes(`preset: ${name}\n`))?.text ?? ''
  const { tokens, noGroups, noAssurance } = presets[name]
  expect(section.includes('**Cannot:** access tokens for a resource')).toBe(tokens.kind === 'none')
  expect(section.includes('**Cannot:** groups')).toBe(noGroups !== undefined)
  expect(section.includes('**Cannot:** rules with `factor`')).toBe(noAssurance !== undefined)
  expect(section.includes('acknowledge_weak_audience')).toBe(
    tokens.kind === 'client-id' || (tokens.kind === 'audience' && tokens.weak),
  )
})

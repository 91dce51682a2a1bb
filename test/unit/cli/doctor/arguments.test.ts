import { expect, test } from 'vitest'
import { doctorUsage, parseDoctorArguments } from '../../../../src/cli/doctor/arguments.ts'

const words = (line: string) => line.split(' ').filter((word) => word !== '')

test.each([
  ['', undefined, undefined, false],
  ['--local', undefined, undefined, true],
  ['--connect 127.0.0.1:443', { host: '127.0.0.1', port: 443 }, undefined, false],
  ['--connect=[::1]:8443', { host: '::1', port: 8443 }, undefined, false],
  ['--connect proxy:1', { host: 'proxy', port: 1 }, undefined, false],
  [
    '--echo https://a.example.com/e --as Mia@example.com',
    undefined,
    { url: new URL('https://a.example.com/e'), email: 'mia@example.com' },
    false,
  ],
])('parseDoctorArguments() reads "%s"', (line, connect, echo, local) => {
  expect(parseDoctorArguments(words(line))).toEqual({ kind: 'run', connect, echo, local })
})

test.each([
  '--connect proxy',
  '--connect proxy:0',
  '--connect proxy:65536',
  '--connect a:1:2',
  '--echo https://a.example.com/',
  '--as a@example.com',
  '--echo /e --as a@example.com',
  '--echo ftp://a/ --as a@example.com',
  '--echo https://a.example.com/ --as anna',
  '--unknown',
  'word',
])('parseDoctorArguments() refuses "%s"', (line) => {
  expect(parseDoctorArguments(words(line)).kind).toBe('problem')
})

test('parseDoctorArguments() knows --help', () => {
  expect(parseDoctorArguments(['--help'])).toEqual({ kind: 'help' })
})

test('doctorUsage has every flag in its first line', () => {
  const [first = '', ...rest] = doctorUsage.split('\n')
  const flags = rest.flatMap((line) => /^ {2}(--\w+)/.exec(line)?.[1] ?? [])
  expect(flags.length).toBeGreaterThan(3)
  expect(flags.filter((flag) => !first.includes(flag))).toEqual([])
})

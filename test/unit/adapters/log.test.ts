import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBatch, createLog } from '../../../src/adapters/log.ts'

function logged(
  write: (log: ReturnType<typeof createLog>) => void,
  level: 'debug' | 'info' | 'warn' = 'info',
) {
  const lines: string[] = []
  write(createLog({ level, destination: { write: (line) => lines.push(line) } }))
  return lines
}

describe('createLog()', () => {
  test('writes one JSON line with event and fields', () => {
    const [line = ''] = logged((log) => log.info('login.ok', { provider: 'home' }))
    expect(JSON.parse(line)).toMatchObject({ level: 'info', event: 'login.ok', provider: 'home' })
    expect(line.endsWith('\n')).toBe(true)
  })

  test('keeps control and ANSI bytes out of the line (R126)', () => {
    const [line = ''] = logged((log) => log.info('x', { path: '/\u001b[31m\r\nlevel: error' }))
    expect(line.trimEnd()).toMatch(/^[ -~]*$/)
  })

  test('keeps the C1 controls out of it that terminals obey, and DEL (R126)', () => {
    const [line = ''] = logged((log) => log.info('x', { path: '/\u009b31m\u007f\u0085' }))
    expect(line.trimEnd()).toMatch(/^[ -~]*$/)
    expect(JSON.parse(line)).toMatchObject({ path: '/\u009b31m\u007f\u0085' })
  })

  test('writes whatever a field holds so that it is read back unchanged, on one line', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.integer(),
      fc.boolean(),
      fc.array(fc.string({ unit: 'binary', maxLength: 20 })),
    )
    fc.assert(
      fc.property(value, fc.string({ unit: 'binary', maxLength: 20 }), (text, event) => {
        const [line = ''] = logged((log) => log.info(event, { first: text, none: undefined }))
        expect(line.indexOf('\n')).toBe(line.length - 1)
        const { level, time, ...rest } = JSON.parse(line)
        expect(level).toBe('info')
        expect(new Date(time).toISOString()).toBe(time)
        expect(rest).toEqual({ first: text, event })
      }),
    )
  })

  test('cuts a field at 512 characters (R126)', () => {
    const [line = ''] = logged((log) => log.info('x', { path: 'a'.repeat(5000) }))
    expect(line.length).toBeLessThan(700)
  })

  test('cuts each member of a list at 512 characters (R126)', () => {
    const [line = ''] = logged((log) => log.info('x', { groups: ['crew', 'a'.repeat(5000)] }))
    expect(JSON.parse(line)).toMatchObject({ groups: ['crew', `${'a'.repeat(512)}...`] })
  })

  test.each([
    ['long', 'canary'.repeat(2000)],
    ['of several lines', `first\n${' '.repeat(600)}\n    at canary (file.ts:1:1)`],
  ])('writes the frames of a stack without a message that is %s (R126)', (_, message) => {
    const [line = ''] = logged((log) => log.error('x', {}, new Error(message)))
    const { fault, stack } = JSON.parse(line)
    expect(fault.length).toBeLessThanOrEqual(512)
    expect(stack).toMatch(/^ {4}at .*log\.test\.ts/)
    expect(stack).not.toContain('canary')
  })

  test('cuts a stack at 4 KiB (R126)', () => {
    const fault = new Error('deep')
    fault.stack = `Error: deep\n${'    at somewhere (file.ts:1:1)\n'.repeat(1000)}`
    const [line = ''] = logged((log) => log.error('x', {}, fault))
    expect(JSON.parse(line).stack).toHaveLength(4096)
  })

  test.each(['authorization', 'cookie', 'token', 'code', 'secret', 'password', 'state'])(
    'redacts a field named %s',
    (name) => {
      const [line = ''] = logged((log) => log.info('x', { [name]: 'canary-value' }))
      expect(line).not.toContain('canary-value')
    },
  )

  test('writes of a fault its message and stack, not what hangs on it', () => {
    const fault = Object.assign(new Error('no connection'), { query: 'canary-value' })
    const [line = ''] = logged((log) => log.error('decision.fault', {}, fault))
    expect(JSON.parse(line)).toMatchObject({ fault: 'Error: no connection' })
    expect(line).not.toContain('canary-value')
  })

  test.each<['debug' | 'info' | 'warn', number]>([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
  ])('writes at level %s %i of four lines', (level, count) => {
    const lines = logged((log) => {
      log.debug('a')
      log.info('b')
      log.warn('c')
      log.error('d')
      expect(log.debugEnabled).toBe(level === 'debug')
    }, level)
    expect(lines).toHaveLength(count)
  })
})

describe('createBatch()', () => {
  test('hands on nothing before the batch is full, then all lines at once and in order', () => {
    const written: string[] = []
    const batch = createBatch({ write: (lines) => written.push(lines) })
    const long = `${'a'.repeat(40_000)}\n`
    batch.write('first\n')
    batch.write(long)
    expect(written).toEqual([])
    batch.write(long)
    expect(written).toEqual([`first\n${long}${long}`])
  })

  test('hands on the rest with flush(), once', () => {
    const written: string[] = []
    const batch = createBatch({ write: (lines) => written.push(lines) })
    batch.write('last\n')
    batch.flush()
    batch.flush()
    expect(written).toEqual(['last\n'])
  })
})

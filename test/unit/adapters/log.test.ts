import { describe, expect, test } from 'vitest'
import { createLog } from '../../../src/adapters/log.ts'

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

  test('cuts a field at 512 characters (R126)', () => {
    const [line = ''] = logged((log) => log.info('x', { path: 'a'.repeat(5000) }))
    expect(line.length).toBeLessThan(700)
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

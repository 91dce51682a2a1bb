import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createDeadline, type Deadline } from '../../../src/http/deadline.ts'

const never = new Promise<never>(() => {})

/** What became of some work, and after how many milliseconds. */
function watch<T>(deadline: Deadline, work: Promise<T>, use: (value: T) => unknown = () => {}) {
  const said: string[] = []
  const start = performance.now()
  const after = new Promise<number>((resolve) => {
    const note = (text: string) => {
      said.push(text)
      resolve(performance.now() - start)
    }
    deadline.keep(
      work,
      (value) => {
        note(`value ${String(value)}`)
        return use(value)
      },
      (fault) => note(fault instanceof Error ? fault.message : 'no error'),
    )
  })
  return { said, after }
}

describe('createDeadline()', () => {
  test('keep() hands on what comes in time, and says nothing later', async () => {
    const deadline = createDeadline(60)
    const value = watch(deadline, Promise.resolve(7))
    const fault = watch(deadline, Promise.reject(new Error('broken')))
    await sleep(120)
    expect([value.said, fault.said]).toEqual([['value 7'], ['broken']])
  })

  test('keep() says when the time is over, not before, and drops what comes then', async () => {
    const deadline = createDeadline(80)
    const late = watch(deadline, sleep(140, 'late'))
    const lateFault = watch(
      deadline,
      sleep(140).then(() => Promise.reject(new Error('late'))),
    )
    expect(await late.after).toBeGreaterThanOrEqual(78)
    await sleep(150)
    expect(late.said).toEqual(['Decision took too long'])
    expect(lateFault.said).toEqual(['Decision took too long'])
  })

  test('keep() gives each its own time', async () => {
    const deadline = createDeadline(120)
    const first = watch(deadline, never)
    await sleep(60)
    const second = watch(deadline, never)
    await first.after
    expect(second.said).toEqual([])
    expect(await second.after).toBeGreaterThanOrEqual(118)
  })

  test('keep() hands on the fault of whoever uses the value', async () => {
    const used = watch(createDeadline(1000), Promise.resolve(1), async () => {
      throw new Error('unusable')
    })
    await expect.poll(() => used.said).toEqual(['value 1', 'unusable'])
  })

  test('keep() goes on after a time in which nothing was kept', async () => {
    const deadline = createDeadline(30)
    await watch(deadline, Promise.resolve(1)).after
    await sleep(80)
    expect(await watch(deadline, never).after).toBeGreaterThanOrEqual(28)
  })
})

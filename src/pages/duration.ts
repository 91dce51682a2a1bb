// Moments and durations in the words of a language.

import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import type { Frame } from './layout.ts'

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** "30 days": in the largest unit that divides it. */
export function formatDuration({ language: { tag } }: Frame, duration: Seconds): string {
  const [unit, size] = units.find(([, length]) => duration > 0 && duration % length === 0) ?? [
    'second',
    1,
  ]
  const style = { style: 'unit', unit, unitDisplay: 'long' } as const
  return new Intl.NumberFormat(tag, style).format(duration / size)
}

/** The day of a moment, in UTC: where the person is, nobody has said. */
export const formatDay = ({ language: { tag } }: Frame, moment: EpochSeconds): string =>
  new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' }).format(moment * 1000)

/** Day, hour and minute of a moment, in UTC and saying so. */
export const formatMoment = ({ language: { tag } }: Frame, moment: EpochSeconds): string =>
  new Intl.DateTimeFormat(tag, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(moment * 1000)

// What the doctor says: one line each.

/** `wrong` fails the run; `not checked` says what could not be looked at, and why. */
export type Finding = {
  readonly grade: 'ok' | 'warning' | 'wrong' | 'not checked'
  readonly text: string
}

export const ok = (text: string): Finding => ({ grade: 'ok', text })
export const warning = (text: string): Finding => ({ grade: 'warning', text })
export const wrong = (text: string): Finding => ({ grade: 'wrong', text })
export const notChecked = (text: string): Finding => ({ grade: 'not checked', text })

/** The line of a finding. What others answered may be part of it, so nothing unprintable is. */
export const formatFinding = ({ grade, text }: Finding): string =>
  `${grade}: ${text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')}`

/** 0 when nothing is wrong. */
export const exitCodeOf = (findings: readonly Finding[]): 0 | 1 =>
  findings.some(({ grade }) => grade === 'wrong') ? 1 : 0

// Moments and durations, branded so that a lifetime is never stored where an expiry is meant.

declare const unit: unique symbol

/** Seconds since 1970-01-01T00:00:00Z, whole. @see RFC 7519 §2 NumericDate */
export type EpochSeconds = number & { readonly [unit]: 'epoch-seconds' }

/** A duration in whole seconds. */
export type Seconds = number & { readonly [unit]: 'seconds' }

/** Brands a number as a moment; a fraction is cut off. Does not check the range. */
export const epochSeconds = (value: number): EpochSeconds => Math.floor(value) as EpochSeconds

/** Brands a number as a duration; a fraction is cut off. Does not check the range. */
export const seconds = (value: number): Seconds => Math.floor(value) as Seconds

/** The moment `duration` after `moment`. */
export const later = (moment: EpochSeconds, duration: Seconds): EpochSeconds =>
  (moment + duration) as EpochSeconds

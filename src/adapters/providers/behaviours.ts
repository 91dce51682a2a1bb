// Which providers behave in a way of their own?

import type { Behaviour } from './behaviour.ts'
import { cognito } from './cognito.ts'
import { entra } from './entra.ts'
import { google } from './google.ts'

const behaviours: ReadonlyMap<string, Behaviour> = new Map(
  Object.entries({ cognito, entra, google }),
)

/** The behaviour that goes with a preset; empty for all that keep to the standard. */
export const behaviourOf = (preset: string): Behaviour => behaviours.get(preset) ?? {}

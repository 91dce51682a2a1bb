// Why could a server not be reached, in words?

/** The fault's message. Connecting to a name tries all its addresses: only the faults of each have words then. */
export function reasonOf(fault: unknown): string {
  if (fault instanceof AggregateError) return fault.errors.map(reasonOf).join('; ')
  return fault instanceof Error ? fault.message : String(fault)
}

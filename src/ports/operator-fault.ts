// Which faults end a command with words instead of a stack trace?

/**
 * Something that the operator can mend; the message says what, in one line. Any other fault that ends the program is
 * a defect and shows where.
 */
export class OperatorFault extends Error {}

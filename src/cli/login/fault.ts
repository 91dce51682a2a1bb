// What went wrong, in words for the person at the command line.

/** Ends a command; its message is shown alone. */
export class LoginFault extends Error {}

/** Nothing was tried: the words after the command cannot be read. */
export class UsageFault extends LoginFault {}

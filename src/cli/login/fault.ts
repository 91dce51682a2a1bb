// What went wrong, in words for the person at the command line.

/** Ends a command; its message is shown alone. */
export class LoginFault extends Error {}

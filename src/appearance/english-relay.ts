// What the pages around a command line's sign-in say, in English.

export const englishRelay = {
  'sessions.command-line': 'Command line at {host}',
  'relay.title': 'Connect a command line',
  'relay.explanation': 'A program on your computer wants to use {gateway} in your name.',
  'relay.gateway': 'Gateway',
  'relay.account': 'Account',
  'relay.port': 'Port on your computer',
  'relay.code': 'Code',
  'relay.compare': 'The same code has to stand in your terminal.',
  'relay.warning': 'Continue only if you started this from your own terminal.',
  'relay.connect': 'Connect',
  'relay.busy': 'Connecting ...',
  'relay.done': 'Connected. You can close this window and go back to your terminal.',
  'relay.start-again': 'Start again from your terminal.',
  'relay.unreachable':
    'The browser did not reach the program. It may have asked you for a permission first, or the program has ended.',
  'relay.other-way': 'Connect another way',
  'relay.show-code': 'Show a code to copy',
  'relay.incomplete.title': 'This address is not complete',
  'relay.expired.title': 'This took too long',
  'relay.expired.explanation':
    'The question was answered before, in another browser, or more than two minutes ago.',
  'relay.not-signed-in': 'You signed in, but your browser did not bring that to this site.',
  'relay.denied.title': 'No access to this gateway',
  'relay.denied.explanation': 'You are signed in as {account}, who may not use it.',
  'relay.hand-over.title': 'Send it to your terminal',
  'relay.hand-over.explanation':
    'The program waits on port {port} of your computer. What it answers then stands in this window.',
  'relay.hand-over.send': 'Send',
  'relay.copy.title': 'Copy this code',
  'relay.copy.explanation':
    'Give it to the program that you started. It is good once, for two minutes, and only together with the code below.',
  'relay.copy.code': 'Code to copy',
  'relay.copy.by-hand': 'A program that does not ask for it can be helped by hand:',
} as const

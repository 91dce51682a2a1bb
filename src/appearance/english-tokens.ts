// What the pages of personal tokens say, in English.

export const englishTokens = {
  'tokens.title': 'Tokens for scripts',
  'tokens.explanation':
    'For scripts, git and docker, which cannot sign in here. Whoever has a token can do in your name what it is good for.',
  'tokens.none': 'You have none.',
  'tokens.new': 'Make a token',
  'tokens.hosts': 'Hosts',
  'tokens.path': 'Path',
  'tokens.methods': 'Methods',
  'tokens.scopes': 'Scopes',
  'tokens.until': 'Good until',
  'tokens.by-operator': 'Made by the operator',
  'tokens.end': 'End {name}',
  'tokens.ended': 'The token has ended.',
  'tokens.ended-before': 'This token had ended before.',
  'tokens.name': 'Name',
  'tokens.name-hint': 'What it is for, for yourself.',
  'tokens.hosts-hint':
    'Such as app.example.com, several with a space between. *.example.com is every host right below.',
  'tokens.path-hint': 'Such as /api: that path and what is below. Empty: every path.',
  'tokens.methods-hint': 'Such as GET HEAD. Empty: every method.',
  'tokens.scopes-hint': 'Empty, or some of: {scopes}',
  'tokens.days': 'Days until it ends',
  'tokens.days-hint': 'At most {days}.',
  'tokens.make': 'Make the token',
  'tokens.bad-name': 'Please give it a name of 1 to 80 characters.',
  'tokens.bad-hosts': 'Please name at least one host, without "https://" and path.',
  'tokens.unknown-host': 'There is no application at {host} here.',
  'tokens.bad-path': 'The path has to begin with "/" and must not hold "..", "//" or "?".',
  'tokens.bad-methods': 'Please name methods such as GET, in capital letters.',
  'tokens.bad-scopes': 'These scopes are not among the possible ones.',
  'tokens.bad-days': 'Please give a whole number of days, not more than is possible.',
  'tokens.full': 'You have as many tokens as you can have. End one that you do not use.',
  'tokens.sent-before':
    'This form was sent before. A token that you did not see is of no use: end it.',
  'tokens.again-title': 'Please sign in again',
  'tokens.again':
    'You signed in more than an hour ago. Making a token is possible right after signing in only.',
  'tokens.made-title': 'Your new token',
  'tokens.made': 'Copy it now. It is not shown again.',
  'tokens.use':
    'A script sends it as "Authorization: Bearer"; git, docker and others as the password, with any name.',
} as const

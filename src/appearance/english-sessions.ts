// What the pages say of sessions, of how sure a sign-in is, and of what a person may open, in English.

export const englishSessions = {
  'assurance.title': 'This page wants a surer sign-in',
  'assurance.factor':
    'It opens only for people who signed in with a second factor, and {provider} did not confirm one. Set one up there, or use the one you have, and try again.',
  'assurance.fresh':
    'It opens only for people who signed in a short while ago, and {provider} did not say when you did. Please ask who runs this service.',
  'assurance.own-factor':
    'It opens only for people who signed in with a second factor, and your account here has none yet. Add one on the page of your account, then sign in again.',

  'sessions.title': 'Sessions and devices',
  'sessions.unknown': 'Unknown browser',
  'sessions.this': '{browser} (this one)',
  'sessions.since': 'Signed in',
  'sessions.seen': 'Last used',
  'sessions.with': 'With',
  'sessions.two-factors': 'two factors',
  'sessions.also': 'Also signed in at',
  'sessions.end': 'End this session',
  'sessions.everywhere': 'Sign out everywhere',
  'sessions.everywhere-note':
    'Ends all of these sessions, this one too, and the access of all applications you have let in.',
  'sessions.everywhere-tokens': 'End my tokens for scripts too; otherwise they stay good',
  'sessions.ended': 'That session has ended.',
  'sessions.ended-before': 'That session had ended before.',

  'reach.title': 'What you may open',
  'reach.groups': 'Your groups',
  'reach.none': 'Nothing yet: no rule here lets you in.',
  'reach.rule': 'Rule',
  'reach.why': 'Because',
  'reach.wants': 'Wants',
  'reach.methods': 'For',
  'reach.public': 'it is open to everyone',
  'reach.everyone': 'everyone who can sign in may',
  'reach.email': 'your address is {entry}',
  'reach.domain': 'your address is of {entry}',
  'reach.group': 'you are in the group {entry}',
  'reach.provider': 'you signed in through {entry}',
  'reach.user': 'your account is {entry}',
  'reach.wants-factor': 'two factors',
  'reach.wants-fresh': 'a sign-in within {time}',
  'reach.not': 'Not for you',
} as const

// Everything the pages say, in English: the source of all other languages. `{name}` is where a value goes.

import { englishAccounts } from './english-accounts.ts'
import { englishRelay } from './english-relay.ts'
import { englishSessions } from './english-sessions.ts'
import { englishTokens } from './english-tokens.ts'

export const english = {
  ...englishTokens,
  ...englishSessions,
  ...englishAccounts,
  ...englishRelay,

  'action.sign-in': 'Sign in',
  'action.sign-out': 'Sign out',
  'action.start-again': 'Start again',
  'action.try-again': 'Try again',
  'action.other-account': 'Use another account',
  'action.continue': 'Continue',
  'action.account': 'Your account and applications',

  'login.title': 'Sign in',
  'login.destination': 'to continue to {host}',
  'login.provider': 'Continue with {provider}',
  'login.name': 'Name',
  'login.password': 'Password',
  'login.wrong': 'Name or password is not right.',

  'signed-in.title': 'You are signed in',
  'signed-in.account': 'Account: {account}',
  'signed-in.explanation': 'You can open your applications now.',
  'not-signed-in.title': 'You are not signed in',
  'not-signed-in.explanation':
    'If you signed in a moment ago, your browser did not keep the cookie {cookie}. Allow cookies for this site, then sign in again.',
  'sign-out.title': 'Sign out?',
  'sign-out.explanation':
    'You are signed in as {account}. Signing out ends your session in this browser. Applications you have let in, tokens and other devices keep their access: you end that on the page of your account.',
  'signed-out.title': 'You are signed out',
  'signed-out.explanation':
    'Your session here has ended. On a shared computer, close the browser too.',
  'signed-out.again': 'Sign in again',

  'refusal.title': 'No access',
  'refusal.account': 'You are signed in as {account}.',
  'refusal.not-on-list': 'This account is not on the list of those who may open this page.',
  'refusal.unverified-email':
    'The e-mail address of this account has not been verified. Verify it where you have the account, then sign in again.',
  'refusal.other-account':
    'This e-mail address was first used here with a different account. Please sign in with that one.',
  'refusal.number': 'If you think this is wrong, tell your administrator this number: {id}',

  'problem.number': 'Number of this event: {id}',
  'fault.title': 'Something went wrong',
  'fault.explanation': 'This is our fault, not yours. Please try again in a moment.',
  'limited.title': 'Too many attempts',
  'limited.explanation':
    'There were too many attempts to sign in. Please wait a little and try again.',
  'busy.title': 'Too busy to sign you in',
  'busy.explanation':
    'Many people are signing in at this moment. Please try again in a few seconds.',
  'unknown-provider.title': 'Not found',
  'unknown-provider.explanation': 'There is no such way to sign in here.',
  'login-form.title': 'The form could not be read',
  'login-form.explanation': 'Please go back to the sign-in page and fill it in again.',
  'logout-form.title': 'You are not signed out yet',
  'logout-form.explanation':
    'This form is out of date, or it was sent from another site. Please try again.',
  'logout-form.two-cookies':
    'Your browser sent two different session cookies. They are removed now.',
  'unknown-flow.title': 'This sign-in cannot go on',
  'unknown-flow.explanation':
    'It was used before, took longer than ten minutes, or was begun in another browser. It may also be that your browser blocks cookies for this site.',
  'cookie-excess.title': 'Your browser sends too many cookies',
  'cookie-excess.explanation':
    'It sends more than {count} cookies or {size} KiB of them to this site, and then none of them is read. Delete the cookies of {domain} in your browser, then open the page you wanted once more.',
  'hand-off.title': 'You could not be signed in to this site',
  'hand-off.explanation':
    'The way back from the sign-in was used before, took longer than 30 seconds, or was begun in another browser. It may also be that your browser blocks cookies for this site.',
  'hand-off.incomplete': 'This address is not complete. Open the page you wanted once more.',
  'hand-off.not-routed':
    'The proxy of {host} asks whether {path} may pass, instead of leading it to the sign-in service. Whoever runs it has to add that path.',
  'cancelled.title': 'Sign-in was cancelled',
  'cancelled.explanation': 'You did not sign in at {provider}.',
  'not-confirmed.title': 'Sign-in did not work',
  'not-confirmed.explanation': '{provider} did not confirm who you are.',
  'not-confirmed.said': 'The provider says: {text}',
  'unreachable.title': 'The sign-in service cannot be reached',
  'unreachable.explanation':
    '{provider} does not answer at the moment. Please try again in a minute.',

  'loop.title': 'Signing in does not stick',
  'loop.here':
    'You signed in, but {host} keeps sending you back. The cookie {cookie} does not come back from your browser.',
  'loop.application':
    'You signed in, but {host} keeps sending you back. The cookie {cookie} arrives here, but not with the requests to that host.',
  'loop.causes': 'Why that may be:',
  'loop.cause.own-host':
    'The cookie is for "{own}" alone. Set the cookie domain to one that "{host}" belongs to as well.',
  'loop.cause.below': 'The cookie is for "{domain}" and what is below it; "{host}" is not.',
  'loop.cause.application-http':
    'The application is opened over plain http, and this cookie is sent over https only.',
  'loop.cause.proxy-asks':
    'The proxy does not pass the Cookie header on when it asks whether the request may pass.',
  'loop.cause.instance':
    'The proxy asks another instance that does not share the sessions with this one.',
  'loop.cause.blocked': 'The browser, or an extension in it, blocks cookies for this site.',
  'loop.cause.not-part': 'The cookie is for "{domain}", and "{own}" is not part of that.',
  'loop.cause.own-http':
    'This page is opened over plain http somewhere on the way; the cookie needs https.',
  'loop.cause.proxy-here':
    'The proxy in front of this service does not pass the Cookie or Set-Cookie header on.',
  'loop.cause.twice':
    'The browser has two different cookies of this name. Remove the cookies of this site.',

  'interaction.title': 'This request cannot go on',
  'interaction.explanation':
    'This sign-in request has expired, was finished before, or belongs to another browser. Start again in your application.',
  'interaction.go-on': 'You are signed in. Your browser goes on to {client} by itself.',
  'interaction.form':
    'This form is out of date, was sent before, or came from another site. Nothing was decided.',

  'client.unverified': 'This application chose its name itself. Nobody has checked it.',
  'client.host': 'Published by',
  'client.loopback':
    'The answer goes to a program on this computer. Go on only if you have just started it yourself.',
  'client.application':
    'The answer goes to an application on this device. Go on only if you have just started it yourself.',
  'client.device':
    'The answer goes to another device. Go on only if you have it in front of you and started this there yourself.',
  'client.target': 'The answer goes to',
  'client.resource': 'Access to',
  'client.scopes': 'It may',
  'client.lifetime': 'For how long',
  'client.account': 'Your account',

  'scope.openid': 'Know which account you have here',
  'scope.profile': 'See your name',
  'scope.email': 'See your e-mail address',
  'scope.groups': 'See your groups',
  'scope.offline': 'Keep access while you are away',

  'sign-in-first.title': 'Sign in to continue',
  'sign-in-first.explanation':
    '{client} wants access in your name. Sign in first; after that you decide.',

  'consent.title': 'Allow access?',
  'consent.explanation': '{client} wants access in your name.',
  'consent.not-you': 'Not you? Use another account',
  'consent.remember': 'Do not ask me again for this application',
  'consent.allow': 'Allow',
  'consent.deny': 'Deny',
  'consent.withdraw': 'You can end this at any time on the page of your account.',

  'account.title': 'Your account',
  'account.name': 'Name',
  'account.email': 'E-mail',
  'account.unverified': '{email} (not verified)',
  'account.username': 'User name',
  'account.provider': 'Signed in through',
  'account.local': 'this service itself',
  'account.applications': 'Applications you have let in',
  'account.none': 'There are none.',
  'account.since': 'Since',
  'account.last-use': 'Last used',
  'account.never': 'Not yet',
  'account.end': 'End access of {client}',
  'account.ended': 'Access has ended.',
  'account.ended-before': 'This access had ended before.',
  'account.form': 'This form is out of date, or it came from another site. Nothing was changed.',
  'account.back': 'Back to your account',

  'device.title': 'Connect a device',
  'device.explanation': 'Enter the code that your device shows.',
  'device.code': 'Code',
  'device.wrong': 'This code is not right, or it has expired. Look at your device and try again.',
  'device.cancelled': 'You have refused the device. Nothing was let in.',

  'device-confirm.title': 'Is this your device?',
  'device-confirm.explanation': '{client} shows this code: {code}',
  'device-confirm.warning':
    'Go on only if you have the device in front of you and started this there yourself. Never use a code that somebody sent you.',
  'device-confirm.yes': 'Yes, continue',
  'device-confirm.no': 'No, refuse',

  'device-done.title': 'Your device is connected',
  'device-done.explanation': 'It has access now. You can close this page.',

  'client-sign-out.title': 'Sign out?',
  'client-sign-out.explanation':
    '{client} asks to sign you out. Signing out ends your session in this browser, and the access of the applications you signed in to with it. If you stay, only {client} is signed out.',
  'client-sign-out.plain':
    'An application asks to sign you out. Signing out ends your session in this browser, and the access of the applications you signed in to with it.',
  'client-sign-out.stay': 'Stay signed in here',

  'client-signed-out.title': 'You are signed out',
  'client-signed-out.explanation': 'You can close this page.',

  'client-stayed.title': 'You are still signed in here',
  'client-stayed.explanation':
    'Your session in this browser goes on. Only the application that asked is signed out.',

  'authorization.title': 'The application could not be connected',
  'authorization.client':
    'The application is not known here, or what it says about itself cannot be used. Remove the connection there and add it again.',
  'authorization.redirect':
    'The application wants the answer at an address that it has not registered. So nothing was sent there.',
  'authorization.request': 'The application sent a request that is incomplete or not allowed here.',
  'authorization.expired':
    'The request has expired, or it belongs to another browser. Start again in your application.',
  'authorization.resource': 'The application asked for access to something that is not here.',
  'authorization.denied': 'Access was refused.',
  'authorization.limited': 'There were too many requests. Please wait a little and try again.',
  'authorization.fault': 'This is our fault, not yours. Please try again in a moment.',
  'authorization.code': 'Error code: {code}',
  'authorization.said': 'In technical words: {text}',
} as const

// What the pages of local accounts say, in English: passkeys, second factors, invitations.

export const englishAccounts = {
  'passkey.sign-in': 'Use a passkey',
  'passkey.use': 'Use your passkey',
  'passkey.nothing': 'The browser brought no passkey. Please try again, or use another way.',
  'passkey.wrong': 'This passkey could not be used. Please try again, or use another way.',

  'second-factor.title': 'One more step',
  'second-factor.app':
    'Enter the code that your authenticator app shows. If you do not have it at hand, enter one of your recovery codes.',
  'second-factor.recovery':
    'If you do not have your passkey at hand, enter one of your recovery codes.',
  'second-factor.code': 'Code',
  'second-factor.wrong': 'This code is not right, or it was used before.',
  'second-factor.over':
    'The second step took longer than five minutes, was finished before, or was begun in another browser.',

  'factors.title': 'How you sign in',
  'factors.change': 'Passkeys, authenticator app, recovery codes',
  'factors.explanation':
    'A passkey signs you in without a password. With a passkey or an authenticator app, your password alone is no longer enough.',
  'factors.password': 'Password',
  'factors.yes': 'Yes',
  'factors.no': 'No',
  'factors.passkeys': 'Passkeys',
  'factors.no-passkeys': 'You have none.',
  'factors.passkey-name': 'Name of the new passkey',
  'factors.passkey-suggestion': 'This device',
  'factors.add-passkey': 'Add a passkey',
  'factors.unsupported':
    'A passkey can be added in a browser that supports them, with scripts allowed for this site.',
  'factors.created': 'Added',
  'factors.remove': 'Remove {name}',
  'factors.app': 'Authenticator app',
  'factors.app-on': 'An authenticator app is set up.',
  'factors.app-off': 'None is set up.',
  'factors.add-app': 'Set up an authenticator app',
  'factors.replace-app': 'Set up another authenticator app',
  'factors.remove-app': 'Remove the authenticator app',
  'factors.recovery': 'Recovery codes',
  'factors.recovery-left': 'Codes left: {count}',
  'factors.recovery-explanation':
    'Each of them stands in once for a passkey or app that you do not have at hand, after your password.',
  'factors.renew': 'Make new recovery codes',
  'factors.fresh':
    'To change how you sign in, sign in once more: the last time was more than ten minutes ago.',
  'factors.sign-in-again': 'Sign in again',
  'factors.added': 'Added.',
  'factors.removed': 'Removed.',
  'factors.last':
    'This passkey is the only way to sign in to your account. Add another one before you remove it.',
  'factors.unknown': 'This had been removed before.',
  'factors.passkey-refused': 'This passkey could not be added. It may be here already.',

  'app-setup.title': 'Set up an authenticator app',
  'app-setup.explanation': 'Let the app read this picture, or type the key below it into the app:',
  'app-setup.picture': 'The same as a picture for the camera of your phone',
  'app-setup.open': 'Open the app on this device',
  'app-setup.confirm': 'Then enter the code that the app shows.',
  'app-setup.wrong':
    'This code is not right. Look whether the clock of your device is right, and try again.',
  'app-setup.finish': 'Finish',

  'recovery.title': 'Your recovery codes',
  'recovery.explanation':
    'Write these codes down, or print this page, and keep them where you find them without your devices. Each works once. They are shown only now.',
  'recovery.done': 'I have kept them',

  'invitation.title': 'Welcome, {name}',
  'invitation.explanation': 'Choose how you want to sign in. The name of your account is {name}.',
  'invitation.passkey': 'With a passkey',
  'invitation.passkey-explanation':
    'Your device signs you in: with your fingerprint, your face or its code. There is no password that could be stolen.',
  'invitation.create-passkey': 'Create a passkey',
  'invitation.password': 'With a password',
  'invitation.new-password': 'New password',
  'invitation.repeat': 'The same again',
  'invitation.set-password': 'Set the password',
  'invitation.differ': 'The two passwords differ.',
  'invitation.weak':
    'This password is too easy to guess. Take at least 12 characters, several words for example.',
  'invitation.nothing': 'Please choose a password or a passkey.',
  'invitation.missing-title': 'The invitation is missing',
  'invitation.missing':
    'Open the link you were sent once more. Your browser may block cookies for this site.',
  'invitation.over-title': 'This invitation cannot be used',
  'invitation.over':
    'It was used before, or it is older than three days. Ask whoever invited you for a new one.',
} as const

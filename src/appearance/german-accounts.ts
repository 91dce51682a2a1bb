// What the pages of local accounts say, in German.

import type { englishAccounts } from './english-accounts.ts'

export const germanAccounts: Readonly<Record<keyof typeof englishAccounts, string>> = {
  'passkey.sign-in': 'Passkey verwenden',
  'passkey.use': 'Passkey verwenden',
  'passkey.nothing':
    'Der Browser hat keinen Passkey gebracht. Bitte versuchen Sie es noch einmal oder nehmen Sie einen anderen Weg.',
  'passkey.wrong':
    'Dieser Passkey ließ sich nicht verwenden. Bitte versuchen Sie es noch einmal oder nehmen Sie einen anderen Weg.',

  'second-factor.title': 'Noch ein Schritt',
  'second-factor.app':
    'Geben Sie den Code ein, den Ihre Authenticator-App zeigt. Wenn Sie sie nicht zur Hand haben, geben Sie einen Ihrer Wiederherstellungscodes ein.',
  'second-factor.recovery':
    'Wenn Sie Ihren Passkey nicht zur Hand haben, geben Sie einen Ihrer Wiederherstellungscodes ein.',
  'second-factor.code': 'Code',
  'second-factor.wrong': 'Dieser Code ist nicht richtig, oder er wurde schon verwendet.',
  'second-factor.over':
    'Der zweite Schritt hat länger als fünf Minuten gedauert, ist schon getan oder wurde in einem anderen Browser begonnen.',

  'factors.title': 'Wie Sie sich anmelden',
  'factors.change': 'Passkeys, Authenticator-App, Wiederherstellungscodes',
  'factors.explanation':
    'Ein Passkey meldet Sie ohne Passwort an. Mit einem Passkey oder einer Authenticator-App genügt Ihr Passwort allein nicht mehr.',
  'factors.password': 'Passwort',
  'factors.yes': 'Ja',
  'factors.no': 'Nein',
  'factors.passkeys': 'Passkeys',
  'factors.no-passkeys': 'Sie haben keine.',
  'factors.passkey-name': 'Name des neuen Passkeys',
  'factors.passkey-suggestion': 'Dieses Gerät',
  'factors.add-passkey': 'Passkey hinzufügen',
  'factors.unsupported':
    'Einen Passkey fügen Sie in einem Browser hinzu, der sie kennt und auf dieser Website Skripte zulässt.',
  'factors.created': 'Hinzugefügt',
  'factors.remove': '{name} entfernen',
  'factors.app': 'Authenticator-App',
  'factors.app-on': 'Eine Authenticator-App ist eingerichtet.',
  'factors.app-off': 'Es ist keine eingerichtet.',
  'factors.add-app': 'Authenticator-App einrichten',
  'factors.replace-app': 'Eine andere Authenticator-App einrichten',
  'factors.remove-app': 'Authenticator-App entfernen',
  'factors.recovery': 'Wiederherstellungscodes',
  'factors.recovery-left': 'Übrige Codes: {count}',
  'factors.recovery-explanation':
    'Jeder davon ersetzt nach Ihrem Passwort einmal den Passkey oder die App, die Sie nicht zur Hand haben.',
  'factors.renew': 'Neue Wiederherstellungscodes erzeugen',
  'factors.fresh':
    'Um zu ändern, wie Sie sich anmelden, melden Sie sich noch einmal an: Das letzte Mal ist mehr als zehn Minuten her.',
  'factors.sign-in-again': 'Noch einmal anmelden',
  'factors.added': 'Hinzugefügt.',
  'factors.removed': 'Entfernt.',
  'factors.last':
    'Mit diesem Passkey allein können Sie sich anmelden. Fügen Sie einen anderen hinzu, bevor Sie ihn entfernen.',
  'factors.unknown': 'Das war schon entfernt.',
  'factors.passkey-refused':
    'Dieser Passkey ließ sich nicht hinzufügen. Vielleicht ist er schon hier.',

  'app-setup.title': 'Authenticator-App einrichten',
  'app-setup.explanation':
    'Lassen Sie die App dieses Bild lesen, oder geben Sie den Schlüssel darunter in der App ein:',
  'app-setup.picture': 'Dasselbe als Bild für die Kamera Ihres Telefons',
  'app-setup.open': 'App auf diesem Gerät öffnen',
  'app-setup.confirm': 'Geben Sie dann den Code ein, den die App zeigt.',
  'app-setup.wrong':
    'Dieser Code ist nicht richtig. Sehen Sie nach, ob die Uhr Ihres Geräts stimmt, und versuchen Sie es noch einmal.',
  'app-setup.finish': 'Fertig',

  'recovery.title': 'Ihre Wiederherstellungscodes',
  'recovery.explanation':
    'Schreiben Sie diese Codes auf oder drucken Sie die Seite, und bewahren Sie sie dort auf, wo Sie sie ohne Ihre Geräte finden. Jeder gilt einmal. Sie werden nur jetzt gezeigt.',
  'recovery.done': 'Ich habe sie aufbewahrt',

  'invitation.title': 'Willkommen, {name}',
  'invitation.explanation': 'Wählen Sie, wie Sie sich anmelden möchten. Ihr Konto heißt {name}.',
  'invitation.passkey': 'Mit einem Passkey',
  'invitation.passkey-explanation':
    'Ihr Gerät meldet Sie an: mit Fingerabdruck, Gesicht oder seinem Code. Ein Passwort, das jemand stehlen könnte, gibt es nicht.',
  'invitation.create-passkey': 'Passkey erstellen',
  'invitation.password': 'Mit einem Passwort',
  'invitation.new-password': 'Neues Passwort',
  'invitation.repeat': 'Noch einmal dasselbe',
  'invitation.set-password': 'Passwort festlegen',
  'invitation.differ': 'Die beiden Passwörter sind verschieden.',
  'invitation.weak':
    'Dieses Passwort ist zu leicht zu erraten. Nehmen Sie mindestens 12 Zeichen, zum Beispiel mehrere Wörter.',
  'invitation.nothing': 'Bitte wählen Sie ein Passwort oder einen Passkey.',
  'invitation.missing-title': 'Die Einladung fehlt',
  'invitation.missing':
    'Öffnen Sie den Link, den Sie bekommen haben, noch einmal. Vielleicht blockiert Ihr Browser Cookies für diese Website.',
  'invitation.over-title': 'Diese Einladung gilt nicht',
  'invitation.over':
    'Sie wurde schon verwendet oder ist älter als drei Tage. Bitten Sie um eine neue, wer Sie eingeladen hat.',
}

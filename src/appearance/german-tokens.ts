// What the pages of personal tokens say, in German.

import type { englishTokens } from './english-tokens.ts'

export const germanTokens: Readonly<Record<keyof typeof englishTokens, string>> = {
  'tokens.title': 'Tokens für Skripte',
  'tokens.explanation':
    'Für Skripte, git und docker, die sich hier nicht anmelden können. Wer ein Token hat, kann in Ihrem Namen tun, wofür es gilt.',
  'tokens.none': 'Sie haben keine.',
  'tokens.new': 'Token anlegen',
  'tokens.hosts': 'Hosts',
  'tokens.path': 'Pfad',
  'tokens.methods': 'Methoden',
  'tokens.scopes': 'Scopes',
  'tokens.until': 'Gilt bis',
  'tokens.by-operator': 'Vom Betreiber angelegt',
  'tokens.end': '{name} beenden',
  'tokens.ended': 'Das Token ist beendet.',
  'tokens.ended-before': 'Dieses Token war schon beendet.',
  'tokens.name': 'Name',
  'tokens.name-hint': 'Wofür es ist, für Sie selbst.',
  'tokens.hosts-hint':
    'Zum Beispiel app.example.com, mehrere mit Leerzeichen dazwischen. *.example.com ist jeder Host direkt darunter.',
  'tokens.path-hint': 'Zum Beispiel /api: dieser Pfad und alles darunter. Leer: jeder Pfad.',
  'tokens.methods-hint': 'Zum Beispiel GET HEAD. Leer: jede Methode.',
  'tokens.scopes-hint': 'Leer oder einige von: {scopes}',
  'tokens.days': 'Tage, bis es endet',
  'tokens.days-hint': 'Höchstens {days}.',
  'tokens.make': 'Token anlegen',
  'tokens.bad-name': 'Bitte geben Sie ihm einen Namen von 1 bis 80 Zeichen.',
  'tokens.bad-hosts': 'Bitte nennen Sie mindestens einen Host, ohne „https://“ und Pfad.',
  'tokens.unknown-host': 'Bei {host} gibt es hier keine Anwendung.',
  'tokens.bad-path': 'Der Pfad muss mit „/“ beginnen und darf kein „..“, „//“ oder „?“ enthalten.',
  'tokens.bad-methods': 'Bitte nennen Sie Methoden wie GET, in Großbuchstaben.',
  'tokens.bad-scopes': 'Diese Scopes gehören nicht zu den möglichen.',
  'tokens.bad-days': 'Bitte geben Sie eine ganze Zahl von Tagen an, nicht mehr als möglich.',
  'tokens.full':
    'Sie haben so viele Tokens, wie möglich sind. Beenden Sie eines, das Sie nicht benutzen.',
  'tokens.sent-before':
    'Dieses Formular wurde schon abgeschickt. Ein Token, das Sie nicht gesehen haben, nützt nichts: Beenden Sie es.',
  'tokens.again-title': 'Bitte melden Sie sich noch einmal an',
  'tokens.again':
    'Ihre Anmeldung ist länger als eine Stunde her. Ein Token anlegen können Sie nur kurz nach der Anmeldung.',
  'tokens.made-title': 'Ihr neues Token',
  'tokens.made': 'Kopieren Sie es jetzt. Es wird nicht noch einmal gezeigt.',
  'tokens.use':
    'Ein Skript sendet es als „Authorization: Bearer“; git, docker und andere als Passwort, mit beliebigem Namen.',
}

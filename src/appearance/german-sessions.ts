// What the pages say of sessions, of how sure a sign-in is, and of what a person may open, in German.

import type { englishSessions } from './english-sessions.ts'

export const germanSessions: Readonly<Record<keyof typeof englishSessions, string>> = {
  'assurance.title': 'Diese Seite verlangt eine sicherere Anmeldung',
  'assurance.factor':
    'Sie öffnet sich nur für Personen, die sich mit einem zweiten Faktor angemeldet haben, und {provider} hat keinen bestätigt. Richten Sie dort einen ein, oder benutzen Sie den vorhandenen, und versuchen Sie es noch einmal.',
  'assurance.fresh':
    'Sie öffnet sich nur für Personen, die sich vor kurzem angemeldet haben, und {provider} hat nicht gesagt, wann das war. Bitte fragen Sie, wer diesen Dienst betreibt.',
  'assurance.own-factor':
    'Sie öffnet sich nur für Personen, die sich mit einem zweiten Faktor angemeldet haben, und Ihr Konto hier hat noch keinen. Fügen Sie auf der Seite Ihres Kontos einen hinzu und melden Sie sich neu an.',

  'sessions.title': 'Sitzungen und Geräte',
  'sessions.unknown': 'Unbekannter Browser',
  'sessions.this': '{browser} (dieser hier)',
  'sessions.since': 'Angemeldet',
  'sessions.seen': 'Zuletzt benutzt',
  'sessions.with': 'Mit',
  'sessions.two-factors': 'zwei Faktoren',
  'sessions.also': 'Auch angemeldet bei',
  'sessions.end': 'Diese Sitzung beenden',
  'sessions.everywhere': 'Überall abmelden',
  'sessions.everywhere-note':
    'Beendet alle diese Sitzungen, auch diese hier, und den Zugang aller Anwendungen, die Sie zugelassen haben.',
  'sessions.everywhere-tokens': 'Auch meine Tokens für Skripte beenden; sonst gelten sie weiter',
  'sessions.ended': 'Diese Sitzung ist beendet.',
  'sessions.ended-before': 'Diese Sitzung war schon beendet.',

  'reach.title': 'Was Sie öffnen dürfen',
  'reach.groups': 'Ihre Gruppen',
  'reach.none': 'Noch nichts: Keine Regel hier lässt Sie ein.',
  'reach.rule': 'Regel',
  'reach.why': 'Weil',
  'reach.wants': 'Verlangt',
  'reach.methods': 'Für',
  'reach.public': 'es für alle offen ist',
  'reach.everyone': 'alle dürfen, die sich anmelden können',
  'reach.email': 'Ihre Adresse {entry} ist',
  'reach.domain': 'Ihre Adresse zu {entry} gehört',
  'reach.group': 'Sie in der Gruppe {entry} sind',
  'reach.provider': 'Sie sich über {entry} angemeldet haben',
  'reach.user': 'Ihr Konto {entry} ist',
  'reach.wants-factor': 'zwei Faktoren',
  'reach.wants-fresh': 'eine Anmeldung vor höchstens {time}',
  'reach.not': 'Nicht für Sie',
}

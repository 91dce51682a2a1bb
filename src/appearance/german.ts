// Everything the pages say, in German.

import type { Messages } from './messages.ts'

export const german: Messages = {
  'action.sign-in': 'Anmelden',
  'action.sign-out': 'Abmelden',
  'action.start-again': 'Neu beginnen',
  'action.try-again': 'Noch einmal versuchen',
  'action.other-account': 'Anderes Konto verwenden',

  'login.title': 'Anmelden',
  'login.destination': 'und weiter zu {host}',
  'login.provider': 'Weiter mit {provider}',
  'login.name': 'Name',
  'login.password': 'Passwort',
  'login.wrong': 'Name oder Passwort stimmt nicht.',

  'signed-in.title': 'Sie sind angemeldet',
  'signed-in.account': 'Konto: {account}',
  'signed-in.explanation': 'Sie können Ihre Anwendungen jetzt öffnen.',
  'not-signed-in.title': 'Sie sind nicht angemeldet',
  'not-signed-in.explanation':
    'Wenn Sie sich gerade angemeldet haben, hat Ihr Browser das Cookie {cookie} nicht behalten. Erlauben Sie Cookies für diese Website und melden Sie sich noch einmal an.',
  'sign-out.title': 'Abmelden?',
  'sign-out.explanation':
    'Sie sind als {account} angemeldet. Mit dem Abmelden endet Ihr Zugang zu allen Anwendungen hier.',
  'signed-out.title': 'Sie sind abgemeldet',
  'signed-out.explanation':
    'Ihre Sitzung hier ist beendet. Schließen Sie an einem gemeinsam genutzten Rechner auch den Browser.',
  'signed-out.again': 'Wieder anmelden',

  'refusal.title': 'Kein Zugang',
  'refusal.account': 'Sie sind als {account} angemeldet.',
  'refusal.not-on-list': 'Dieses Konto darf diese Seite nicht öffnen.',
  'refusal.unverified-email':
    'Die E-Mail-Adresse dieses Kontos ist nicht bestätigt. Bestätigen Sie sie dort, wo Sie das Konto haben, und melden Sie sich dann noch einmal an.',
  'refusal.other-account':
    'Diese E-Mail-Adresse wurde hier zuerst mit einem anderen Konto verwendet. Bitte melden Sie sich mit jenem an.',
  'refusal.number':
    'Wenn das nicht stimmen kann, nennen Sie Ihrer Administration diese Nummer: {id}',

  'problem.number': 'Nummer dieses Ereignisses: {id}',
  'fault.title': 'Etwas ist schiefgegangen',
  'fault.explanation':
    'Der Fehler liegt bei uns, nicht bei Ihnen. Bitte versuchen Sie es gleich noch einmal.',
  'limited.title': 'Zu viele Versuche',
  'limited.explanation':
    'Es gab zu viele Anmeldeversuche. Bitte warten Sie ein wenig und versuchen Sie es dann noch einmal.',
  'busy.title': 'Gerade zu viel los',
  'busy.explanation':
    'In diesem Augenblick melden sich viele an. Bitte versuchen Sie es in ein paar Sekunden noch einmal.',
  'unknown-provider.title': 'Nicht gefunden',
  'unknown-provider.explanation': 'Diesen Weg der Anmeldung gibt es hier nicht.',
  'login-form.title': 'Das Formular war nicht lesbar',
  'login-form.explanation':
    'Bitte gehen Sie zurück zur Anmeldeseite und füllen Sie es noch einmal aus.',
  'logout-form.title': 'Sie sind noch nicht abgemeldet',
  'logout-form.explanation':
    'Dieses Formular ist veraltet oder kam von einer anderen Website. Bitte versuchen Sie es noch einmal.',
  'logout-form.two-cookies':
    'Ihr Browser hat zwei verschiedene Sitzungs-Cookies geschickt. Sie werden jetzt entfernt.',
  'unknown-flow.title': 'Diese Anmeldung geht nicht weiter',
  'unknown-flow.explanation':
    'Sie wurde schon benutzt, hat länger als zehn Minuten gedauert oder wurde in einem anderen Browser begonnen. Vielleicht blockiert Ihr Browser auch Cookies für diese Website.',
  'hand-off.title': 'Sie konnten auf dieser Website nicht angemeldet werden',
  'hand-off.explanation':
    'Der Rückweg von der Anmeldung wurde schon benutzt, hat länger als 30 Sekunden gedauert oder wurde in einem anderen Browser begonnen. Vielleicht blockiert Ihr Browser auch Cookies für diese Website.',
  'hand-off.incomplete':
    'Diese Adresse ist nicht vollständig. Öffnen Sie die gewünschte Seite noch einmal.',
  'hand-off.not-routed':
    'Der Proxy von {host} fragt, ob {path} durchdarf, statt es zum Anmeldedienst zu leiten. Wer ihn betreibt, muss diesen Pfad ergänzen.',
  'cancelled.title': 'Die Anmeldung wurde abgebrochen',
  'cancelled.explanation': 'Sie haben sich bei {provider} nicht angemeldet.',
  'not-confirmed.title': 'Die Anmeldung hat nicht geklappt',
  'not-confirmed.explanation': '{provider} hat nicht bestätigt, wer Sie sind.',
  'not-confirmed.said': 'Von dort kam die Antwort: {text}',
  'unreachable.title': 'Der Anmeldedienst ist nicht erreichbar',
  'unreachable.explanation':
    '{provider} antwortet im Augenblick nicht. Bitte versuchen Sie es in einer Minute noch einmal.',

  'loop.title': 'Die Anmeldung bleibt nicht bestehen',
  'loop.here':
    'Sie haben sich angemeldet, aber {host} schickt Sie immer wieder zurück. Das Cookie {cookie} kommt von Ihrem Browser nicht wieder.',
  'loop.application':
    'Sie haben sich angemeldet, aber {host} schickt Sie immer wieder zurück. Das Cookie {cookie} kommt hier an, aber nicht mit den Anfragen an diesen Host.',
  'loop.causes': 'Woran das liegen kann:',
  'loop.cause.own-host':
    'Das Cookie gilt nur für „{own}“. Stellen Sie die Cookie-Domain auf eine, zu der auch „{host}“ gehört.',
  'loop.cause.below':
    'Das Cookie gilt für „{domain}“ und alles darunter; „{host}“ gehört nicht dazu.',
  'loop.cause.application-http':
    'Die Anwendung wird über einfaches http geöffnet; dieses Cookie wird nur über https gesendet.',
  'loop.cause.proxy-asks':
    'Der Proxy gibt den Cookie-Header nicht weiter, wenn er fragt, ob die Anfrage durchdarf.',
  'loop.cause.instance':
    'Der Proxy fragt eine andere Instanz, die die Sitzungen nicht mit dieser teilt.',
  'loop.cause.blocked':
    'Der Browser oder eine Erweiterung darin blockiert Cookies für diese Website.',
  'loop.cause.not-part': 'Das Cookie gilt für „{domain}“; „{own}“ gehört nicht dazu.',
  'loop.cause.own-http':
    'Diese Seite wird irgendwo unterwegs über einfaches http geöffnet; das Cookie braucht https.',
  'loop.cause.proxy-here':
    'Der Proxy vor diesem Dienst gibt den Cookie- oder den Set-Cookie-Header nicht weiter.',
  'loop.cause.twice':
    'Der Browser hat zwei verschiedene Cookies mit diesem Namen. Entfernen Sie die Cookies dieser Website.',
}

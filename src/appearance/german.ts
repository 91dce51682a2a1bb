// Everything the pages say, in German.

import { germanAccounts } from './german-accounts.ts'
import { germanRelay } from './german-relay.ts'
import { germanSessions } from './german-sessions.ts'
import { germanTokens } from './german-tokens.ts'
import type { Messages } from './messages.ts'

export const german: Messages = {
  ...germanTokens,
  ...germanSessions,
  ...germanAccounts,
  ...germanRelay,

  'action.sign-in': 'Anmelden',
  'action.sign-out': 'Abmelden',
  'action.start-again': 'Neu beginnen',
  'action.try-again': 'Noch einmal versuchen',
  'action.other-account': 'Anderes Konto verwenden',
  'action.continue': 'Weiter',
  'action.account': 'Ihr Konto und Ihre Anwendungen',

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
    'Sie sind als {account} angemeldet. Mit dem Abmelden endet Ihre Sitzung in diesem Browser. Anwendungen, die Sie zugelassen haben, Tokens und andere Geräte behalten ihren Zugang: Den beenden Sie auf der Seite Ihres Kontos.',
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
  'cookie-excess.title': 'Ihr Browser schickt zu viele Cookies',
  'cookie-excess.explanation':
    'Er schickt mehr als {count} Cookies oder {size} KiB davon an diese Website, und dann wird keines gelesen. Löschen Sie in Ihrem Browser die Cookies von {domain} und öffnen Sie die gewünschte Seite noch einmal.',
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

  'interaction.title': 'Diese Anfrage geht nicht weiter',
  'interaction.explanation':
    'Diese Anmeldung ist abgelaufen, wurde schon abgeschlossen oder gehört zu einem anderen Browser. Beginnen Sie in Ihrer Anwendung noch einmal.',
  'interaction.go-on': 'Sie sind angemeldet. Ihr Browser geht von selbst weiter zu {client}.',
  'interaction.form':
    'Dieses Formular ist veraltet, wurde schon einmal gesendet oder kam von einer anderen Website. Es wurde nichts entschieden.',

  'client.unverified': 'Diese Anwendung hat ihren Namen selbst gewählt. Niemand hat ihn geprüft.',
  'client.host': 'Veröffentlicht von',
  'client.loopback':
    'Die Antwort geht an ein Programm auf diesem Rechner. Fahren Sie nur fort, wenn Sie es gerade selbst gestartet haben.',
  'client.application':
    'Die Antwort geht an eine Anwendung auf diesem Gerät. Fahren Sie nur fort, wenn Sie sie gerade selbst gestartet haben.',
  'client.device':
    'Die Antwort geht an ein anderes Gerät. Fahren Sie nur fort, wenn Sie es vor sich haben und dort selbst damit begonnen haben.',
  'client.target': 'Die Antwort geht an',
  'client.resource': 'Zugang zu',
  'client.scopes': 'Sie darf',
  'client.lifetime': 'Wie lange',
  'client.account': 'Ihr Konto',

  'scope.openid': 'Wissen, welches Konto Sie hier haben',
  'scope.profile': 'Ihren Namen sehen',
  'scope.email': 'Ihre E-Mail-Adresse sehen',
  'scope.groups': 'Ihre Gruppen sehen',
  'scope.offline': 'Zugang behalten, während Sie nicht da sind',

  'sign-in-first.title': 'Zum Fortfahren anmelden',
  'sign-in-first.explanation':
    '{client} möchte Zugang in Ihrem Namen. Melden Sie sich erst an; danach entscheiden Sie.',

  'consent.title': 'Zugang erlauben?',
  'consent.explanation': '{client} möchte Zugang in Ihrem Namen.',
  'consent.not-you': 'Nicht Sie? Anderes Konto verwenden',
  'consent.remember': 'Bei dieser Anwendung nicht mehr fragen',
  'consent.allow': 'Erlauben',
  'consent.deny': 'Ablehnen',
  'consent.withdraw': 'Sie können das jederzeit auf der Seite Ihres Kontos beenden.',

  'account.title': 'Ihr Konto',
  'account.name': 'Name',
  'account.email': 'E-Mail',
  'account.unverified': '{email} (nicht bestätigt)',
  'account.username': 'Benutzername',
  'account.provider': 'Angemeldet über',
  'account.local': 'diesen Dienst selbst',
  'account.applications': 'Anwendungen, die Sie hereingelassen haben',
  'account.none': 'Es gibt keine.',
  'account.since': 'Seit',
  'account.last-use': 'Zuletzt benutzt',
  'account.never': 'Noch nicht',
  'account.end': 'Zugang von {client} beenden',
  'account.ended': 'Der Zugang ist beendet.',
  'account.ended-before': 'Dieser Zugang war schon beendet.',
  'account.form':
    'Dieses Formular ist veraltet oder kam von einer anderen Website. Es wurde nichts geändert.',
  'account.back': 'Zurück zu Ihrem Konto',

  'device.title': 'Ein Gerät verbinden',
  'device.explanation': 'Geben Sie den Code ein, den Ihr Gerät zeigt.',
  'device.code': 'Code',
  'device.wrong':
    'Dieser Code stimmt nicht oder ist abgelaufen. Sehen Sie auf Ihr Gerät und versuchen Sie es noch einmal.',
  'device.cancelled': 'Sie haben das Gerät abgelehnt. Nichts wurde hereingelassen.',

  'device-confirm.title': 'Ist das Ihr Gerät?',
  'device-confirm.explanation': '{client} zeigt diesen Code: {code}',
  'device-confirm.warning':
    'Fahren Sie nur fort, wenn Sie das Gerät vor sich haben und dort selbst damit begonnen haben. Verwenden Sie nie einen Code, den Ihnen jemand geschickt hat.',
  'device-confirm.yes': 'Ja, weiter',
  'device-confirm.no': 'Nein, ablehnen',

  'device-done.title': 'Ihr Gerät ist verbunden',
  'device-done.explanation': 'Es hat jetzt Zugang. Sie können diese Seite schließen.',

  'client-sign-out.title': 'Abmelden?',
  'client-sign-out.explanation':
    '{client} möchte Sie abmelden. Mit dem Abmelden enden Ihre Sitzung in diesem Browser und der Zugang der Anwendungen, bei denen Sie sich darüber angemeldet haben. Wenn Sie bleiben, wird nur {client} abgemeldet.',
  'client-sign-out.plain':
    'Eine Anwendung möchte Sie abmelden. Mit dem Abmelden enden Ihre Sitzung in diesem Browser und der Zugang der Anwendungen, bei denen Sie sich darüber angemeldet haben.',
  'client-sign-out.stay': 'Hier angemeldet bleiben',

  'client-signed-out.title': 'Sie sind abgemeldet',
  'client-signed-out.explanation': 'Sie können diese Seite schließen.',

  'client-stayed.title': 'Sie sind hier weiter angemeldet',
  'client-stayed.explanation':
    'Ihre Sitzung in diesem Browser geht weiter. Nur die Anwendung, die gefragt hat, ist abgemeldet.',

  'authorization.title': 'Die Anwendung konnte nicht verbunden werden',
  'authorization.client':
    'Die Anwendung ist hier nicht bekannt, oder ihre Angaben über sich sind nicht brauchbar. Entfernen Sie die Verbindung dort und legen Sie sie neu an.',
  'authorization.redirect':
    'Die Anwendung möchte die Antwort an eine Adresse, die sie nicht angemeldet hat. Darum wurde nichts dorthin geschickt.',
  'authorization.request':
    'Die Anwendung hat eine Anfrage geschickt, die unvollständig oder hier nicht erlaubt ist.',
  'authorization.expired':
    'Die Anfrage ist abgelaufen oder gehört zu einem anderen Browser. Beginnen Sie in Ihrer Anwendung noch einmal.',
  'authorization.resource': 'Die Anwendung wollte Zugang zu etwas, das es hier nicht gibt.',
  'authorization.denied': 'Der Zugang wurde abgelehnt.',
  'authorization.limited':
    'Es gab zu viele Anfragen. Bitte warten Sie ein wenig und versuchen Sie es dann noch einmal.',
  'authorization.fault':
    'Der Fehler liegt bei uns, nicht bei Ihnen. Bitte versuchen Sie es gleich noch einmal.',
  'authorization.code': 'Fehlercode: {code}',
  'authorization.said': 'In der Sprache der Technik: {text}',
}

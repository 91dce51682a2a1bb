// What the pages around a command line's sign-in say, in German.

import type { englishRelay } from './english-relay.ts'

export const germanRelay: Readonly<Record<keyof typeof englishRelay, string>> = {
  'sessions.command-line': 'Kommandozeile bei {host}',
  'relay.title': 'Kommandozeile verbinden',
  'relay.explanation': 'Ein Programm auf Ihrem Rechner möchte {gateway} in Ihrem Namen nutzen.',
  'relay.gateway': 'Gateway',
  'relay.account': 'Konto',
  'relay.port': 'Port auf Ihrem Rechner',
  'relay.code': 'Code',
  'relay.compare': 'In Ihrem Terminal muss derselbe Code stehen.',
  'relay.warning': 'Machen Sie nur weiter, wenn Sie das selbst in Ihrem Terminal gestartet haben.',
  'relay.connect': 'Verbinden',
  'relay.busy': 'Wird verbunden ...',
  'relay.done': 'Verbunden. Sie können dieses Fenster schließen und ins Terminal zurückkehren.',
  'relay.start-again': 'Beginnen Sie im Terminal noch einmal.',
  'relay.unreachable':
    'Der Browser hat das Programm nicht erreicht. Vielleicht hat er Sie vorher um Erlaubnis gefragt, oder das Programm ist beendet.',
  'relay.other-way': 'Auf anderem Weg verbinden',
  'relay.show-code': 'Einen Code zum Kopieren zeigen',
  'relay.incomplete.title': 'Diese Adresse ist unvollständig',
  'relay.expired.title': 'Das hat zu lange gedauert',
  'relay.expired.explanation':
    'Die Frage wurde schon beantwortet, in einem anderen Browser gestellt oder ist älter als zwei Minuten.',
  'relay.not-signed-in':
    'Sie haben sich angemeldet, aber Ihr Browser hat das nicht zu dieser Website mitgebracht.',
  'relay.denied.title': 'Kein Zugang zu diesem Gateway',
  'relay.denied.explanation':
    'Sie sind als {account} angemeldet; dieses Konto darf es nicht nutzen.',
  'relay.hand-over.title': 'Ans Terminal senden',
  'relay.hand-over.explanation':
    'Das Programm wartet auf Port {port} Ihres Rechners. Seine Antwort steht danach in diesem Fenster.',
  'relay.hand-over.send': 'Senden',
  'relay.copy.title': 'Diesen Code kopieren',
  'relay.copy.explanation':
    'Geben Sie ihn dem Programm, das Sie gestartet haben. Er gilt einmal, zwei Minuten lang und nur zusammen mit dem Code darunter.',
  'relay.copy.code': 'Code zum Kopieren',
  'relay.copy.by-hand': 'Einem Programm, das nicht danach fragt, hilft dieser Befehl:',
}

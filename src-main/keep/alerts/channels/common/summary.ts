/** What every channel for people says of an alert: a line, some sentences, and a few facts by name. */
import { KINDS } from '../../../../../src-shared/domain/incident.ts';
import { plainText } from '../../../../../src-shared/domain/plain-text.ts';
import { shorten } from '../../http/words.ts';
import type { Alert } from '../../types.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
}

const LISTED = 5;
const WORD = { info: 'Note', warning: 'Warning', critical: 'Critical' } as const;

/** A few of a list, and how many there are beyond them. */
export function some(items: readonly (string | number)[], total: number, most = LISTED): string {
  const shown = items.slice(0, most).map((item) => shorten(plainText(String(item)), 100));
  const more = Math.max(total, items.length) - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** To the second: the digits behind it are for machines. */
const secondOf = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;

/** Of an alert that a newer Sonde queued, the kind may be unknown here. */
const titleOf = (kind: string): string => KINDS.find(({ id }) => id === kind)?.title ?? plainText(kind);

export const severityWord = ({ severity }: Alert): string => WORD[severity];

/** `Critical: Password guessing against …`, one line. */
export function headline(alert: Alert): string {
  const plain = plainText(alert.title);
  return alert.reason === 'test' || alert.reason === 'report' ? plain : `${severityWord(alert)}: ${plain}`;
}

/** Who, what, when and where, as far as the alert knows it; empty parts are left out. */
export function factsOf({ incident, digest, sensor, at }: Alert): Fact[] {
  const of = (name: string, value: string): Fact[] => (value === '' ? [] : [{ name, value }]);
  if (incident) {
    return [
      ...of('Kind', titleOf(incident.kind)),
      ...of('From', some(incident.sources, incident.sourcesTotal)),
      ...of('To', some(incident.targets, incident.targetsTotal)),
      ...of('Ports', some(incident.ports, incident.portsTotal)),
      ...of('Names', some(incident.domains, incident.domainsTotal)),
      ...of('Seen', `${secondOf(incident.firstTs)} to ${secondOf(incident.lastTs)}`),
      ...of('What to do', incident.response[0] ?? ''),
      ...of('Reported by', plainText(sensor)),
    ];
  }
  const counts = digest?.counts;
  const sums = counts ? `${counts.critical} critical, ${counts.warning} warnings, ${counts.info} notes` : '';
  const period = digest ? `${secondOf(digest.from)} to ${secondOf(digest.to)}` : secondOf(at);
  return [...of('When', period), ...of('Incidents', sums), ...of('Reported by', plainText(sensor))];
}

/** Lines of text, each without characters that move or hide others. */
export const plainLines = (text: string): string => text.split(/\r?\n/).map(plainText).join('\n');

/** The paragraph that stands beside the facts: the text of an incident names them itself. */
export const paragraph = ({ incident, text }: Alert): string => plainLines(incident ? incident.summary : text);

/** The whole message as plain text, at most `max` UTF-16 units. */
export function messageText(alert: Alert, max: number): string {
  const from = alert.sensor === '' ? '' : `Reported by ${plainText(alert.sensor)}`;
  return shorten([headline(alert), plainLines(alert.text), from].filter(Boolean).join('\n\n'), max);
}

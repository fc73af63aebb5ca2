/** ArcSight's Common Event Format, version 0: a head divided by `|`, then `name=value` divided by blanks. */
import { plainText } from '../../../../../src-shared/domain/plain-text.ts';
import { shorten } from '../../http/words.ts';
import { firstFitting, fitting } from '../common/fit.ts';
import { eventOf, familyOf, MAKER, milliseconds, SEVERITY, wordsOf, type LogAlert } from './events.ts';

/** The format's own bounds of a name and of `msg`, characters; shorter names where the whole must be short. */
const NAMES = [512, 256, 100, 30] as const;
const MESSAGE_MAX = 1023;
const SENSOR_MAX = 100;

/** Of the head: backslash and bar; it has one line. */
const head = (text: string): string => plainText(text).replace(/[\\|]/g, '\\$&');

/** Of a value: backslash and equals sign; line ends as `\n`. */
const value = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => plainText(line).replace(/[\\=]/g, '\\$&'))
    .join('\\n');

function addresses(name: 'src' | 'dst', six: string, label: string, address: string | undefined): string[][] {
  const family = familyOf(address);
  if (address === undefined || family === 0) return [];
  return family === 4
    ? [[name, address]]
    : [
        [six, address],
        [`${six}Label`, label],
      ];
}

const fieldsOf = (alert: LogAlert): string[] => {
  const event = eventOf(alert);
  const { incident } = alert;
  return [
    ['rt', milliseconds(alert.at)],
    ['start', milliseconds(event.start)],
    ['end', milliseconds(event.end)],
    ...addresses('src', 'c6a2', 'Source IPv6 Address', event.source),
    ...addresses('dst', 'c6a3', 'Destination IPv6 Address', event.target),
    ...(event.port === undefined ? [] : [['dpt', String(event.port)]]),
    ['cat', event.id],
    ['reason', alert.reason],
    ['externalId', alert.key],
    ['dvchost', shorten(alert.sensor, SENSOR_MAX)],
    ...(incident
      ? [
          ['cnt', String(Math.max(1, incident.flows))],
          ['cs1', incident.uid],
          ['cs1Label', 'incident'],
          ['cn1', String(event.sources)],
          ['cn1Label', 'sources'],
          ['cn2', String(event.targets)],
          ['cn2Label', 'targets'],
        ]
      : []),
    ...(alert.withdrawn
      ? [
          ['cs2', 'true'],
          ['cs2Label', 'withdrawn'],
        ]
      : []),
  ].map(([key = '', text = '']) => `${key}=${value(text)}`);
};

/** `max`: bytes that the whole may take; the message gives way first, then the name. */
export function cefBody(alert: LogAlert, max: number): string {
  const fields = fieldsOf(alert).join(' ');
  const written = firstFitting(NAMES, max, (length) => {
    const heads = [...MAKER, eventOf(alert).id, shorten(alert.title, length)].map(head);
    return `CEF:0|${heads.join('|')}|${SEVERITY[alert.severity]}|${fields}`;
  });
  const room = max - Buffer.byteLength(written) - ' msg='.length;
  const message = fitting(shorten(wordsOf(alert), MESSAGE_MAX), room, value);
  return message === '' ? written : `${written} msg=${message}`;
}

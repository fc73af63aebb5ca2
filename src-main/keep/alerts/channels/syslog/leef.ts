/** IBM's Log Event Extended Format 2.0. Attributes are divided by `^`: many receivers of syslog take tabs apart. */
import { plainText } from '../../../../../src-shared/domain/plain-text.ts';
import { shorten } from '../../http/words.ts';
import { firstFitting, fitting } from '../common/fit.ts';
import { eventOf, familyOf, MAKER, milliseconds, SEVERITY, wordsOf, type LogAlert } from './events.ts';

const DELIMITER = '^';
/** Characters of the title: shorter ones where the whole must be short. */
const TITLES = [512, 256, 100, 30] as const;
const SENSOR_MAX = 100;

/** The head knows no escape. */
const head = (text: string): string => plainText(text).replaceAll('|', '/');

/** Nor do values: what would end one is replaced. */
const value = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map(plainText)
    .join(' ')
    .replaceAll(DELIMITER, ' ');

function attributesOf(alert: LogAlert, titleMax: number): string {
  const event = eventOf(alert);
  const { incident } = alert;
  const [source, target] = [event.source, event.target].map((address) => (familyOf(address) === 0 ? '' : address));
  return [
    ['devTime', milliseconds(alert.at)],
    ['cat', event.id],
    ['sev', String(SEVERITY[alert.severity])],
    ['src', source],
    ['dst', target],
    ['dstPort', event.port === undefined ? '' : String(event.port)],
    ['reason', alert.reason],
    ['key', alert.key],
    ['sensor', shorten(alert.sensor, SENSOR_MAX)],
    ['incident', incident?.uid],
    ['withdrawn', alert.withdrawn ? 'true' : ''],
    ['sources', incident ? String(event.sources) : ''],
    ['targets', incident ? String(event.targets) : ''],
    ['start', milliseconds(event.start)],
    ['end', milliseconds(event.end)],
    ['title', shorten(alert.title, titleMax)],
  ]
    .flatMap(([name = '', text = '']) => (text === '' ? [] : [`${name}=${value(text)}`]))
    .join(DELIMITER);
}

/** `max`: bytes that the whole may take; the message gives way first, then the title. */
export function leefBody(alert: LogAlert, max: number): string {
  const heads = [...MAKER, eventOf(alert).id].map(head).join('|');
  const written = firstFitting(
    TITLES,
    max,
    (length) => `LEEF:2.0|${heads}|${DELIMITER}|${attributesOf(alert, length)}`,
  );
  const room = max - Buffer.byteLength(written) - `${DELIMITER}msg=`.length;
  const message = fitting(wordsOf(alert), room, value);
  return message === '' ? written : `${written}${DELIMITER}msg=${message}`;
}

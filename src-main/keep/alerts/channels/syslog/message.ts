/** A message of syslog (RFC 5424), and how it is told from the next one on a stream (RFC 6587 3.4.1). */
import { VERSION } from '../../../../../src-shared/version.ts';
import type { Alert } from '../../types.ts';
import { shortJson } from '../common/body.ts';
import { cefBody } from './cef.ts';
import { leefBody } from './leef.ts';
import { textBody } from './text.ts';

/** Of the RFC's table: critical, warning, informational. */
const LEVEL = { info: 6, warning: 4, critical: 2 } as const;
const HOST_MAX = 255;
const ID_MAX = 32;
/** RFC 5424 6.4: what follows is UTF-8. */
const BOM = '\ufeff';

export interface Body {
  readonly id: string;
  readonly title: string;
  /** `max`: bytes. */
  make(alert: Alert, max: number): string;
}

/** Adding a form of body: its file and a line here. */
export const BODIES: readonly Body[] = [
  { id: 'text', title: 'Text', make: textBody },
  { id: 'json', title: 'JSON (sonde.alert/1)', make: shortJson },
  { id: 'cef', title: 'CEF', make: cefBody },
  { id: 'leef', title: 'LEEF 2.0', make: leefBody },
];

/** What the head of a message may hold: visible ASCII without blanks; a hyphen for nothing. */
const named = (text: string, max: number): string => text.replace(/[^\x21-\x7e]/g, '-').slice(0, max) || '-';

/** `max`: bytes of all of it. */
export function syslogMessage(alert: Alert, body: Body, facility: number, max: number): Buffer {
  const time = new Date(alert.at);
  const stamp = Number.isNaN(time.getTime()) ? '-' : time.toISOString();
  const names = [named(alert.sensor, HOST_MAX), 'sonde', '-', named(alert.reason, ID_MAX)].join(' ');
  const origin = `[origin software="Sonde" swVersion="${VERSION}"]`;
  // CEF and LEEF are looked for at the very beginning of what follows the head.
  const mark = body.id === 'text' ? BOM : '';
  const head = `<${facility * 8 + LEVEL[alert.severity]}>1 ${stamp} ${names} ${origin} ${mark}`;
  return Buffer.from(head + body.make(alert, max - Buffer.byteLength(head)), 'utf8');
}

/** Its length in bytes stands before it. */
export function counted(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `, 'ascii'), message]);
}

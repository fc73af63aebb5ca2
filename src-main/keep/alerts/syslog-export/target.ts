/** Where a continuous export to syslog goes, as it is written: `syslog+tls://host:port?format=ecs&facility=local4`. */
import { isAbsolute } from 'node:path';

export const SYSLOG_FORMATS = ['ndjson', 'eve', 'ecs', 'ocsf', 'cef', 'leef'] as const;
export type SyslogFormat = (typeof SYSLOG_FORMATS)[number];
export type Transport = 'udp' | 'tcp' | 'tls';

export interface SyslogTarget {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  readonly format: SyslogFormat;
  /** RFC 5424, table 1. */
  readonly facility: number;
  /** Bytes a message may have. */
  readonly maxBytes: number;
  /** Messages that wait at most. */
  readonly queue: number;
  /** Path of the authority's certificates (PEM) that are trusted instead of the system's; '' for the system's. */
  readonly ca: string;
}

/** RFC 5426 3.3, RFC 6587 (by use), RFC 5425 4.1. */
const PORTS: Readonly<Record<Transport, number>> = { udp: 514, tcp: 514, tls: 6514 };
const FACILITIES: ReadonlyMap<string, number> = new Map([
  ['user', 1],
  ['daemon', 3],
  ['auth', 4],
  ['authpriv', 10],
  ...Array.from({ length: 8 }, (_, i) => [`local${i}`, 16 + i] as const),
]);
const FACILITY = 'local4';
/** rsyslog's longest message where nothing else is configured. */
const BYTES = { usual: 8192, least: 2048, most: 65_000 } as const;
const QUEUE = { usual: 10_000, least: 1, most: 1_000_000 } as const;
const NAMES = ['format', 'facility', 'max-bytes', 'queue', 'ca'];
const HOST = /^[\w.-]{1,253}$|^\[[0-9a-f:.]{2,45}\]$/i;

export const isSyslogTarget = (text: string): boolean => /^syslog\+/i.test(text);

/** What is wrong with it, for people, is thrown as the message of a RangeError. */
export function syslogTarget(text: string): SyslogTarget {
  const [, transport, host = '', port, query = ''] =
    /^syslog\+(udp|tcp|tls):\/\/([^/?#:[\]]+|\[[^\]]*\])(?::(\d{1,5}))?\/?(?:\?(.*))?$/i.exec(text) ?? [];
  if (transport === undefined) throw new RangeError('write syslog+udp://HOST:PORT, syslog+tcp://… or syslog+tls://…');
  if (!HOST.test(host)) throw new RangeError(`${host} is no name or address of a host`);
  const over = transport.toLowerCase() as Transport;
  const given = new URLSearchParams(query);
  const odd = [...given.keys()].find((name) => !NAMES.includes(name));
  if (odd !== undefined) throw new RangeError(`there is no ${odd}; known are ${NAMES.join(', ')}`);
  return {
    transport: over,
    host: host.replace(/^\[|\]$/g, ''),
    port: whole(port ?? null, 'the port', { usual: PORTS[over], least: 1, most: 65_535 }),
    format: formatOf(given.get('format') ?? 'ndjson'),
    facility: facilityOf(given.get('facility') ?? FACILITY),
    maxBytes: whole(given.get('max-bytes'), 'max-bytes', BYTES),
    queue: whole(given.get('queue'), 'queue', QUEUE),
    ca: authorityOf(given.get('ca') ?? '', over),
  };
}

function whole(text: string | null, name: string, bounds: { usual: number; least: number; most: number }): number {
  if (text === null) return bounds.usual;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= bounds.least && value <= bounds.most) return value;
  throw new RangeError(`${name} is a whole number from ${bounds.least} to ${bounds.most}`);
}

function formatOf(name: string): SyslogFormat {
  const found = SYSLOG_FORMATS.find((format) => format === name);
  if (found) return found;
  throw new RangeError(`there is no format ${name}; known are ${SYSLOG_FORMATS.join(', ')}`);
}

function facilityOf(name: string): number {
  const found = FACILITIES.get(name);
  if (found !== undefined) return found;
  throw new RangeError(`there is no facility ${name}; known are ${[...FACILITIES.keys()].join(', ')}`);
}

function authorityOf(path: string, transport: Transport): string {
  if (path === '') return '';
  if (transport !== 'tls') throw new RangeError('ca is for syslog+tls alone');
  if (isAbsolute(path)) return path;
  throw new RangeError('ca is the full path of a PEM file');
}

/**
 * The CSV files of abuse.ch, known by the names of their columns, which stand in the last remark or the first line:
 * Feodo Tracker, URLhaus, SSLBL (addresses, certificates, JA3) and ThreatFox.
 */
import { timeOf } from '../dates.ts';
import { UNSAID, type Details, type Intake, type Threat } from '../types.ts';
import { certificateHash, domainValue, readValue, urlValue, type Value } from '../values.ts';
import type { LineFormat, LineReader } from './types.ts';

/** A row by the names of its columns. */
type Row = (column: string) => string;

interface Layout {
  id: string;
  source: string;
  /** Columns by which it is known. */
  needs: readonly string[];
  value(row: Row): Value | string;
  details(row: Row): Partial<Details>;
}

const withPort = (value: Value | string, port: string): Value | string =>
  typeof value === 'string' || !/^\d{1,5}$/.test(port) || Number(port) > 65_535
    ? value
    : { ...value, port: Number(port) };

const THREATFOX_THREATS: ReadonlyMap<string, Threat> = new Map([
  ['botnet_cc', 'command'],
  ['payload', 'payload'],
  ['payload_delivery', 'payload'],
]);

function threatFoxValue(row: Row): Value | string {
  const value = row('iocvalue');
  const type = row('ioctype');
  if (type === 'domain') return domainValue(value, false);
  if (type === 'url') return urlValue(value);
  if (type === 'ip:port') return readValue(value);
  if (/^(?:md5|sha1|sha256|sha3_384|sha512)_hash$/.test(type)) return { observable: { kind: 'hash' }, port: 0 };
  return `entries of the kind ${type.slice(0, 40) || '(none)'} are nothing that packets show`;
}

/** "Dridex C&C" → "Dridex". */
const family = (reason: string): string => reason.replace(/\s*(?:C&C|C2|malware C&C).*$/i, '');

const LAYOUTS: readonly Layout[] = [
  {
    id: 'threatfox',
    source: 'ThreatFox',
    needs: ['iocvalue', 'ioctype'],
    value: threatFoxValue,
    details: (row) => ({
      threat: THREATFOX_THREATS.get(row('threattype')) ?? 'other',
      label: row('malwareprintable'),
      added: timeOf(row('firstseenutc')),
      ...(/^\d{1,3}$/.test(row('confidencelevel')) ? { confidence: Number(row('confidencelevel')) } : {}),
    }),
  },
  {
    id: 'urlhaus',
    source: 'URLhaus',
    needs: ['url', 'threat', 'urlstatus'],
    value: (row) => urlValue(row('url')),
    details: (row) => ({
      threat: row('threat') === 'malware_download' ? 'payload' : 'other',
      label: row('tags') === 'None' ? '' : row('tags').replaceAll(',', ', '),
      added: timeOf(row('dateadded')),
      confidence: row('urlstatus') === 'online' ? 80 : 60,
    }),
  },
  {
    id: 'feodo-tracker',
    source: 'Feodo Tracker',
    needs: ['dstip', 'malware'],
    value: (row) => withPort(readValue(row('dstip')), row('dstport')),
    details: (row) => ({
      threat: 'command',
      label: row('malware'),
      added: timeOf(row('firstseenutc') || row('firstseen')),
      confidence: row('c2status') === 'offline' ? 70 : 90,
    }),
  },
  {
    id: 'sslbl-addresses',
    source: 'SSLBL',
    needs: ['firstseen', 'dstip', 'dstport'],
    value: (row) => withPort(readValue(row('dstip')), row('dstport')),
    details: (row) => ({ threat: 'command', added: timeOf(row('firstseen')), confidence: 80 }),
  },
  {
    id: 'sslbl-certificates',
    source: 'SSLBL',
    needs: ['sha1', 'listingreason'],
    value: (row) =>
      row('sha1').length === 40
        ? (certificateHash(row('sha1')) ?? 'no SHA-1 of a certificate')
        : 'no SHA-1 of a certificate',
    details: (row) => ({
      threat: /\bC&C\b|\bC2\b/i.test(row('listingreason')) ? 'command' : 'other',
      label: family(row('listingreason')),
      added: timeOf(row('listingdate')),
      confidence: 80,
    }),
  },
  {
    id: 'sslbl-ja3',
    source: 'SSLBL',
    needs: ['ja3md5', 'listingreason'],
    value: (row) => {
      const value = row('ja3md5').toLowerCase();
      return /^[0-9a-f]{32}$/.test(value) ? { observable: { kind: 'ja3', value }, port: 0 } : 'no JA3';
    },
    // They are taken from malware only: nobody has looked which ordinary programs have the same.
    details: (row) => ({
      threat: 'command',
      label: family(row('listingreason')),
      added: timeOf(row('firstseen')),
      confidence: 40,
    }),
  },
];

/** Fields of a line; quotes may stand after a space, and are doubled within. */
export function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    while (line[at] === ' ' || line[at] === '\t') at++;
    let end: number;
    if (line[at] === '"') {
      end = at + 1;
      while (end < line.length && (line[end] !== '"' || line[end + 1] === '"')) end += line[end] === '"' ? 2 : 1;
      fields.push(line.slice(at + 1, end).replaceAll('""', '"'));
      end = line.indexOf(',', end);
    } else {
      end = line.indexOf(',', at);
      fields.push(line.slice(at, end < 0 ? undefined : end).trim());
    }
    if (end < 0) return fields;
    at = end + 1;
  }
}

const columnsOf = (line: string): string[] =>
  fieldsOf(line.replace(/^\s*#+\s*/, '')).map((name) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));

interface Found {
  layout: Layout;
  columns: ReadonlyMap<string, number>;
  /** The line of the columns. */
  line: string;
}

/** Among the remarks at the beginning and the first line that is none. */
function layoutOf(head: readonly string[]): Found | undefined {
  for (const line of head) {
    if (line.trim() === '') continue;
    const names = columnsOf(line);
    const layout = LAYOUTS.find(({ needs }) => needs.every((name) => names.includes(name)));
    if (layout) return { layout, line, columns: new Map(names.map((name, i) => [name, i])) };
    if (!line.trimStart().startsWith('#')) return undefined;
  }
  return undefined;
}

class AbuseReader implements LineReader {
  private readonly found: Found;
  private readonly intake: Intake;

  constructor(found: Found, intake: Intake) {
    this.found = found;
    this.intake = intake;
    intake.head({ source: found.layout.source });
  }

  line(text: string, number: number): void {
    const { layout, columns, line } = this.found;
    if (text.trim() === '' || text.startsWith('#') || text === line) return;
    const fields = fieldsOf(text);
    const least = Math.max(...layout.needs.map((name) => columns.get(name)!));
    if (fields.length <= least) return this.intake.refuse(number, `too few fields (${fields.length})`);
    const row: Row = (column) => fields[columns.get(column) ?? -1]?.trim() ?? '';
    const value = layout.value(row);
    if (typeof value === 'string') return this.intake.refuse(number, value);
    this.intake.entry(value.observable, { ...UNSAID, ...layout.details(row), port: value.port });
  }
}

export const abuseCsv: LineFormat = {
  id: 'abuse.ch',
  recognises: (head) => layoutOf(head) !== undefined,
  open: (head, intake) => new AbuseReader(layoutOf(head)!, intake),
};

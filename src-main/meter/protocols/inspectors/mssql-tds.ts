/** SQL Server's tabular data stream ([MS-TDS]): the greeting, a login or a batch; and its browser over UDP ([MC-SQLR]). */
import { text, u16, u16le, u32le, utf16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [1433, 1434];
const KINDS = new Set([1, 3, 4, 0x10, 0x12]);
const LOGIN = 0x10;
/** Where the fields of a login stand: each is an offset and a length in characters, of UTF-16 text. */
const FIELDS: readonly (readonly [at: number, fact: string])[] = [
  [36, 'tds.host'],
  [40, 'tds.user'],
  [48, 'tds.program'],
  [52, 'tds.asked'],
  [68, 'tds.database'],
];
const PASSWORD_LENGTH = 46;
const LOGIN_LEAST = 72;

/** Who logs in where nothing is encrypted; the password is only disguised, which counts as readable. */
function login(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  if (end - at < LOGIN_LEAST) return;
  for (const [place, fact] of FIELDS) flow.fact(fact, field(data, at, at + place, end));
  if (u16le(data, at + PASSWORD_LENGTH) > 0) flow.inTheClear('disguised password', field(data, at, at + 40, end));
}

function field(data: Uint8Array, at: number, place: number, end: number): string {
  const from = at + u16le(data, place);
  const stop = from + u16le(data, place + 2) * 2;
  return stop <= end ? utf16le(data, from, stop, 128) : '';
}

function greeting(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (flow.tcp && end - at >= 20 && (data[at] === 0x12 || data[at] === 4)) {
    const offset = at + 8 + u16(data, at + 9);
    if (data[at + 8] === 0 && offset + 4 <= end) {
      const version = `${data[offset]!}.${data[offset + 1]!}.${u16(data, offset + 2)}`;
      flow.fact(fromOrig ? 'tds.client' : 'tds.server', version);
    }
  } else if (flow.tcp && data[at] === LOGIN && fromOrig) login(flow, data, at + 8, end);
  else if (!flow.tcp && !fromOrig && end - at > 3) flow.fact('tds.instances', text(data, at + 3, end));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.tcp) {
    if (!usual(p, [1434])) return NO;
    if (p.fromOrig) return end - at <= 34 && data[at]! >= 2 && data[at]! <= 4 ? YES : NO;
    return end - at > 3 && data[at] === 5 && u16le(data, at + 1) === end - at - 3 ? YES : NO;
  }
  if (end - at < 9 || !KINDS.has(data[at]!) || data[at + 1]! > 9 || data[at + 7] !== 0) return NO;
  const length = u16(data, at + 2);
  if (length < 9 || at + length < end) return NO;
  if (data[at] === 0x12) return data[at + 8] === 0 && at + length === end ? YES : NO;
  if (data[at] === LOGIN)
    return u16(data, at + 4) === 0 && end - at >= 16 && u32le(data, at + 8) === length - 8 ? YES : NO;
  return usual(p, PORTS) && at + length === end ? YES : NO;
}

export const mssqlTds: Inspector = {
  id: 'mssql-tds',
  over: 'both',
  ports: PORTS,
  first: [0x01, 0x02, 0x03, 0x04, 0x05, 0x10, 0x12],
  service: '',
  app: 'MsSQL-TDS',
  probe,
  open: once(greeting, 4),
};

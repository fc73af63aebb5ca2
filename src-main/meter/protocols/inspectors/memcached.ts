/** Memcached: commands and answers in text, and the header of its binary protocol. */
import { latin1, u16, u32, startsWith, lineEnd } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [11211];
const COMMANDS = [
  'get ',
  'gets ',
  'set ',
  'add ',
  'stats\r\n',
  'stats ',
  'version\r\n',
  'delete ',
  'incr ',
  'decr ',
  'replace ',
  'append ',
  'cas ',
  'touch ',
  'flush_all',
  'verbosity ',
];
const ANSWERS = [
  'VALUE ',
  'STAT ',
  'VERSION ',
  'STORED\r\n',
  'NOT_STORED\r\n',
  'END\r\n',
  'DELETED\r\n',
  'NOT_FOUND\r\n',
];
const OPCODE_MAX = 0x25;

/** A command in text whose line ends. */
function line(data: Uint8Array, at: number, end: number): boolean {
  const known = COMMANDS.some((c) => startsWith(data, at, end, c)) || ANSWERS.some((a) => startsWith(data, at, end, a));
  return known && lineEnd(data, at, Math.min(end, at + 512)) > at;
}

const PAYLOADS = 8;
const UDP_HEADER = 8;
const VERSION = /^(?:VERSION |STAT version )([\w.-]{1,32})|\nSTAT version ([\w.-]{1,32})/;
const COMMAND = /^([a-z_]{3,12})(?: |\r\n)/;

function commands(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const shown = latin1(data, flow.tcp ? at : at + UDP_HEADER, end, 512);
  if (fromOrig) flow.also('memcached.command', COMMAND.exec(shown)?.[1] ?? '');
  else {
    const [, alone, listed] = VERSION.exec(shown) ?? [];
    flow.fact('memcached.version', alone ?? listed ?? '');
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const port = usual(p, PORTS);
  if (p.tcp && (data[at] === 0x80 || data[at] === 0x81) && port && end - at >= 24) {
    return data[at + 1]! <= OPCODE_MAX && data[at + 5] === 0 && u16(data, at + 2) + data[at + 4]! <= u32(data, at + 8)
      ? YES
      : NO;
  }
  if (!p.tcp) {
    if (end - at < 12 || data[at + 6] !== 0 || data[at + 7] !== 0) return NO;
    return u16(data, at + 2) < Math.max(1, u16(data, at + 4)) &&
      (port || u16(data, at + 4) > 0) &&
      line(data, at + 8, end)
      ? YES
      : NO;
  }
  return port && line(data, at, end) ? YES : NO;
}

export const memcached: Inspector = {
  id: 'memcached',
  over: 'both',
  ports: PORTS,
  marks: { udp: { at: 6, bytes: [0] } },
  service: '',
  app: 'Memcached',
  probe,
  open: once(commands, PAYLOADS),
};

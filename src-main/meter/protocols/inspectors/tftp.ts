/** TFTP (RFC 1350): a request for a file in a known mode, or options agreed to (RFC 2347). */
import { latin1, printable, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

/** The first block of a file comes from a port of its own. */
const BLOCK = 516;
const REQUEST = /^\0([\x01\x02])([\x20-\x7e]{1,255})\0(octet|netascii|mail)\0/i;

const AGREED = /^\0\x06(?:blksize|tsize|timeout|windowsize|multicast|rollover)\0[\x20-\x7e]{1,64}\0/i;

function request(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const [, kind = '', file = '', mode = ''] = REQUEST.exec(latin1(data, at, end, 300)) ?? [];
  if (kind === '') return;
  flow.fact(kind === '\x01' ? 'tftp.read' : 'tftp.written', printable(file));
  flow.fact('tftp.mode', mode.toLowerCase());
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === BLOCK && u16(data, at) === 3 && u16(data, at + 2) === 1) return YES;
  if (data[at + 1] === 6) return AGREED.test(latin1(data, at, end, 300)) ? YES : NO;
  if (end - at < 9 || data[at] !== 0 || (data[at + 1] !== 1 && data[at + 1] !== 2)) return NO;
  return REQUEST.test(latin1(data, at, end, 300)) ? YES : NO;
}

export const tftp: Inspector = {
  id: 'tftp',
  over: 'udp',
  ports: [69],
  first: [0x00],
  service: '',
  app: 'TFTP',
  probe,
  open: once(request),
};

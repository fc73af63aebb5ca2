/** NetBIOS datagrams (RFC 1002, 4.4): browser announcements and the like. */
import { find, latin1 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { netbiosName } from './dns.ts';

/** Where the sender's name begins, after its length. */
const NAME = 15;

/** Bytes of an encoded name. */
const ENCODED = 32;
/** What the sixteenth byte of a host's own names says; names with another one belong to groups. */
const SUFFIXES: ReadonlySet<string> = new Set(['00', '03', '20']);

function sender(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const zero = find(data, 0, at + NAME, Math.min(end, at + NAME + 64));
  if (zero !== at + NAME + ENCODED) return;
  const name = netbiosName(latin1(data, at + NAME, zero).toLowerCase());
  flow.fact('netbios.name', name);
  if (SUFFIXES.has(name.slice(-3, -1))) flow.emit({ ...flow.head(), kind: 'named', source: 'netbios', name });
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.respPort !== 138 && p.origPort !== 138) return NO;
  return end - at >= 10 && data[at]! >= 0x10 && data[at]! <= 0x16 ? YES : NO;
}

export const netbiosDatagram: Inspector = {
  id: 'netbios-datagram',
  over: 'udp',
  ports: [138],
  portBound: true,
  service: '',
  app: 'NetBIOS',
  probe,
  open: once(sender),
};

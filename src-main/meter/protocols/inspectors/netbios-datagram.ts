/** NetBIOS datagrams (RFC 1002, 4.4): browser announcements and the like. */
import { find, latin1 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { netbiosName } from './dns.ts';

/** Where the sender's name begins, after its length. */
const NAME = 15;

function sender(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const zero = find(data, 0, at + NAME, Math.min(end, at + NAME + 64));
  if (zero === at + NAME + 32) flow.fact('netbios.name', netbiosName(latin1(data, at + NAME, zero).toLowerCase()));
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

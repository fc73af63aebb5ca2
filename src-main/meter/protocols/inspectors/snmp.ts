/** SNMP versions 1, 2c and 3 (RFC 1157, RFC 3416, RFC 3412). Community strings are told apart, never kept. */
import { Element, integer, readElement, readWhole } from '../ber.ts';
import { latin1 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import type { SnmpMessage } from '../types.ts';

const PDUS = ['get', 'get-next', 'response', 'set', 'trap', 'get-bulk', 'inform', 'trap2', 'report'];
const e = new Element();

function communityKind(value: string): SnmpMessage['community'] {
  return value === 'public' || value === 'private' ? value : value === '' ? '' : 'other';
}

const session: Session = {
  datagram(flow, _fromOrig, data, at, end) {
    if (!readElement(data, at, end, e) || !e.is(0x30)) return;
    if (e.stop > end && !flow.partial) flow.weird('snmp-bad-length');
    if (!readWhole(data, e.start, end, e) || !e.is(2)) return;
    const number = integer(data, e.start, e.stop);
    const version = number === 0 ? 1 : number === 1 ? 2 : 3;
    let community: SnmpMessage['community'] = '';
    let pdu = '';
    if (version < 3 && readWhole(data, e.stop, end, e) && e.is(4)) {
      community = communityKind(latin1(data, e.start, e.stop, 64));
      const next = e.stop;
      if (next < end) pdu = PDUS[data[next]! - 0xa0] ?? '';
    }
    flow.fact('snmp.version', String(version));
    flow.fact('snmp.pdu', pdu);
    flow.emit({ ...flow.head(), kind: 'snmp', version, community, pdu, size: flow.wire });
  },
};

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x30 || !readElement(data, at, end, e)) return NO;
  if (e.stop !== end && !p.partial && p.respPort !== 161 && p.respPort !== 162) return NO;
  if (!readWhole(data, e.start, end, e) || !e.is(2) || e.stop - e.start !== 1) return NO;
  const version = data[e.start]!;
  if (version > 3 || version === 2 || e.stop >= end) return NO;
  const next = e.stop;
  if (version === 3) return data[next] === 0x30 ? YES : NO;
  if (!readWhole(data, next, end, e) || !e.is(4) || e.stop >= end) return NO;
  return data[e.stop]! >= 0xa0 && data[e.stop]! <= 0xa8 ? YES : NO;
}

export const snmp: Inspector = {
  id: 'snmp',
  over: 'udp',
  ports: [161, 162],
  first: [0x30],
  service: 'snmp',
  app: 'SNMP',
  probe,
  open: () => session,
};

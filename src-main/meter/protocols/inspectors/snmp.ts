/** SNMP versions 1, 2c and 3 (RFC 1157, RFC 3416, RFC 3412). Community strings are told apart, never kept. */
import { Element, integer, readElement, readWhole } from '../ber.ts';
import { findText, latin1, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
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
    flow.also('snmp.pdu', pdu);
    if (community !== '' && !flow.stated('snmp.community')) {
      flow.fact('snmp.community', community === 'other' ? 'not one of the usual' : community);
      flow.inTheClear('community');
    }
    if (version === 3) secured(flow, data, at, end);
    else if (pdu === 'response') values(flow, data, at, end);
    flow.emit({ ...flow.head(), kind: 'snmp', version, community, pdu, size: flow.wire });
  },
};

/** Of a system: what it is and what it is called (RFC 3418), as bytes of their object identifiers. */
const OBJECTS: ReadonlyMap<string, string> = new Map([
  ['\x2b\x06\x01\x02\x01\x01\x01\x00', 'snmp.system'],
  ['\x2b\x06\x01\x02\x01\x01\x05\x00', 'snmp.name'],
  ['\x2b\x06\x01\x02\x01\x01\x06\x00', 'snmp.location'],
]);
const SYSTEM = '\x2b\x06\x01\x02\x01\x01';

function values(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  let from = at;
  for (let i = 0; i < OBJECTS.size; i++) {
    const found = findText(data, SYSTEM, from, end);
    from = found + 8;
    if (found < 0 || from > end) return;
    const name = OBJECTS.get(latin1(data, found, from));
    if (name !== undefined && readWhole(data, from, end, e) && e.is(4))
      flow.fact(name, text(data, e.start, e.stop, 128));
  }
}

/** Version 3 (RFC 3414): the user's name stands fourth in the parameters, behind the global data. */
function secured(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  if (flow.stated('snmp.user') || !readWhole(data, at, end, e) || !readWhole(data, e.start, end, e)) return;
  if (!readWhole(data, e.stop, end, e) || !readWhole(data, e.stop, end, e) || !e.is(4)) return;
  const stop = e.stop;
  if (!readWhole(data, e.start, stop, e) || !e.is(0x30)) return;
  let next = e.start;
  for (let i = 0; i < 4; i++) {
    if (!readWhole(data, next, stop, e)) return;
    next = e.stop;
  }
  if (e.is(4)) flow.fact('snmp.user', text(data, e.start, e.stop, 64));
}

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

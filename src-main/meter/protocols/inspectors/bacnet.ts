/** BACnet/IP (ASHRAE 135): a known function of its virtual link, a length that fits, version 1 behind it. */
import { u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { Met } from '../frames.ts';
import { usual } from '../ports.ts';
import { coded, type Words } from '../words.ts';

const PORTS = [47808];
/** Functions that carry a message of the network layer: from there, distributed, forwarded, unicast, broadcast. */
const OFFSETS: ReadonlyMap<number, number> = new Map([
  [0x04, 10],
  [0x09, 4],
  [0x0a, 4],
  [0x0b, 4],
]);

const CONFIRMED_SERVICES: Words = new Map([
  [0, 'acknowledge alarm'],
  [1, 'report a change'],
  [2, 'report an event'],
  [5, 'subscribe to changes'],
  [6, 'read file'],
  [7, 'write file'],
  [8, 'add list element'],
  [9, 'remove list element'],
  [10, 'create object'],
  [11, 'delete object'],
  [12, 'read property'],
  [14, 'read properties'],
  [15, 'write property'],
  [16, 'write properties'],
  [17, 'control communication'],
  [20, 'reinitialise device'],
  [26, 'read range'],
]);
const UNCONFIRMED_SERVICES: Words = new Map([
  [0, 'I am'],
  [1, 'I have'],
  [2, 'report a change'],
  [3, 'report an event'],
  [5, 'text message'],
  [6, 'set the time'],
  [7, 'who has'],
  [8, 'who is'],
  [9, 'set the time, UTC'],
]);
const I_AM = 0;
const NETWORK_MESSAGE = 0x80;
/** Kinds of application messages that name their service, and where. */
const CONFIRMED = 0;
const UNCONFIRMED = 1;
const DEVICE = 8;
/** Devices that say what they are, of which the flow is told. */
const DEVICES_MAX = 32;
/** Services that change what the device holds or does, where they are confirmed. */
const CHANGES: ReadonlySet<number> = new Set([7, 8, 9, 10, 11, 15, 16, 17, 20]);

/** Behind the network layer's version and control: where to, where from, and how far it may still go, each where stated. */
function applicationAt(data: Uint8Array, at: number, end: number): number {
  const control = data[at + 1]!;
  if (control & NETWORK_MESSAGE) return end;
  let next = at + 2;
  for (const bit of [0x20, 0x08]) if (control & bit && next + 3 <= end) next += 3 + data[next + 2]!;
  return control & 0x20 ? next + 1 : next;
}

class BacnetSession implements Session {
  private readonly confirmed = new Met();
  private readonly unconfirmed = new Met();
  private devices = 0;

  datagram(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    const offset = end - at < 2 ? undefined : OFFSETS.get(data[at + 1]!);
    if (offset === undefined || at + offset + 2 > end) return;
    const from = applicationAt(data, at + offset, end);
    if (from + 2 > end) return;
    const kind = data[from]! >>> 4;
    if (kind === UNCONFIRMED) this.said(flow, data, from, end);
    else if (kind === CONFIRMED && from + 4 <= end) this.asked(flow, data[from + 3]!);
  }

  private said(flow: FlowContext, data: Uint8Array, from: number, end: number): void {
    const service = data[from + 1]!;
    if (this.unconfirmed.first(service)) flow.also('bacnet.service', coded(UNCONFIRMED_SERVICES, service));
    if (service !== I_AM || from + 7 > end || data[from + 2] !== 0xc4 || this.devices++ >= DEVICES_MAX) return;
    const object = u32(data, from + 3);
    if (object >>> 22 === DEVICE) flow.also('bacnet.device', String(object & 0x3fffff));
  }

  private asked(flow: FlowContext, service: number): void {
    if (!this.confirmed.first(service)) return;
    const shown = coded(CONFIRMED_SERVICES, service);
    flow.also('bacnet.service', shown);
    if (CHANGES.has(service)) flow.also('bacnet.change', shown);
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 4 || data[at + 1]! > 0x0c || u16(data, at + 2) !== end - at) return NO;
  const offset = OFFSETS.get(data[at + 1]!);
  if (offset === undefined) return usual(p, PORTS) ? YES : NO;
  return end - at > offset + 1 && data[at + offset] === 1 ? YES : NO;
}

export const bacnet: Inspector = {
  id: 'bacnet',
  over: 'udp',
  ports: PORTS,
  first: [0x81],
  service: '',
  app: 'BACnet',
  probe,
  open: () => new BacnetSession(),
};

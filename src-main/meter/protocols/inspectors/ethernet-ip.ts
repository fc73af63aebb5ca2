/** EtherNet/IP (ODVA): the encapsulation header with a known command. Its cyclic data over UDP: `cip.ts`. */
import { text, u16le, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { FrameSession, Met } from '../frames.ts';
import { codedHex, type Words } from '../words.ts';

const LIST_IDENTITY = 0x63;
const SEND_REQUEST = 0x6f;
const SEND_CONNECTED = 0x70;
const COMMANDS: Words = new Map([
  [0x04, 'list services'],
  [LIST_IDENTITY, 'list identity'],
  [0x64, 'list interfaces'],
  [0x65, 'register session'],
  [0x66, 'end session'],
  [SEND_REQUEST, 'request'],
  [SEND_CONNECTED, 'connected data'],
]);
const SERVICES: Words = new Map([
  [0x01, 'read all attributes'],
  [0x02, 'write all attributes'],
  [0x03, 'read attributes'],
  [0x04, 'write attributes'],
  [0x05, 'reset'],
  [0x06, 'start'],
  [0x07, 'stop'],
  [0x08, 'create'],
  [0x09, 'delete'],
  [0x0a, 'several services'],
  [0x0e, 'read attribute'],
  [0x10, 'write attribute'],
  [0x4b, 'execute PCCC'],
  [0x4c, 'read tag'],
  [0x4d, 'write tag'],
  [0x4e, 'close connection'],
  [0x52, 'read tag in parts'],
  [0x53, 'write tag in parts'],
  [0x54, 'open connection'],
  [0x5b, 'open large connection'],
]);
const UNCONNECTED_DATA = 0xb2;
const CONNECTED_DATA = 0xb1;
const ANSWER = 0x80;
const HEADER = 24;
/** Services that change what the device holds or does: attributes set, resets, starts and stops, objects, tags written. */
const CHANGES: ReadonlySet<number> = new Set([0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x10, 0x4d, 0x53]);
/** Met by their low byte: no two that are known have the same. */
const LOW = 0xff;
const ITEMS = 4;

class EnipSession extends FrameSession {
  protected override readonly header = HEADER;
  protected override readonly enough = 160;
  private readonly commands = new Met();
  private readonly services = new Met();

  protected override size(data: Uint8Array, at: number): number {
    return COMMANDS.has(u16le(data, at)) ? HEADER + u16le(data, at + 2) : 0;
  }

  protected override frame(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    const command = u16le(data, at);
    if (this.commands.first(command & LOW)) flow.also('enip.command', codedHex(COMMANDS, command));
    if (command === LIST_IDENTITY && !fromOrig) identity(flow, data, at + HEADER + 6, end);
    else if (command === SEND_REQUEST || command === SEND_CONNECTED) this.items(flow, data, at + HEADER + 6, end);
  }

  /** A count, then items with kind and length; the data item begins with the service of the request. */
  private items(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    let next = at + 2;
    for (let i = 0; i < ITEMS && next + 4 < end; i++) {
      const kind = u16le(data, next);
      const from = kind === CONNECTED_DATA ? next + 6 : next + 4;
      if ((kind === UNCONNECTED_DATA || kind === CONNECTED_DATA) && from < end && !(data[from]! & ANSWER))
        this.asked(flow, data[from]!);
      next += 4 + u16le(data, next + 2);
    }
  }

  private asked(flow: FlowContext, service: number): void {
    if (!this.services.first(service)) return;
    const shown = codedHex(SERVICES, service);
    flow.also('cip.service', shown);
    if (CHANGES.has(service)) flow.also('cip.change', shown);
  }
}

/** Version, socket address, vendor, kind, product, revision, state, serial number and the product's name. */
function identity(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  if (at + 33 > end) return;
  const stop = at + 33 + data[at + 32]!;
  if (stop > end) return;
  flow.fact('enip.product', text(data, at + 33, stop, 64));
  flow.fact('enip.revision', `${data[at + 24]!}.${data[at + 25]!}`);
  flow.fact('enip.vendor', String(u16le(data, at + 18)));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 24 || !COMMANDS.has(u16le(data, at)) || u32le(data, at + 20) !== 0 || u32le(data, at + 8) > 0x69)
    return NO;
  return at + 24 + u16le(data, at + 2) === end ? YES : NO;
}

export const ethernetIp: Inspector = {
  id: 'ethernet-ip',
  over: 'both',
  ports: [44818],
  first: [0x04, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70],
  service: '',
  app: 'EthernetIP',
  probe,
  open: () => new EnipSession(),
};

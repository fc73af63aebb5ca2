/** EtherNet/IP encapsulation and CIP in it (ODVA). */
import { copy, le16, le32, u16, u32, u8 } from '../bytes.ts';
import { tellParts } from '../frames.ts';
import { usual, type AppContext, type AppParser, type AppProtocol, type Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { AppFlowOptions, Direction } from '../types.ts';
import { addCip, type TellFrame } from './cip.ts';

const HEADER = 24;
const COMMANDS: ReadonlySet<number> = new Set([0, 1, 4, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70, 0x72, 0x73]);
const LIST_SERVICES = 4;
const LIST_IDENTITY = 0x63;
const REGISTER = 0x65;
const ITEM = { identity: 0x0c, unconnected: 0xb2, connected: 0xb1, services: 0x100 } as const;

class EnipParser implements AppParser {
  readonly #context: AppContext;
  readonly #counts: [number, number] = [0, 0];

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array, last: boolean): number {
    let at = 0;
    while (at + HEADER <= bytes.length) {
      const end = at + HEADER + le16(bytes, at + 2);
      if (end > bytes.length && !last) break;
      this.#message(direction, bytes.subarray(at, Math.min(end, bytes.length)));
      at = Math.min(end, bytes.length);
    }
    return this.#context.options.transport === 'udp' ? bytes.length : at;
  }

  end(): void {
    // Messages are whole or nothing.
  }

  #message(direction: Direction, data: Uint8Array): void {
    const command = le16(data, 0);
    const context = this.#context;
    const framed = context.framed('enip');
    const tell: TellFrame = (name, bytes) => framed && context.frame(name, direction, [bytes]);
    if (framed) tellParts(context, direction, ['enip.pdu', 'enip.hdr', 'enip.data'], data, HEADER);
    const side = new Side('enip', direction, this.#counts[direction]);
    this.#counts[direction] += 1;
    side.number('enip.command', command).number('enip.status', le32(data, 8));
    if (command === REGISTER) side.number('enip.protocol_version', le16(data, HEADER));
    if (command === 0x6f || command === 0x70) items(side, data, HEADER + 6, tell);
    else if (direction === 1 && (command === LIST_IDENTITY || command === LIST_SERVICES))
      items(side, data, HEADER, tell);
    this.#context.transaction(side.done());
  }
}

const ITEMS_MAX = 32;

/** The items of a common packet format. */
function items(side: Side, data: Uint8Array, start: number, tell: TellFrame): void {
  const count = Math.min(ITEMS_MAX, le16(data, start));
  let at = start + 2;
  for (let i = 0; i < count && at + 4 <= data.length; i += 1) {
    const type = le16(data, at);
    const body = data.subarray(at + 4, at + 4 + le16(data, at + 2));
    tell('enip.enip.item', data.subarray(at, at + 4 + body.length));
    if (type === ITEM.unconnected) addCip(side, body, 0, tell);
    else if (type === ITEM.connected) addCip(side, body.subarray(2), 0, tell);
    else if (type === ITEM.identity) identity(side, body);
    else if (type === ITEM.services) services(side, body);
    at += 4 + le16(data, at + 2);
  }
}

function identity(side: Side, body: Uint8Array): void {
  if (body.length < 33) return;
  side.number('enip.protocol_version', le16(body, 0)).number('enip.vendor_id', le16(body, 18));
  side.number('enip.device_type', le16(body, 20)).number('enip.product_code', le16(body, 22));
  side.number('enip.revision', u16(body, 24)).number('enip.identity_status', le16(body, 26));
  side.number('enip.serial', le32(body, 28));
  const length = u8(body, 32);
  side.add('enip.product_name', copy(body, 33, 33 + length));
  const state = u8(body, 33 + length);
  if (state >= 0) side.number('enip.state', state);
}

function services(side: Side, body: Uint8Array): void {
  if (body.length < 4) return;
  side.number('enip.protocol_version', le16(body, 0)).number('enip.capabilities', le16(body, 2));
  const end = body.indexOf(0, 4);
  side.add('enip.service_name', copy(body, 4, end < 0 ? body.length : end));
}

function recognise(bytes: Uint8Array, options: AppFlowOptions): Verdict {
  const port = usual(options, 44_818, 2222);
  if (bytes.length < HEADER) return options.transport === 'tcp' && port ? 'more' : 'no';
  const plain = COMMANDS.has(le16(bytes, 0)) && u32(bytes, 20) === 0 && le32(bytes, 8) <= 0x69;
  if (!plain) return 'no';
  const whole = HEADER + le16(bytes, 2) === bytes.length && le16(bytes, 0) >= LIST_IDENTITY;
  return port || whole ? 'yes' : 'no';
}

export const enip: AppProtocol = {
  name: 'enip',
  transport: 'both',
  beginsWith: (byte) => COMMANDS.has(byte),
  recognise: (bytes, _direction, options) => recognise(bytes, options),
  open: (context) => new EnipParser(context),
};

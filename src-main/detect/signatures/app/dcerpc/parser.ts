/** DCE/RPC over TCP (connection-oriented, version 5) and UDP (connectionless, version 4; C706, chapter 12). */
import { copy, u8 } from '../bytes.ts';
import { tellParts } from '../frames.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';
import { Connection, fragmentLength, HEADER, orderOf, readFragments, uuidText } from './connection.ts';

const FRAMES = ['dcerpc.pdu', 'dcerpc.hdr', 'dcerpc.data'] as const;

class TcpParser implements AppParser {
  readonly #context: AppContext;
  readonly #connection: Connection;
  readonly #ids = new Map<number, number>();
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
    this.#connection = new Connection((direction, fill, call) => {
      const side = new Side('dcerpc', direction, this.#id(direction, call));
      fill(side);
      context.transaction(side.done());
    });
  }

  /** A call's two sides have one number. */
  #id(direction: Direction, call: number): number {
    const known = this.#ids.get(call);
    if (direction === 1 && known !== undefined) {
      this.#ids.delete(call);
      return known;
    }
    if (this.#ids.size >= 1024) this.#ids.clear();
    const id = this.#count;
    this.#count += 1;
    this.#ids.set(call, id);
    return id;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    const tell = (fragment: Uint8Array): void => tellParts(this.#context, direction, FRAMES, fragment, HEADER);
    return readFragments(this.#connection, direction, bytes, this.#context.framed('dcerpc') ? tell : undefined);
  }

  end(): void {
    // Calls without their last fragment say nothing.
  }
}

const V4_HEADER = 80;

class UdpParser implements AppParser {
  readonly #context: AppContext;
  readonly #stubs = new Map<string, { sequence: number; parts: Uint8Array[]; size: number }>();
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    const type = u8(bytes, 1);
    if (bytes.length < V4_HEADER || bytes[0] !== 4 || (type !== 0 && type !== 2)) return bytes.length;
    const order = orderOf(bytes[4]!);
    const activity = `${String(direction)}${uuidText(bytes, 40, order)}`;
    const sequence = order.n32(bytes, 64);
    const fragmented = (bytes[2]! & 4) !== 0;
    const stub = this.#gather(activity, sequence, bytes.subarray(V4_HEADER));
    if (fragmented && (bytes[2]! & 2) === 0) return bytes.length;
    this.#stubs.delete(activity);
    const side = new Side('dcerpc', direction, this.#count);
    this.#count += direction === 1 ? 1 : 0;
    side.add('dcerpc.iface', `${uuidText(bytes, 24, order)}/${String(order.n32(bytes, 60))}.0`);
    side.add('dcerpc.stub_data', stub).number('dcerpc.opnum', order.n16(bytes, 68));
    side.number('dcerpc.little_endian', order.little ? 1 : 0);
    this.#context.transaction(side.done());
    return bytes.length;
  }

  #gather(activity: string, sequence: number, stub: Uint8Array): Uint8Array {
    let known = this.#stubs.get(activity);
    if (known?.sequence !== sequence) known = { sequence, parts: [], size: 0 };
    if (this.#stubs.size > 64) this.#stubs.clear();
    this.#stubs.set(activity, known);
    if (known.size < 256 * 1024) known.parts.push(copy(stub));
    known.size += stub.length;
    return Buffer.concat(known.parts);
  }

  end(): void {
    // Datagrams are whole.
  }
}

function recogniseTcp(bytes: Uint8Array): Verdict {
  if (bytes[0] !== 5 || (bytes.length > 1 && bytes[1]! > 1)) return 'no';
  if (bytes.length < HEADER) return 'more';
  const type = bytes[2]!;
  const known = [0, 2, 3, 11, 12, 13, 14, 15, 16].includes(type);
  const order = bytes[4] === 0x10 || bytes[4] === 0;
  return known && order && bytes[5]! <= 3 && bytes[6] === 0 && fragmentLength(bytes, 0) > 0 ? 'yes' : 'no';
}

function recogniseUdp(bytes: Uint8Array): Verdict {
  if (bytes.length < V4_HEADER || bytes[0] !== 4 || bytes[1]! > 10 || bytes[5]! > 3) return 'no';
  const length = orderOf(bytes[4]!).n16(bytes, 74);
  return (bytes[4] === 0x10 || bytes[4] === 0) && length + V4_HEADER <= bytes.length && (bytes[3]! & ~2) === 0
    ? 'yes'
    : 'no';
}

export const dcerpc: AppProtocol = {
  name: 'dcerpc',
  transport: 'both',
  beginsWith: (byte) => byte === 4,
  streamBeginsWith: (byte) => byte === 5,
  recognise: (bytes, _direction, { transport }) => (transport === 'tcp' ? recogniseTcp(bytes) : recogniseUdp(bytes)),
  open: (context) => (context.options.transport === 'tcp' ? new TcpParser(context) : new UdpParser(context)),
};

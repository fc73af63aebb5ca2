/** QUIC (RFC 9000, RFC 9369, drafts; Google's first versions): the hellos of both ends. */
import { bytesOf, copy, EMPTY, u24, u32 } from '../bytes.ts';
import type { AppContext, AppParser, AppProtocol } from '../protocol.ts';
import { Side } from '../side.ts';
import { addClientHello, addServerHello } from '../tls/hello.ts';
import type { Direction } from '../types.ts';
import { varint, varintSize } from '../../../../meter/protocols/inspectors/quic-initial.ts';
import { addGoogleHello, googleVersion } from './google.ts';
import { isKnown, keysOf, longHeader, openPacket, type Keys, type LongHeader } from './keys.ts';

const STREAM_MAX = 16 * 1024;
const PIECES_MAX = 64;
/** Initial packets that are opened of a direction. */
const PACKETS_MAX = 64;
const FRAME = { padding: 0, ping: 1, ack: 2, ackEcn: 3, crypto: 6 } as const;

interface Piece {
  readonly offset: number;
  readonly data: Uint8Array;
}

class QuicParser implements AppParser {
  readonly #context: AppContext;
  readonly #pieces: [Piece[], Piece[]] = [[], []];
  readonly #told: [boolean, boolean] = [false, false];
  readonly #packets: [number, number] = [0, 0];
  /** Of each direction, made when first needed, and the id that they follow from. */
  readonly #keys: [Keys | null, Keys | null] = [null, null];
  #id: Uint8Array = EMPTY;
  #version = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    const google = this.#told[direction] ? null : googleVersion(bytes);
    if (google !== null) this.#google(direction, bytes, google);
    else for (let at = 0; at < bytes.length && !this.#told[direction];) at = this.#packet(direction, bytes, at);
    return bytes.length;
  }

  end(): void {
    // A hello is whole or nothing.
  }

  #google(direction: Direction, bytes: Uint8Array, version: string): void {
    if (direction === 1) return;
    const side = new Side('quic', 0, 0).add('quic.version', bytesOf(version));
    if (!addGoogleHello(side, bytes, version)) return;
    this.#told[0] = true;
    this.#context.transaction(side.done());
  }

  #packet(direction: Direction, data: Uint8Array, at: number): number {
    const header = longHeader(data, at, data.length);
    if (header === null) return data.length;
    this.#packets[direction] += 1;
    if (header.initial && this.#packets[direction] <= PACKETS_MAX) {
      const frames = this.#open(direction, data, at, header);
      if (frames !== null) this.#frames(direction, frames);
    }
    return header.end > at ? header.end : data.length;
  }

  /** With the keys at hand, or for a client's packet with those of its own id. */
  #open(direction: Direction, data: Uint8Array, at: number, header: LongHeader): Uint8Array | null {
    if (this.#id !== EMPTY) {
      const keys = (this.#keys[direction] ??= keysOf(this.#version, this.#id, direction));
      const known = keys && openPacket(data, at, header, keys);
      if (known !== null) return known;
    }
    if (direction === 1) return null;
    const id = data.subarray(header.idAt, header.idEnd);
    if (this.#id !== EMPTY && header.version === this.#version && Buffer.compare(id, this.#id) === 0) return null;
    const keys = keysOf(header.version, id, 0);
    const frames = keys && openPacket(data, at, header, keys);
    if (frames === null) return null;
    this.#keys[0] = keys;
    this.#keys[1] = null;
    this.#id = copy(id);
    this.#version = header.version;
    return frames;
  }

  #frames(direction: Direction, data: Uint8Array): void {
    let at = 0;
    while (at < data.length) {
      const type = data[at]!;
      at += 1;
      if (type === FRAME.padding || type === FRAME.ping) continue;
      if (type === FRAME.ack || type === FRAME.ackEcn) at = skipAck(data, at, type === FRAME.ackEcn);
      else if (type === FRAME.crypto) at = this.#crypto(direction, data, at);
      else return;
      if (at < 0) return;
    }
  }

  #crypto(direction: Direction, data: Uint8Array, start: number): number {
    const offset = varint(data, start, data.length);
    if (offset < 0) return -1;
    const at = start + varintSize(data, start);
    const length = varint(data, at, data.length);
    if (length < 0) return -1;
    const from = at + varintSize(data, at);
    const pieces = this.#pieces[direction];
    if (from + length <= data.length && offset + length <= STREAM_MAX && pieces.length < PIECES_MAX) {
      pieces.push({ offset, data: copy(data, from, from + length) });
      this.#hello(direction, joined(pieces));
    }
    return from + length;
  }

  #hello(direction: Direction, stream: Uint8Array): void {
    if (this.#told[direction] || stream.length < 4 || stream.length < 4 + u24(stream, 1)) return;
    const body = stream.subarray(4, 4 + u24(stream, 1));
    const version = new Uint8Array(4);
    new DataView(version.buffer).setUint32(0, this.#version);
    // Rules of TLS do not look at QUIC: only its fingerprints and the name are taken.
    const hello = new Side('tls', direction, 0);
    const event = (name: string): void => {
      this.#context.event(`quic.${name}`, direction);
    };
    const good =
      direction === 0
        ? stream[0] === 1 && addClientHello(hello, body, 'q', event)
        : stream[0] === 2 && addServerHello(hello, body);
    this.#told[direction] = true;
    if (!good) return;
    const side = new Side('quic', direction, 0).add('quic.version', version).add('quic.sni', hello.first('tls.sni'));
    for (const name of ['ja3.string', 'ja3.hash', 'ja3s.string', 'ja3s.hash', 'ja4.hash'])
      side.add(name, hello.first(name));
    this.#context.transaction(side.done());
  }
}

/** Where the ranges of an ACK frame end; -1: it is broken. */
function skipAck(data: Uint8Array, start: number, ecn: boolean): number {
  let at = start;
  const next = (): number => {
    const value = at < 0 ? -1 : varint(data, at, data.length);
    at = value < 0 ? -1 : at + varintSize(data, at);
    return value;
  };
  next();
  next();
  const ranges = next();
  next();
  for (let i = 0; i < ranges && at >= 0; i += 1) {
    next();
    next();
  }
  if (ecn) for (let i = 0; i < 3; i += 1) next();
  return at;
}

/** The stream from its beginning as far as it is there; of what came twice the first counts. */
function joined(pieces: readonly Piece[]): Uint8Array {
  const out: Uint8Array[] = [];
  let next = 0;
  for (const { offset, data } of [...pieces].sort((a, b) => a.offset - b.offset)) {
    if (offset > next) break;
    if (offset + data.length <= next) continue;
    out.push(data.subarray(next - offset));
    next = offset + data.length;
  }
  return Buffer.concat(out);
}

/** A long header of a version whose packets can be opened, or a first datagram of Google's. */
function recognise(bytes: Uint8Array): boolean {
  if (googleVersion(bytes) !== null) return bytes.length > 64;
  const header = longHeader(bytes, 0, bytes.length);
  return header?.initial === true && isKnown(u32(bytes, 1));
}

export const quic: AppProtocol = {
  name: 'quic',
  transport: 'udp',
  beginsWith: (byte) => (byte & 0x80) !== 0 || (byte & 9) === 9,
  recognise: (bytes) => (recognise(bytes) ? 'yes' : 'no'),
  open: (context) => new QuicParser(context),
};

/**
 * QUIC: the long header of its versions (RFC 8999, RFC 9000, RFC 9369), drafts, and Google's older ones. The Initial
 * packets of the versions whose keys are known are opened: the hellos inside are read as TLS reads them.
 */
import { range } from '../first.ts';
import { u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { CryptoStream } from './quic-crypto.ts';
import {
  initialKeys,
  longHeader,
  openInitial,
  varint,
  varintSize,
  type InitialKeys,
  type LongHeader,
} from './quic-initial.ts';
import { readClientHello } from './tls-hello.ts';
import { clientHello } from './tls.ts';

const ID_MAX = 20;
const MVFST = 0xfaceb00;
const LAST_DRAFT = 34;

function known(version: number): boolean {
  if (version === 1 || version === 0x6b3343cf || version === 0x709a50c4) return true;
  if (draft(version) || (version & 0x0f0f0f0f) === 0x0a0a0a0a) return true;
  if (version >>> 4 === MVFST) return true;
  return google(version);
}

/** Drafts 1 to 34 of what became version 1. */
function draft(version: number): boolean {
  return version > 0xff000000 && version <= 0xff000000 + LAST_DRAFT;
}

/** "Q043" … "Q050", "T050", "T051". */
function google(version: number): boolean {
  const letter = version >>> 24;
  return (
    (letter === 0x51 || letter === 0x54) && (version & 0xfff0) >>> 4 >= 0x300 && ((version >>> 16) & 0xff) === 0x30
  );
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 14) return NO;
  const first = data[at]!;
  if (!(first & 0x80)) return older(p);
  const version = u32(data, at + 1);
  if (version === 0) {
    return (p.respPort === 443 || p.origPort === 443) &&
      data[at + 5]! <= ID_MAX &&
      (end - at - 7) % 4 === (data[at + 5]! + 0) % 4
      ? YES
      : NO;
  }
  if (!known(version)) return NO;
  return data[at + 5]! <= ID_MAX || google(version) ? YES : NO;
}

/** Public header of Google's first versions: flags that announce a version and an eight-byte connection id. */
function older(p: Probe): Verdict {
  const { data, at } = p;
  return (data[at]! & 0x09) === 0x09 &&
    data[at + 9] === 0x51 &&
    data[at + 10] === 0x30 &&
    data[at + 11]! >= 0x32 &&
    data[at + 11]! <= 0x34
    ? YES
    : NO;
}

/** Datagrams read once the server has gone on to the second half of the handshake. */
const DATAGRAMS_AFTER = 16;
/** Handshakes of a flow that are followed at the same time. */
const HANDSHAKES_MAX = 4;
/** What each after the first takes beside its bytes. */
const HANDSHAKE_BYTES = 768;
/** Packets smaller than this are not worth the work of opening them for long: a client fills its datagrams (RFC 9000, 14.1). */
const FULL = 512;
const SMALL_MAX = 64;

function versionText(version: number): string {
  if (version === 1) return '1';
  if (version === 0x6b3343cf) return '2';
  if (draft(version)) return `draft-${version & 0xff}`;
  return google(version) ? String.fromCharCode(version >>> 24, 0x30, (version >>> 8) & 0xff, version & 0xff) : '';
}

/** One that a client began: with each destination id it chooses, and each that a Retry gives it. */
class Handshake {
  readonly version: number;
  readonly id: Uint8Array;
  readonly keys: InitialKeys;
  readonly stream = new CryptoStream();
  /** Its first message was none that is read. */
  over = false;

  constructor(version: number, id: Uint8Array, keys: InitialKeys) {
    this.version = version;
    this.id = id;
    this.keys = keys;
  }

  /** Its keys follow from the id of the packet. */
  begunBy(header: LongHeader, data: Uint8Array): boolean {
    const { id } = this;
    if (header.version !== this.version || header.idEnd - header.idAt !== id.length) return false;
    for (let i = 0; i < id.length; i++) if (data[header.idAt + i] !== id[i]) return false;
    return true;
  }
}

/**
 * Reads the client's Initial packets until one of its handshakes shows a hello. What does not open counts for nothing,
 * for the server drops it: each packet pays with its bytes for being opened with the keys of four handshakes at most, and
 * with those of its own id.
 */
class QuicSession implements Session {
  /** The one used last stands last. */
  private readonly handshakes: Handshake[] = [];
  private small = 0;
  private answered = false;
  private after = 0;

  datagram(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    for (let next = at; next < end && !flow.finished;) {
      const header = longHeader(data, next, end);
      if (!header) break;
      if (next === at) flow.fact('quic.version', versionText(header.version));
      if (header.initial && fromOrig) this.initial(flow, data, next, header);
      if (header.handshake && !fromOrig) this.answered = true;
      next = header.end;
    }
    if (this.answered && ++this.after >= DATAGRAMS_AFTER) flow.finish();
  }

  private initial(flow: FlowContext, data: Uint8Array, at: number, header: LongHeader): void {
    if (header.end - at < FULL && this.small++ >= SMALL_MAX) {
      flow.weird('quic-initial-excess', 'small packets');
      return;
    }
    const { handshakes } = this;
    const own = handshakes.find((one) => one.begunBy(header, data));
    // The server chooses another id for the client's later packets; their keys stay those of the first.
    for (const one of own ? [own, ...handshakes] : handshakes) {
      const frames = openInitial(data, at, header, one.keys);
      if (!frames) continue;
      handshakes.push(...handshakes.splice(handshakes.indexOf(one), 1));
      this.frames(flow, one, frames);
      return;
    }
    if (own) return;
    const id = new Uint8Array(data.subarray(header.idAt, header.idEnd));
    const keys = initialKeys(header.version, id);
    const frames = keys ? openInitial(data, at, header, keys) : null;
    if (keys && frames && this.room(flow)) {
      const begun = new Handshake(header.version, id, keys);
      handshakes.push(begun);
      this.frames(flow, begun, frames);
    }
  }

  /** Makes room for one more handshake. False when there is no memory for it. */
  private room(flow: FlowContext): boolean {
    const { handshakes } = this;
    if (handshakes.length >= HANDSHAKES_MAX) {
      const over = handshakes.findIndex((one) => one.over);
      if (over < 0) flow.weird('quic-initial-excess', 'handshakes');
      handshakes.splice(Math.max(0, over), 1)[0]?.stream.forget(flow);
      return true;
    }
    if (handshakes.length === 0 || flow.keep(HANDSHAKE_BYTES)) return true;
    flow.finish();
    return false;
  }

  /** Collects the CRYPTO frames; PADDING, PING and ACK are all that may stand before them. */
  private frames(flow: FlowContext, handshake: Handshake, data: Uint8Array): void {
    if (handshake.over) return;
    const end = data.length;
    handshake.stream.open();
    for (let next = 0; next >= 0 && next < end;) {
      const type = data[next]!;
      if (type <= 1) next++;
      else if (type === 6) next = crypto(flow, handshake.stream, data, next, end);
      else if (type <= 3) next = afterAck(data, next, end);
      else break;
    }
    this.hello(flow, handshake);
  }

  private hello(flow: FlowContext, handshake: Handshake): void {
    const { stream } = handshake;
    const message = stream.message();
    if (!message) {
      if (!stream.close(flow)) flow.finish();
      return;
    }
    const hello = message.type === 1 ? readClientHello(message.data, message.at, message.end, false) : null;
    if (hello) {
      flow.name('ssl');
      clientHello(flow, hello, 'q');
      flow.finish();
    } else {
      handshake.over = true;
      stream.forget(flow);
    }
  }
}

/** A CRYPTO frame at `at`. Returns where it ends, -1 when it does not fit. */
function crypto(flow: FlowContext, stream: CryptoStream, data: Uint8Array, at: number, end: number): number {
  const offset = varint(data, at + 1, end);
  if (offset < 0) return -1;
  const lengthAt = at + 1 + varintSize(data, at + 1);
  const length = varint(data, lengthAt, end);
  if (length < 0) return -1;
  const from = lengthAt + varintSize(data, lengthAt);
  if (from + length > end) return -1;
  if (!stream.add(offset, data, from, from + length)) flow.weird('quic-crypto-differs', `${length} bytes at ${offset}`);
  return from + length;
}

/** Where the ACK frame at `at` ends, -1 when it does not fit. */
function afterAck(data: Uint8Array, at: number, end: number): number {
  let next = at + 1;
  let ranges = 0;
  for (let field = 0; field < 4; field++) {
    const value = varint(data, next, end);
    if (value < 0) return -1;
    if (field === 2) ranges = value;
    next += varintSize(data, next);
  }
  const rest = ranges * 2 + (data[at] === 3 ? 3 : 0);
  for (let field = 0; field < rest; field++) {
    if (varint(data, next, end) < 0) return -1;
    next += varintSize(data, next);
  }
  return next;
}

export const quic: Inspector = {
  id: 'quic',
  over: 'udp',
  ports: [443, 80, 784, 853, 4433, 8443],
  first: range(0, 255).filter((byte) => byte & 0x80 || (byte & 0x09) === 0x09),
  service: 'quic',
  app: 'QUIC',
  probe,
  open: () => new QuicSession(),
};

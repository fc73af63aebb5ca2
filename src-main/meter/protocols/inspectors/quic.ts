/**
 * QUIC: the long header of its versions (RFC 8999, RFC 9000, RFC 9369), drafts, and Google's older ones. The Initial
 * packets of the versions whose keys are known are opened: the hellos inside are read as TLS reads them.
 */
import { u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import {
  CryptoStream,
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

/** Datagrams read, and packets opened, of a connection. */
const DATAGRAMS_MAX = 16;
const PACKETS_MAX = 12;
const KEYS_MAX = 3;
const FRAMES_MAX = 128;

function versionText(version: number): string {
  if (version === 1) return '1';
  if (version === 0x6b3343cf) return '2';
  if (draft(version)) return `draft-${version & 0xff}`;
  return google(version) ? String.fromCharCode(version >>> 24, 0x30, (version >>> 8) & 0xff, version & 0xff) : '';
}

class QuicSession implements Session {
  private keys: InitialKeys | null = null;
  private derived = 0;
  private datagrams = 0;
  private packets = 0;
  private readonly stream = new CryptoStream();

  datagram(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    let next = at;
    for (let i = 0; i < 4 && next < end && !flow.finished; i++) {
      const header = longHeader(data, next, end);
      if (!header) break;
      if (i === 0) flow.fact('quic.version', versionText(header.version));
      if (header.initial && fromOrig) this.initial(flow, data, next, header);
      next = header.end;
    }
    if (++this.datagrams >= DATAGRAMS_MAX) flow.finish();
  }

  private initial(flow: FlowContext, data: Uint8Array, at: number, header: LongHeader): void {
    const frames = this.packets++ < PACKETS_MAX ? this.open(data, at, header) : null;
    if (frames) this.frames(flow, frames);
    else if (this.derived >= KEYS_MAX || this.packets >= PACKETS_MAX) flow.finish();
  }

  /** After a Retry the client's packets have keys of the id the server chose. */
  private open(data: Uint8Array, at: number, header: LongHeader): Uint8Array | null {
    const frames = this.keys ? openInitial(data, at, header, this.keys) : null;
    if (frames || this.derived >= KEYS_MAX) return frames;
    this.derived++;
    const keys = initialKeys(header.version, data.subarray(header.idAt, header.idEnd));
    const opened = keys ? openInitial(data, at, header, keys) : null;
    if (opened) this.keys = keys;
    return opened;
  }

  /** Collects the CRYPTO frames; PADDING, PING and ACK are all that may stand before them. */
  private frames(flow: FlowContext, data: Uint8Array): void {
    const end = data.length;
    let next = 0;
    for (let i = 0; i < FRAMES_MAX && next >= 0 && next < end && !flow.finished; i++) {
      const type = data[next]!;
      if (type <= 1) while (next < end && data[next]! <= 1) next++;
      else if (type === 6) next = this.crypto(flow, data, next, end);
      else if (type <= 3) next = afterAck(data, next, end);
      else break;
    }
    if (!flow.finished) this.hello(flow);
  }

  /** A CRYPTO frame at `at`. Returns where it ends, -1 when it does not fit. */
  private crypto(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    const offset = varint(data, at + 1, end);
    if (offset < 0) return -1;
    const lengthAt = at + 1 + varintSize(data, at + 1);
    const length = varint(data, lengthAt, end);
    if (length < 0) return -1;
    const from = lengthAt + varintSize(data, lengthAt);
    if (from + length > end) return -1;
    if (!this.stream.add(flow, offset, data, from, from + length)) flow.finish();
    return from + length;
  }

  private hello(flow: FlowContext): void {
    const message = this.stream.message();
    if (!message) return;
    const hello = message.type === 1 ? readClientHello(message.data, message.at, message.end, false) : null;
    if (hello) {
      flow.name('ssl');
      clientHello(flow, hello, 'q');
    }
    flow.finish();
  }
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
  const rest = Math.min(ranges, FRAMES_MAX) * 2 + (data[at] === 3 ? 3 : 0);
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
  service: 'quic',
  app: 'QUIC',
  probe,
  open: () => new QuicSession(),
};

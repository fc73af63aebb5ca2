/** SMB over NetBIOS sessions and straight over TCP: finds the messages, and leaves them to their version's reader. */
import { u16, u16le, u24, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { Smb1Reader } from './smb1.ts';
import { HEADER as SMB2_HEADER, Smb2Reader } from './smb2.ts';
import { beginsPlain, COMPRESSED_HEADER, plainPart } from './smb-compression.ts';
import { SmbState } from './smb-state.ts';

/** Bytes of a message of SMB 1 that are read, and of the plain part of a compressed one. */
const SHOWN = 6 * 1024;
const SHOWN_PLAIN = 16 * 1024;
/** No negotiated message is larger, compressed or not. */
const COMPRESSED_MAX = 0x1000000;
/** Kinds of NetBIOS session packets that carry no message; those above 0x85 mean nothing and are passed over, too. */
const FIRST_OTHER = 0x81;
const LAST_OTHER = 0x8f;
const LAST_KNOWN = 0x85;

/** Read before the next message is. */
const plainRoom = new Uint8Array(SHOWN_PLAIN);

class SmbSession implements Session {
  private readonly state = new SmbState();
  private readonly one = new Smb1Reader(this.state);
  private readonly two = new Smb2Reader(this.state);
  /** By direction: bytes of a session packet that are still to be read, the messages of a chain one after the other. */
  private readonly left: [number, number] = [0, 0];

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    const { left } = this;
    const way = fromOrig ? 0 : 1;
    let next = at;
    for (;;) {
      if (left[way] === 0) {
        if (next + 4 > end) return next;
        const type = data[next]!;
        if (type !== 0) {
          if (type < FIRST_OTHER || type > LAST_OTHER) return this.lost(flow, next, at, end);
          if (type > LAST_KNOWN) flow.weird('smb-length-lie', `session packet of type ${type}`);
          next += 4 + u16(data, next + 2);
          continue;
        }
        left[way] = u24(data, next + 1);
        next += 4;
        continue;
      }
      const taken = this.message(flow, data, next, end, left[way]!);
      if (taken < 0) return next;
      if (flow.finished) return end;
      left[way]! -= taken;
      next += taken;
    }
  }

  gap(flow: FlowContext, fromOrig: boolean): boolean {
    this.state.lost = true;
    this.left[fromOrig ? 0 : 1] = 0;
    return !flow.finished;
  }

  end(flow: FlowContext): void {
    flow.fact('smb.dialect', this.state.dialect);
    this.one.flush(flow);
    this.two.flush(flow);
  }

  /** No message begins here: after a gap that is expected, so the segment is passed over. */
  private lost(flow: FlowContext, next: number, at: number, end: number): number {
    if (!this.state.lost && next === at) flow.weird('smb-length-lie');
    if (++this.state.misses > 64) flow.finish();
    return end;
  }

  /**
   * The message at `at`, where `length` bytes are left of its session packet. Returns how many of them are done with, -1
   * when more than [at, end) are needed.
   */
  private message(flow: FlowContext, data: Uint8Array, at: number, end: number, length: number): number {
    if (length < 4) return length;
    if (end - at < 4) return -1;
    if (data[at + 1] !== 0x53 || data[at + 2] !== 0x4d || data[at + 3] !== 0x42) return length;
    switch (data[at]!) {
      case 0xff: {
        const shown = at + Math.min(length, SHOWN);
        if (shown > end) return -1;
        this.one.message(flow, data, at, shown);
        return length;
      }
      case 0xfe: {
        const taken = this.chained(flow, data, at, end, length);
        if (taken === length && length >= SMB2_HEADER && u32le(data, at + 20) > length)
          flow.weird('smb-length-lie', `chained message at ${u32le(data, at + 20)}`);
        return taken;
      }
      case 0xfc:
        return this.compressed(flow, data, at, end, length);
      case 0xfd:
        flow.fact('smb.encrypted', 'yes');
        flow.name('smb', 'NetBIOS.SMBv23');
    }
    return length;
  }

  /** A message of SMB 2, behind which others may be chained. */
  private chained(flow: FlowContext, data: Uint8Array, at: number, end: number, length: number): number {
    if (end - at < Math.min(length, SMB2_HEADER)) return -1;
    if (length < SMB2_HEADER || u16le(data, at + 4) !== SMB2_HEADER) return length;
    const following = u32le(data, at + 20);
    const size = following >= SMB2_HEADER && following <= length ? following : length;
    const shown = at + Smb2Reader.shown(data, at, size);
    if (shown > end) return -1;
    this.two.message(flow, data, at, shown, size);
    return size;
  }

  private compressed(flow: FlowContext, data: Uint8Array, at: number, end: number, length: number): number {
    if (end - at < Math.min(length, COMPRESSED_HEADER)) return -1;
    flow.name('smb', 'NetBIOS.SMBv23');
    flow.fact('smb.compressed', 'yes');
    if (length < COMPRESSED_HEADER) return length;
    // The size before compression and the offset of the compressed part are added by receivers.
    if (u32le(data, at + 4) + u32le(data, at + 12) > COMPRESSED_MAX) flow.weird('smb-compression-lie');
    if (!beginsPlain(data, at)) return length;
    const shown = at + Math.min(length, SHOWN_PLAIN);
    if (shown > end) return -1;
    const plain = plainPart(data, at, shown, plainRoom);
    for (let next = 0; next < plain.length;) {
      if (plain[next] !== 0xfe) break;
      const taken = this.chained(flow, plain, next, plain.length, plain.length - next);
      if (taken < 0) break;
      next += taken;
    }
    return length;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const first = data[at]!;
  if (first >= FIRST_OTHER && first <= LAST_OTHER) {
    const usual = [p.respPort, p.origPort].some((port) => port === 139 || (port === 445 && first > 0x82));
    if (!usual) return NO;
    if (end - at < 4) return MAYBE;
    return u16(data, at + 2) <= 512 && data[at + 1]! <= 1 ? netbiosNext(p) : NO;
  }
  if (first !== 0) return NO;
  if (end - at < 8) return p.respPort === 445 || p.respPort === 139 ? MAYBE : NO;
  return magic(data, at) ? YES : NO;
}

/** After the request for a NetBIOS session, or others that carry nothing, the first SMB message follows. */
function netbiosNext(p: Probe): Verdict {
  let next = p.at;
  while (next + 4 <= p.end && p.data[next]! >= FIRST_OTHER && p.data[next]! <= LAST_OTHER)
    next += 4 + u16(p.data, next + 2);
  if (next + 8 > p.end) return MAYBE;
  return p.data[next] === 0 && magic(p.data, next) ? YES : NO;
}

function magic(data: Uint8Array, at: number): boolean {
  const first = data[at + 4]!;
  return (
    (first === 0xff || first === 0xfe || first === 0xfd || first === 0xfc) &&
    data[at + 5] === 0x53 &&
    data[at + 6] === 0x4d &&
    data[at + 7] === 0x42
  );
}

export const smb: Inspector = {
  id: 'smb',
  over: 'tcp',
  ports: [445, 139],
  first: [0x00, ...Array.from({ length: LAST_OTHER - FIRST_OTHER + 1 }, (_, i) => FIRST_OTHER + i)],
  service: 'smb',
  app: 'NetBIOS.SMBv23',
  probe,
  open: () => new SmbSession(),
};

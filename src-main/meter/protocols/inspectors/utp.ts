/** BitTorrent's transport over UDP (BEP 29): the packet that opens a connection, or packets in the middle that follow one another. */
import { u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const HEADER = 20;
const SYN = 0x41;
const DATA = 0x01;
/** Packets that may lie between two that were seen. */
const STEP_MAX = 128;
/** Agreeing packets that make a name, and packets looked at for them. */
const CONFIRMED = 3;
const DATAGRAMS_MAX = 16;
const SHOWN = 2;

/** Nothing came back yet, so no difference of time is known and nothing is acknowledged. */
function opens(data: Uint8Array, at: number, end: number): boolean {
  if (u32(data, at + 8) !== 0 || u16(data, at + 18) !== 0 || u16(data, at + 16) === 0) return false;
  if (end - at === HEADER) return true;
  return data[at + 1] !== 0 && data[at + HEADER] === 0 && at + HEADER + 2 + data[at + HEADER + 1]! === end;
}

/** Kind 0 to 4 of version 1, extensions that fit, a time; all but data end with their header. */
function isPacket(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < HEADER || (data[at]! & 15) !== 1 || data[at]! > SYN || data[at + 1]! > 2) return false;
  if (u32(data, at + 4) === 0 || u32(data, at + 12) === 0 || u16(data, at + 2) === 0) return false;
  let next = at + HEADER;
  for (let kind = data[at + 1]!, i = 0; kind !== 0 && i < 4; i++) {
    if (next + 2 > end || data[next]! > 2) return false;
    kind = data[next]!;
    next += 2 + data[next + 1]!;
  }
  return data[at] === DATA ? next < end : next === end;
}

/** What the latest packet of a direction said; -1 before the first. */
interface Said {
  id: number;
  seq: number;
}

class UtpSession implements Session {
  private readonly said: [Said, Said] = [
    { id: -1, seq: 0 },
    { id: -1, seq: 0 },
  ];
  private seen = 0;
  private agreed = 0;

  datagram(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    if (this.seen++ < SHOWN) flow.unknown(data, at, end);
    if (!isPacket(data, at, end) || this.seen > DATAGRAMS_MAX) {
      flow.finish();
      return;
    }
    const own = this.said[fromOrig ? 0 : 1];
    const other = this.said[fromOrig ? 1 : 0];
    const id = u16(data, at + 2);
    const seq = u16(data, at + 16);
    if (own.id >= 0) {
      // The first packet of a connection carries the number of the other direction.
      if (Math.abs(own.id - id) > 1 || ((seq - own.seq + STEP_MAX) & 0xffff) > 2 * STEP_MAX) flow.finish();
      else this.agreed++;
    }
    if (other.id >= 0) {
      if (Math.abs(other.id - id) > 1 || ((other.seq - u16(data, at + 18) + STEP_MAX) & 0xffff) > 2 * STEP_MAX)
        flow.finish();
      else this.agreed++;
    }
    own.id = id;
    own.seq = seq;
    if (flow.finished || this.agreed < CONFIRMED) return;
    flow.name('', 'BitTorrent');
    flow.finish();
  }
}

let found = false;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  found = isPacket(data, at, end) && data[at] === SYN;
  if (found) found = opens(data, at, end);
  return found || (data[at] !== SYN && isPacket(data, at, end)) ? YES : NO;
}

export const utp: Inspector = {
  id: 'utp',
  over: 'udp',
  ports: [],
  first: [SYN, DATA, 0x11, 0x21, 0x31],
  service: '',
  app: '',
  probe,
  open: (flow) => {
    if (found) {
      flow.name('', 'BitTorrent');
      flow.finish();
    }
    return new UtpSession();
  },
};

/** RTP (RFC 3550), which has no mark of its own: a flow is suspected from one datagram and named once others of the same source follow in order. */
import { u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { coded, type Words } from '../words.ts';

/** Assigned types of media (RFC 3551, 6). */
const TYPES: Words = new Map([
  [0, 'PCMU'],
  [3, 'GSM'],
  [4, 'G.723'],
  [5, 'DVI4'],
  [6, 'DVI4'],
  [7, 'LPC'],
  [8, 'PCMA'],
  [9, 'G.722'],
  [10, 'L16 stereo'],
  [11, 'L16'],
  [12, 'QCELP'],
  [13, 'comfort noise'],
  [14, 'MPEG audio'],
  [15, 'G.728'],
  [18, 'G.729'],
  [25, 'CelB'],
  [26, 'JPEG'],
  [28, 'nv'],
  [31, 'H.261'],
  [32, 'MPEG video'],
  [33, 'MPEG transport stream'],
  [34, 'H.263'],
]);
const FIRST_DYNAMIC = 96;
const HEADER = 12;
const STEP_MAX = 64;
const CONFIRMED = 3;
const DATAGRAMS_MAX = 32;
const SHOWN = 2;

/** Version 2 and a payload type that is assigned (RFC 3551) or dynamic; never one of RTP's control packets. */
export function isRtp(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < HEADER || data[at]! >>> 6 !== 2) return false;
  const type = data[at + 1]! & 0x7f;
  if (type > 34 && type < 96) return false;
  let from = at + HEADER + (data[at]! & 15) * 4;
  if (data[at]! & 0x10) {
    if (from + 4 > end) return false;
    from += 4 + u16(data, from + 2) * 4;
  }
  return from <= end;
}

/** The source and the place of the latest packet of a direction. */
interface Source {
  id: number;
  sequence: number;
  type: number;
  seen: number;
  steps: number;
}

class RtpSession implements Session {
  private readonly sources: [Source, Source] = [newSource(), newSource()];
  private datagrams = 0;

  datagram(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    const source = this.sources[fromOrig ? 0 : 1];
    if (source.seen < SHOWN) flow.unknown(data, at, end);
    if (isRtp(data, at, end)) this.packet(flow, source, data, at);
    else if (source.seen++ > 0 && source.id >= 0) flow.finish();
    if (++this.datagrams >= DATAGRAMS_MAX) flow.finish();
  }

  private packet(flow: FlowContext, source: Source, data: Uint8Array, at: number): void {
    const id = u32(data, at + 8);
    const sequence = u16(data, at + 2);
    const type = data[at + 1]! & 0x7f;
    const step = (sequence - source.sequence) & 0xffff;
    if (source.id === id && step > 0 && step <= STEP_MAX) source.steps++;
    else if (source.id >= 0 && source.id !== id && source.steps === 0) flow.finish();
    source.id = id;
    source.sequence = sequence;
    source.type = type;
    source.seen++;
    if (source.steps + 1 < CONFIRMED) return;
    flow.name('', 'RTP');
    flow.fact('rtp.type', type >= FIRST_DYNAMIC ? `${type} (agreed on elsewhere)` : coded(TYPES, type));
    flow.finish();
  }
}

const newSource = (): Source => ({ id: -1, sequence: 0, type: 0, seen: 0, steps: 0 });

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.partial && end - at < HEADER) return NO;
  return isRtp(data, at, end) ? YES : NO;
}

export const rtp: Inspector = {
  id: 'rtp',
  over: 'udp',
  ports: [],
  first: Array.from({ length: 64 }, (_, i) => 0x80 + i),
  service: '',
  app: '',
  probe,
  open: () => new RtpSession(),
};

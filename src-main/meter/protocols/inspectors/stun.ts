/** STUN and TURN (RFC 8489, RFC 3489): a known message whose attributes fill it; DTLS that follows is handed on. */
import { u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { dtls } from './dtls.ts';
import { isRtp } from './rtp.ts';
import { readStun } from './stun-facts.ts';

const COOKIE = 0x2112a442;
const HEADER = 20;
/** Message types of the first version, which had no cookie yet, and of the TURN that went with it. */
const OLD_TYPES = new Set([
  ...[0x0001, 0x0101, 0x0111, 0x0002, 0x0102, 0x0112],
  ...[0x0003, 0x0103, 0x0113, 0x0004, 0x0104, 0x0114, 0x0115, 0x0006, 0x0106, 0x0116],
]);
/** Message types that WhatsApp's calls add; their first byte. */
const OWN_TYPES = 0x08;
/** Microsoft's frame around a message to a relay that many share ([MS-TURN]): mark, length, and a number of eight bytes. */
const SHARED = 0xff10;
const SHARED_HEADER = 12;

/** Attributes of the first version fill the message exactly, and there is one at least. */
function oldAttributes(data: Uint8Array, at: number, end: number): boolean {
  let next = at + HEADER;
  for (let i = 0; i < 32 && next + 4 <= end; i++) next += 4 + ((u16(data, next + 2) + 3) & ~3);
  return next === end && next > at + HEADER;
}

/** Bytes of Microsoft's frame before the message, 0 where there is none. */
function frame(data: Uint8Array, at: number, end: number): number {
  const framed = end - at >= SHARED_HEADER + HEADER && u16(data, at) === SHARED && u16(data, at + 2) === end - at - 4;
  return framed ? SHARED_HEADER : 0;
}

function probe(p: Probe): Verdict {
  const { data, end } = p;
  const at = p.at + frame(data, p.at, end);
  if (end - at < HEADER || (data[at]! > 1 && data[at] !== OWN_TYPES)) return NO;
  // Over TCP a length may stand before each message (RFC 4571).
  if (p.tcp && end - at >= HEADER + 2 && data[at + 2]! <= 1 && u32(data, at + 6) === COOKIE) return YES;
  const length = u16(data, at + 2);
  const fits = at + HEADER + length === end;
  if (u32(data, at + 4) === COOKIE) return fits || p.tcp || p.partial ? YES : NO;
  return !p.tcp && fits && length % 4 === 0 && OLD_TYPES.has(u16(data, at)) && oldAttributes(data, at, end) ? YES : NO;
}

/** Messages of a flow whose attributes are read. */
const READ_MAX = 4;
const DATAGRAMS_MAX = 64;
const STEP_MAX = 64;

/** Media calls begin with STUN and go on with DTLS on the same ports. */
class StunSession implements Session {
  private seen = 0;
  /** Source and number of the latest packet of media. */
  private source = -1;
  private number = 0;

  datagram(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    const message = at + frame(data, at, end);
    if (this.seen < READ_MAX && data[message]! <= 1) readStun(flow, data, message, end);
    const first = data[at] ?? 0;
    if (first >= 20 && first <= 63 && dtls.probe({ ...PROBE, data, at, end }) === YES) {
      flow.name(dtls.service, dtls.app);
      flow.session = dtls.open?.(flow) ?? null;
      flow.session?.datagram?.(flow, fromOrig, data, at, end);
    } else if (++this.seen > DATAGRAMS_MAX) flow.finish();
    else if (first >>> 6 === 2 && isRtp(data, at, end)) this.media(flow, u32(data, at + 8), u16(data, at + 2));
  }

  /** Packets of media in order; the call itself, of which RTP's header is all one sees. */
  private media(flow: FlowContext, source: number, number: number): void {
    if (this.source === source && ((number - this.number) & 0xffff) <= STEP_MAX) {
      flow.fact('stun.media', 'rtp');
      flow.finish();
    }
    this.source = source;
    this.number = number;
  }
}

const PROBE: Probe = {
  data: new Uint8Array(0),
  at: 0,
  end: 0,
  tcp: false,
  fromOrig: true,
  origPort: 0,
  respPort: 0,
  partial: false,
  fromStart: true,
  tries: 0,
};

export const stun: Inspector = {
  id: 'stun',
  over: 'both',
  ports: [3478, 3479, 19302],
  first: [0x00, 0x01, OWN_TYPES, 0xff],
  service: '',
  app: 'STUN',
  probe,
  open: () => new StunSession(),
};

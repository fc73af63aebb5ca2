/** Kafka: a request whose size fits, with a known key and version and a client's name in text. */
import { isAsciiText, latin1, text, u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';
import { plainAccount } from './sasl.ts';

const PORTS = [9092];
const KEY_MAX = 74;
const VERSION_MAX = 20;
const SIZE_MAX = 1 << 24;
/** Payloads of either end, among which a client has logged in if it does. */
const PAYLOADS = 8;
const SASL_HANDSHAKE = 17;
const SASL_AUTHENTICATE = 36;
/** From this version on lengths are written short, and tags stand behind the header. */
const SHORT_LENGTHS = 2;
const SASL_MAX = 512;
const REQUEST = 14;

/** Who asks, and a password that is sent as it is. */
function client(): Session {
  let plain = false;
  /** What follows the handshake is no request but the mechanism's own message. */
  let raw = false;
  const payload = (flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void => {
    if (!fromOrig || end - at < 4) return;
    if (raw) {
      raw = false;
      return account(flow, data, at + 4, end);
    }
    if (end - at < REQUEST) return;
    const key = u16(data, at + 4);
    const version = u16(data, at + 6);
    const length = u16(data, at + 12);
    const body = at + REQUEST + (length === 0xffff ? 0 : length);
    if (length < 256 && body <= end) flow.fact('kafka.client', text(data, at + REQUEST, body));
    if (key === SASL_HANDSHAKE && body + 2 <= end) {
      plain = text(data, body + 2, Math.min(end, body + 2 + u16(data, body)), 32) === 'PLAIN';
      raw = plain && version === 0;
    } else if (key === SASL_AUTHENTICATE && plain)
      account(flow, data, body + (version < SHORT_LENGTHS ? 4 : shortLength(data, body + 1, end) + 1), end);
  };
  return once(payload, PAYLOADS)();
}

/** Bytes that the length at `at` is written in, seven bits a byte. */
function shortLength(data: Uint8Array, at: number, end: number): number {
  let bytes = 1;
  while (bytes < 5 && at + bytes < end && data[at + bytes - 1]! & 0x80) bytes++;
  return bytes;
}

function account(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  if (at < end) flow.inTheClear('password', plainAccount(latin1(data, at, end, SASL_MAX)));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  const size = u32(data, at);
  if (size < 4 || size > SIZE_MAX) return NO;
  if (!p.fromOrig) return usual(p, PORTS) && at + 4 + size === end ? YES : NO;
  if (end - at < 14 || u16(data, at + 4) > KEY_MAX || u16(data, at + 6) > VERSION_MAX) return NO;
  const length = u16(data, at + 12);
  if (length === 0xffff) return usual(p, PORTS) ? YES : NO;
  if (length > 200 || length + 10 > size || at + 14 + length > end) return NO;
  return length > 0 ? (isAsciiText(data, at + 14, at + 14 + length) ? YES : NO) : usual(p, PORTS) ? YES : NO;
}

export const kafka: Inspector = {
  id: 'kafka',
  over: 'tcp',
  ports: PORTS,
  first: [0x00],
  service: '',
  app: 'Kafka',
  probe,
  open: () => client(),
};

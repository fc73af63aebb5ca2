/** AMQP 0-9-1 and 1.0 (OASIS, ISO/IEC 19464): the greeting with its version, or a whole frame. */
import { findText, latin1, printable, startsWith, text, u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const FRAME_END = 0xce;
const METHOD = 1;
const CONNECTION = 10;
/** Methods of a connection (AMQP 0-9-1, 1.4). */
const START = 10;
const START_OK = 11;
const OPEN = 40;
const CLOSE = 50;
const PAYLOADS = 8;
const FRAMES = 8;
/** A text value of a table: its kind and its length of four bytes stand before it. */
const SHOWN = 1024;

function greeting(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  let next = at;
  if (end - at >= 8 && startsWith(data, at, end, 'AMQP')) {
    flow.fact('amqp.version', `${data[at + 5]!}.${data[at + 6]!}.${data[at + 7]!}`);
    next = at + 8;
  }
  for (let i = 0; i < FRAMES && next + 11 <= end && data[next] === METHOD; i++) {
    const stop = next + 8 + u32(data, next + 3);
    if (u16(data, next + 7) === CONNECTION) connection(flow, u16(data, next + 9), data, next + 11, Math.min(end, stop));
    next = stop;
  }
}

function connection(flow: FlowContext, method: number, data: Uint8Array, at: number, end: number): void {
  if (method === START || method === START_OK) {
    const who = method === START ? 'server' : 'client';
    const name = [value(data, 'product', at, end), value(data, 'version', at, end)];
    flow.fact(`amqp.${who}`, name.filter((part) => part !== '').join(' '));
  }
  if (method === START_OK) login(flow, latin1(data, at, end, SHOWN));
  else if (method === OPEN && at < end)
    flow.fact('amqp.host', text(data, at + 1, Math.min(end, at + 1 + data[at]!), 128));
  else if (method === CLOSE && at + 3 < end)
    flow.fact('amqp.closed', text(data, at + 3, Math.min(end, at + 3 + data[at + 2]!), 128));
}

/** The text of a field of a table, '' when it is not there. */
function value(data: Uint8Array, key: string, at: number, end: number): string {
  const found = findText(data, `${String.fromCharCode(key.length)}${key}S`, at, Math.min(end, at + SHOWN));
  const from = found + key.length + 6;
  return found < 0 || from > end ? '' : text(data, from, Math.min(end, from + u32(data, from - 4)), 64);
}

/** PLAIN sends a zero, the user, a zero and the password. */
function login(flow: FlowContext, shown: string): void {
  const plain = /\x05PLAIN[^]{4}\0([^\0]{0,64})\0/.exec(shown);
  if (plain) flow.inTheClear('password', printable(plain[1] ?? ''));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x41) return end - at >= 8 && startsWith(data, at, end, 'AMQP') && data[at + 4]! <= 3 ? YES : NO;
  if (end - at < 8) return NO;
  const stop = at + 7 + u32(data, at + 3);
  return stop < end && data[stop] === FRAME_END && (data[at] !== 8 || stop === at + 7) ? YES : NO;
}

export const amqp: Inspector = {
  id: 'amqp',
  over: 'tcp',
  ports: [5672],
  first: [0x01, 0x02, 0x03, 0x08, 0x41],
  service: '',
  app: 'AMQP',
  probe,
  open: once(greeting, PAYLOADS),
};

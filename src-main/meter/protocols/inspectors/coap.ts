/** CoAP (RFC 7252): version, token and code, and options that end where the message does or its payload begins. */
import { u16, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const METHODS = ['', 'GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH'];
/** Codes of answers as the specification writes them: class and two digits. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['2.01', 'created'],
  ['2.02', 'deleted'],
  ['2.03', 'valid'],
  ['2.04', 'changed'],
  ['2.05', 'content'],
  ['4.00', 'bad request'],
  ['4.01', 'unauthorised'],
  ['4.03', 'forbidden'],
  ['4.04', 'not found'],
  ['4.05', 'method not allowed'],
  ['5.00', 'server error'],
  ['5.03', 'unavailable'],
]);
const PAYLOADS = 4;
const URI_PATH = 11;
const URI_HOST = 3;

/** Length or difference of an option with its extra bytes; [value, where to go on], -1 when it is reserved or cut. */
function extended(data: Uint8Array, nibble: number, at: number, end: number): [number, number] {
  if (nibble < 13) return [nibble, at];
  if (nibble === 13) return at < end ? [data[at]! + 13, at + 1] : [-1, at];
  return nibble === 14 && at + 1 < end ? [u16(data, at) + 269, at + 2] : [-1, at];
}

/** Walks the options; false when they do not fit. `each` gets number and place of each one. */
function options(
  data: Uint8Array,
  at: number,
  end: number,
  each: (option: number, at: number, end: number) => void,
): boolean {
  let next = at;
  let option = 0;
  for (let i = 0; i < 64 && next < end; i++) {
    const byte = data[next]!;
    if (byte === 0xff) return next + 1 < end;
    const [delta, afterDelta] = extended(data, byte >>> 4, next + 1, end);
    const [length, from] = extended(data, byte & 15, afterDelta, end);
    if (delta < 0 || length < 0 || from + length > end) return false;
    option += delta;
    each(option, from, from + length);
    next = from + length;
  }
  return next === end;
}

/** Which resource is asked for, and what the answer is. */
function request(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < 4) return;
  const code = data[at + 1]!;
  if (code >= 32) return answer(flow, code);
  flow.also('coap.method', METHODS[code] ?? '');
  let path = '';
  options(data, at + 4 + (data[at]! & 15), end, (option, from, to) => {
    if (option === URI_PATH && path.length < 128) path += `/${text(data, from, to, 64)}`;
    else if (option === URI_HOST) flow.fact('coap.host', text(data, from, to, 128));
  });
  flow.also('coap.path', path);
}

function answer(flow: FlowContext, code: number): void {
  const shown = `${code >>> 5}.${String(code & 31).padStart(2, '0')}`;
  const word = ANSWERS.get(shown);
  flow.also('coap.answer', word === undefined ? shown : `${shown} (${word})`);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 4 || data[at]! >>> 6 !== 1 || (data[at]! & 15) > 8) return NO;
  const code = data[at + 1]!;
  const group = code >>> 5;
  if (group !== 0 && group !== 2 && group !== 4 && group !== 5 && group !== 7) return NO;
  const from = at + 4 + (data[at]! & 15);
  if (code === 0) return from === end ? YES : NO;
  return from <= end && (p.partial || options(data, from, end, () => undefined)) ? YES : NO;
}

export const coap: Inspector = {
  id: 'coap',
  over: 'udp',
  ports: [5683, 5688],
  portBound: true,
  service: '',
  app: 'COAP',
  probe,
  open: once(request, PAYLOADS),
};

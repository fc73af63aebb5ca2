/** Modbus/TCP: a header whose length fits, and a known function; which functions of which units are asked for. */
import { text, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { FrameSession, Met } from '../frames.ts';
import { coded, type Words } from '../words.ts';

/** Function codes (Modbus Application Protocol 1.1b3, 5.1); 90 is Schneider's own. */
const FUNCTIONS: Words = new Map([
  [1, 'read coils'],
  [2, 'read discrete inputs'],
  [3, 'read holding registers'],
  [4, 'read input registers'],
  [5, 'write one coil'],
  [6, 'write one register'],
  [7, 'read exception status'],
  [8, 'diagnostics'],
  [11, 'read event counter'],
  [12, 'read event log'],
  [15, 'write coils'],
  [16, 'write registers'],
  [17, 'report server id'],
  [20, 'read file record'],
  [21, 'write file record'],
  [22, 'mask write register'],
  [23, 'read and write registers'],
  [24, 'read queue'],
  [43, 'encapsulated interface'],
  [90, 'Unity programming'],
]);
const EXCEPTIONS: Words = new Map([
  [1, 'no such function'],
  [2, 'no such address'],
  [3, 'value not allowed'],
  [4, 'device failed'],
  [5, 'accepted, takes long'],
  [6, 'device busy'],
  [8, 'memory parity error'],
  [10, 'gateway has no path'],
  [11, 'device behind the gateway does not answer'],
]);
const HEADER = 7;
const LENGTH_MAX = 254;
const REFUSED = 0x80;
/** The last of the functions that read, and the length of messages that hold an address and a value or a count. */
const READS_LAST = 4;
const FIXED = 6;
const IDENTIFICATION = [43, 14];
/** Objects of a device identification that name it: vendor, product, revision, vendor's address, product name, model. */
const OBJECTS_MAX = 8;
/** Answers with an identification that are read. */
const IDENTIFICATIONS = 4;
/** Functions that change what the device holds. */
const WRITES: ReadonlySet<number> = new Set([5, 6, 15, 16, 21, 22, 23]);
const DIAGNOSTICS = 8;
/** What diagnostics may do to a device beside telling of it. */
const ORDERS: Words = new Map([
  [1, 'restart'],
  [4, 'only listen'],
  [10, 'clear counters'],
]);

class ModbusSession extends FrameSession {
  protected override readonly header = 6;
  protected override readonly enough = 6 + LENGTH_MAX;
  private readonly units = new Met();
  private readonly functions = new Met();
  private readonly exceptions = new Met();
  private readonly orders = new Met();
  private identifications = 0;

  protected override size(data: Uint8Array, at: number): number {
    const length = u16(data, at + 4);
    return u16(data, at + 2) === 0 && length >= 2 && length <= LENGTH_MAX ? this.header + length : 0;
  }

  protected override frame(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    if (end - at <= HEADER) return;
    const unit = data[at + 6]!;
    const code = data[at + HEADER]!;
    const detail = end - at > HEADER + 1 ? data[at + HEADER + 1]! : 0;
    if (this.units.first(unit)) flow.also('modbus.unit', String(unit));
    if (this.functions.first(code & 0x7f)) this.fresh(flow, code & 0x7f);
    if (code === DIAGNOSTICS && end - at > HEADER + 2) this.order(flow, u16(data, at + HEADER + 1));
    if (fromOrig) return;
    if (code & REFUSED && detail > 0 && this.exceptions.first(detail))
      flow.also('modbus.exception', coded(EXCEPTIONS, detail));
    if (code === IDENTIFICATION[0] && detail === IDENTIFICATION[1] && this.identifications++ < IDENTIFICATIONS)
      identification(flow, data, at + HEADER + 6, end);
  }

  private fresh(flow: FlowContext, code: number): void {
    const shown = coded(FUNCTIONS, code);
    flow.also('modbus.function', shown);
    if (WRITES.has(code)) flow.also('modbus.change', shown);
  }

  private order(flow: FlowContext, kind: number): void {
    const word = ORDERS.get(kind);
    if (word !== undefined && this.orders.first(kind))
      flow.also('modbus.change', `${DIAGNOSTICS} (diagnostics: ${word})`);
  }
}

/** A count, then objects: number, length and text. */
function identification(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  let next = at + 1;
  for (let i = 0; i < OBJECTS_MAX && next + 2 <= end; i++) {
    const stop = next + 2 + data[next + 1]!;
    if (stop > end) return;
    flow.also('modbus.device', text(data, next + 2, stop, 64));
    next = stop;
  }
}

/** Whether the function's message may be so long: of requests and answers whose length follows from what they hold. */
function plausible(data: Uint8Array, at: number, length: number): boolean {
  const code = data[at + HEADER]!;
  const count = length - 3;
  if (!FUNCTIONS.has(code & 0x7f)) return false;
  if (code & REFUSED) return count === 0;
  if (code <= READS_LAST) return length === FIXED || data[at + 8] === count;
  if (code === 5 || code === 6) return length === FIXED;
  if (code === 15 || code === 16) return length === FIXED || data[at + 12] === length - 7;
  return true;
}

/** Bytes of the message at `at`, 0 where none stands there whole. */
function whole(data: Uint8Array, at: number, end: number): number {
  if (end - at <= HEADER || u16(data, at + 2) !== 0) return 0;
  const length = u16(data, at + 4);
  const stop = at + 6 + length;
  return length >= 2 && length <= LENGTH_MAX && stop <= end && plausible(data, at, length) ? stop - at : 0;
}

/** Whether the bytes from `at` on may be the beginning of a message. */
function begun(data: Uint8Array, at: number, end: number): boolean {
  const seen = end - at;
  if (seen >= 4 && u16(data, at + 2) !== 0) return false;
  if (seen < 6) return true;
  const length = u16(data, at + 4);
  if (length < 2 || length > LENGTH_MAX || seen >= 6 + length) return false;
  return seen <= HEADER || FUNCTIONS.has(data[at + HEADER]! & 0x7f);
}

/** Whether the message at `at` and the one that `other` begins with are a request and its answer. */
function answered(data: Uint8Array, at: number, other: Uint8Array, otherEnd: number): boolean {
  if (whole(other, 0, otherEnd) === 0) return false;
  const same = u16(data, at) === u16(other, 0) && data[at + 6] === other[6];
  return same && ((data[at + HEADER]! ^ other[HEADER]!) & 0x7f) === 0;
}

/** On another port than its own it shows itself by a second message that fits: behind the first, or as its answer. */
function elsewhere(p: Probe): Verdict {
  const { data, at, end, other, otherEnd } = p;
  let messages = 0;
  let next = at;
  for (let size = whole(data, at, end); size > 0; size = whole(data, next, end)) {
    next += size;
    messages++;
  }
  if (next < end && !begun(data, next, end)) return NO;
  if (messages !== 1) return messages > 1 ? YES : MAYBE;
  return other && answered(data, at, other, otherEnd ?? 0) ? YES : MAYBE;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || data[at + 2] !== 0 || data[at + 3] !== 0) return NO;
  const length = u16(data, at + 4);
  if (length < 2 || length > LENGTH_MAX || !FUNCTIONS.has(data[at + 7]! & 0x7f)) return NO;
  return p.respPort === 502 || p.origPort === 502 ? YES : elsewhere(p);
}

export const modbus: Inspector = {
  id: 'modbus',
  over: 'tcp',
  ports: [502],
  marks: { tcp: { at: 2, bytes: [0] } },
  service: 'modbus',
  app: 'Modbus',
  probe,
  open: () => new ModbusSession(),
};

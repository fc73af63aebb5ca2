/** Modbus/TCP: a header whose length fits, and a known function; which functions of which units are asked for. */
import { text, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
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
const REFUSED = 0x80;
const IDENTIFICATION = [43, 14];
/** Objects of a device identification that name it: vendor, product, revision, vendor's address, product name, model. */
const OBJECTS_MAX = 8;
const PAYLOADS = 8;
const MESSAGES = 8;

function messages(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  let next = at;
  for (let i = 0; i < MESSAGES && next + HEADER + 1 <= end && u16(data, next + 2) === 0; i++) {
    const stop = Math.min(end, next + 6 + u16(data, next + 4));
    const code = data[next + HEADER]!;
    flow.also('modbus.unit', String(data[next + 6]!));
    flow.also('modbus.function', coded(FUNCTIONS, code & 0x7f));
    if (!fromOrig && code & REFUSED && next + HEADER + 2 <= stop)
      flow.also('modbus.exception', coded(EXCEPTIONS, data[next + HEADER + 1]!));
    if (
      !fromOrig &&
      stop > next + HEADER + 1 &&
      code === IDENTIFICATION[0] &&
      data[next + HEADER + 1] === IDENTIFICATION[1]
    )
      identification(flow, data, next + HEADER + 6, stop);
    if (stop <= next + HEADER) return;
    next = stop;
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

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || data[at + 2] !== 0 || data[at + 3] !== 0) return NO;
  const length = u16(data, at + 4);
  if (length < 2 || length > 254 || !FUNCTIONS.has(data[at + 7]! & 0x7f)) return NO;
  if (p.respPort === 502 || p.origPort === 502) return YES;
  return at + 6 + length === end && length >= 5 && data[at + 7]! < 0x80 && data[at] === 0 ? YES : NO;
}

export const modbus: Inspector = {
  id: 'modbus',
  over: 'tcp',
  ports: [502],
  service: 'modbus',
  app: 'Modbus',
  probe,
  open: once(messages, PAYLOADS),
};

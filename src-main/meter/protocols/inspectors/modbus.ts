/** Modbus/TCP: a header whose length fits, and a known function; which functions of which units are asked for. */
import { text, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
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

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || data[at + 2] !== 0 || data[at + 3] !== 0) return NO;
  const length = u16(data, at + 4);
  if (length < 2 || length > LENGTH_MAX || !FUNCTIONS.has(data[at + 7]! & 0x7f)) return NO;
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
  open: () => new ModbusSession(),
};

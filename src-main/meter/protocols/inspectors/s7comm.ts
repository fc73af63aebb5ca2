/** Siemens' S7 communication: its mark in the first data of ISO transport; which module is asked for what. */
import { u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { FrameSession, Met } from '../frames.ts';
import { usual } from '../ports.ts';
import { coded, codedHex, type Words } from '../words.ts';
import { cotpData, MORE } from './cotp.ts';

const PORTS = [102];
const MARK = 0x32;
const JOB = 1;
const KINDS: Words = new Map([
  [JOB, 'job'],
  [2, 'acknowledgement'],
  [3, 'answer'],
  [7, 'user data'],
]);
const FUNCTIONS: Words = new Map([
  [0x04, 'read variables'],
  [0x05, 'write variables'],
  [0x1a, 'ask to download'],
  [0x1b, 'download a block'],
  [0x1c, 'end of download'],
  [0x1d, 'start upload'],
  [0x1e, 'upload'],
  [0x1f, 'end of upload'],
  [0x28, 'control a program'],
  [0x29, 'stop the controller'],
  [0xf0, 'set up communication'],
]);
/** Groups of functions in user data. */
const GROUPS: Words = new Map([
  [1, 'programmer commands'],
  [2, 'cyclic data'],
  [3, 'blocks'],
  [4, 'processor'],
  [5, 'security'],
  [7, 'time'],
]);
const USER_DATA = 7;
/** What asks, by the first byte of the transport selector of the module. */
const CONNECTIONS: Words = new Map([
  [1, 'programming device'],
  [2, 'operator panel'],
  [3, 'basic communication'],
]);
const CALLED = 0xc2;
const CONNECT = 0xe0;
/** Functions that change what the controller holds or does: writes, downloads, starts and stops. */
const CHANGES: ReadonlySet<number> = new Set([0x05, 0x1a, 0x1b, 0x1c, 0x28, 0x29]);

class S7Session extends FrameSession {
  protected override readonly header = 4;
  protected override readonly enough = 64;
  private readonly kinds = new Met();
  private readonly functions = new Met();
  private readonly groups = new Met();

  protected override size(data: Uint8Array, at: number): number {
    return data[at] === 3 ? Math.max(7, u16(data, at + 2)) : 0;
  }

  protected override frame(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    if (end - at < 7) return;
    if ((data[at + 5]! & 0xf0) === CONNECT) module(flow, data, at + 11, end);
    else if (at + 18 <= end && data[at + 7] === MARK) this.job(flow, data, at + 7, end);
  }

  private job(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const kind = data[at + 1]!;
    if (this.kinds.first(kind)) flow.also('s7.kind', coded(KINDS, kind));
    const from = at + (kind === 2 || kind === 3 ? 12 : 10);
    if (u16(data, at + 6) === 0 || from >= end) return;
    if (kind !== USER_DATA) this.asked(flow, data[from]!);
    else if (from + 6 <= end && this.groups.first(data[from + 5]! & 15))
      flow.also('s7.function', `user data: ${coded(GROUPS, data[from + 5]! & 15)}`);
  }

  private asked(flow: FlowContext, code: number): void {
    if (!this.functions.first(code)) return;
    const shown = codedHex(FUNCTIONS, code);
    flow.also('s7.function', shown);
    if (CHANGES.has(code)) flow.also('s7.change', shown);
  }
}

/** The selector of a connection request names rack and slot. */
function module(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  let next = at;
  for (let i = 0; i < 8 && next + 2 <= end; i++) {
    const size = data[next + 1]!;
    if (data[next] === CALLED && size === 2 && next + 4 <= end) {
      flow.fact('s7.module', `rack ${data[next + 3]! >>> 5}, slot ${data[next + 3]! & 31}`);
      flow.fact('s7.as', CONNECTIONS.get(data[next + 2]!) ?? '');
    }
    next += 2 + size;
  }
}

function probe(p: Probe): Verdict {
  const { data, end } = p;
  const from = cotpData(p);
  if (from === MORE) return usual(p, PORTS) ? MAYBE : NO;
  if (from < 0 || end - from < 2 || data[from] !== MARK) return NO;
  return KINDS.has(data[from + 1]!) ? YES : NO;
}

export const s7comm: Inspector = {
  id: 's7comm',
  over: 'tcp',
  ports: PORTS,
  first: [0x03],
  service: '',
  app: 'S7Comm',
  probe,
  open: () => new S7Session(),
};

/** Siemens' S7 communication: its mark in the first data of ISO transport; which module is asked for what. */
import { u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
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
const PAYLOADS = 6;
const UNITS = 4;

function units(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  let next = at;
  for (let i = 0; i < UNITS && next + 7 <= end && data[next] === 3; i++) {
    const stop = Math.min(end, next + Math.max(7, u16(data, next + 2)));
    if ((data[next + 5]! & 0xf0) === CONNECT) module(flow, data, next + 11, stop);
    else if (next + 18 <= stop && data[next + 7] === MARK) job(flow, data, next + 7, stop);
    next = stop;
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

function job(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  const kind = data[at + 1]!;
  flow.also('s7.kind', coded(KINDS, kind));
  const from = at + (kind === 2 || kind === 3 ? 12 : 10);
  if (u16(data, at + 6) === 0 || from >= end) return;
  if (kind !== USER_DATA) flow.also('s7.function', codedHex(FUNCTIONS, data[from]!));
  else if (from + 6 <= end) flow.also('s7.function', `user data: ${coded(GROUPS, data[from + 5]! & 15)}`);
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
  open: once(units, PAYLOADS),
};

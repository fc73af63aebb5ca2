/**
 * Flows of which nothing came but the first greeting (a SYN without bytes): most flows of a flood or a scan stay so. They
 * lie in columns by slot, and become objects with their second packet.
 */
import { growColumns, makeColumns } from '../../../meter/columns.ts';
import type { Scene } from './scene.ts';

const SYN = 2;
const ENDS = 1 | 4 | 16;
const START = 1024;

/** What the greeting said: ends of who sent it, then of who was greeted. */
export interface Greeting {
  addresses: Uint32Array;
  clientPort: number;
  serverPort: number;
  now: number;
  seq: number;
  flags: number;
  /** Bytes of IP. */
  bytes: number;
}

/** Whether a packet of TCP without bytes greets, and does nothing else. */
export const isGreeting = (flags: number): boolean => (flags & (SYN | ENDS)) === SYN;

const schema = {
  /** Of the flow, plus one; 0: none. */
  id: 'f64',
  now: 'f64',
  addresses: ['u32', 8],
  clientPort: 'u16',
  serverPort: 'u16',
  seq: 'u32',
  flags: 'u16',
  bytes: 'u32',
} as const;

export class Greetings {
  private columns = makeColumns(schema, START);

  has(slot: number, id: number): boolean {
    return this.columns.id[slot] === id + 1;
  }

  /** Keeps the greeting in this row; what the slot held before is forgotten. */
  keep(slot: number, id: number, c: Scene['columns'], row: number): void {
    if (slot >= this.columns.id.length) this.grow(slot);
    const one = this.columns;
    one.id[slot] = id + 1;
    one.now[slot] = c.sec[row]! + c.nano[row]! / 1e9;
    for (let i = 0; i < 4; i++) {
      one.addresses[slot * 8 + i] = c.src[row * 4 + i]!;
      one.addresses[slot * 8 + 4 + i] = c.dst[row * 4 + i]!;
    }
    one.clientPort[slot] = c.srcPort[row]!;
    one.serverPort[slot] = c.dstPort[row]!;
    one.seq[slot] = c.tcpSeq[row]!;
    one.flags[slot] = c.tcpFlags[row]!;
    one.bytes[slot] = c.ipLength[row]!;
  }

  /** Takes the greeting of this flow out; its addresses are valid until the next is kept. */
  take(slot: number, id: number): Greeting | undefined {
    if (!this.has(slot, id)) return undefined;
    const c = this.columns;
    c.id[slot] = 0;
    return {
      addresses: c.addresses.subarray(slot * 8, slot * 8 + 8),
      clientPort: c.clientPort[slot]!,
      serverPort: c.serverPort[slot]!,
      now: c.now[slot]!,
      seq: c.seq[slot]!,
      flags: c.flags[slot]!,
      bytes: c.bytes[slot]!,
    };
  }

  private grow(slot: number): void {
    let capacity = this.columns.id.length;
    while (slot >= capacity) capacity *= 4;
    this.columns = growColumns(schema, this.columns, capacity);
  }
}

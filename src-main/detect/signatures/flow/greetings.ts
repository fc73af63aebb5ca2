/**
 * Flows of which nothing came but the first greeting (a SYN without bytes): most flows of a flood or a scan stay so. They
 * lie in columns by slot, and become objects with their second packet.
 */
import type { Scene } from './scene.ts';

const SYN = 2;
const ENDS = 1 | 4 | 16;
const NO_ID = -1;
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

export class Greetings {
  private ids = new Float64Array(START).fill(NO_ID);
  private times = new Float64Array(START);
  private addresses = new Uint32Array(START * 8);
  private ports = new Uint16Array(START * 2);
  private seqs = new Uint32Array(START);
  private flags = new Uint16Array(START);
  private bytes = new Uint32Array(START);

  has(slot: number, id: number): boolean {
    return this.ids[slot] === id;
  }

  /** Keeps the greeting in this row; what the slot held before is forgotten. */
  keep(slot: number, id: number, c: Scene['columns'], row: number): void {
    if (slot >= this.ids.length) this.grow(slot);
    this.ids[slot] = id;
    this.times[slot] = c.sec[row]! + c.nano[row]! / 1e9;
    for (let i = 0; i < 4; i++) {
      this.addresses[slot * 8 + i] = c.src[row * 4 + i]!;
      this.addresses[slot * 8 + 4 + i] = c.dst[row * 4 + i]!;
    }
    this.ports[slot * 2] = c.srcPort[row]!;
    this.ports[slot * 2 + 1] = c.dstPort[row]!;
    this.seqs[slot] = c.tcpSeq[row]!;
    this.flags[slot] = c.tcpFlags[row]!;
    this.bytes[slot] = c.ipLength[row]!;
  }

  /** Takes the greeting of this flow out; its addresses are valid until the next is kept. */
  take(slot: number, id: number): Greeting | undefined {
    if (this.ids[slot] !== id) return undefined;
    this.ids[slot] = NO_ID;
    return {
      addresses: this.addresses.subarray(slot * 8, slot * 8 + 8),
      clientPort: this.ports[slot * 2]!,
      serverPort: this.ports[slot * 2 + 1]!,
      now: this.times[slot]!,
      seq: this.seqs[slot]!,
      flags: this.flags[slot]!,
      bytes: this.bytes[slot]!,
    };
  }

  private grow(slot: number): void {
    let length = this.ids.length;
    while (slot >= length) length *= 4;
    const { ids, times, addresses, ports, seqs, flags, bytes } = this;
    this.ids = new Float64Array(length).fill(NO_ID);
    this.ids.set(ids);
    this.times = new Float64Array(length);
    this.times.set(times);
    this.addresses = new Uint32Array(length * 8);
    this.addresses.set(addresses);
    this.ports = new Uint16Array(length * 2);
    this.ports.set(ports);
    this.seqs = new Uint32Array(length);
    this.seqs.set(seqs);
    this.flags = new Uint16Array(length);
    this.flags.set(flags);
    this.bytes = new Uint32Array(length);
    this.bytes.set(bytes);
  }
}

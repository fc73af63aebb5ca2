/** What rules know of one flow: who began it, how far it came, flags, and its application protocol. */
import type { AppFlow, Direction, Transaction } from '../app/types.ts';
import type { SideWindow } from './window.ts';

/** Flags and counters a flow may have. */
const FLAGS = 256;

export class RuleFlow {
  readonly id: number;
  readonly proto: number;
  /** Of the client, then of the server: who sent first, but that an answer to a greeting comes from the server. */
  readonly addresses: Uint32Array;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly began: number;
  last: number;
  readonly packets: [number, number] = [0, 0];
  readonly bytes: [number, number] = [0, 0];
  /** Of TCP: the greetings that were seen; picked up in the middle. */
  syn = false;
  synAck = false;
  midstream = false;
  /** Both sides agreed to talk (TCP), or both have spoken. */
  established = false;
  closed = false;
  /** Bytes in sequence space from the first to the last that was seen. */
  passed = false;
  readonly bits = new Set<string>();
  readonly ints = new Map<string, number>();
  /** Application protocols, the newest last. */
  protocols: string[] = [];
  /** Nothing known by now will become known. */
  unknown = false;
  app: AppFlow | null = null;
  /** Reassembled, of TCP. */
  sides: [SideWindow, SideWindow] | null = null;
  /** Rules that look once a direction: numbers of rules. */
  readonly once: [Set<number>, Set<number>] = [new Set(), new Set()];
  /** Latest transactions, where rules look at a request and its answer. */
  transactions: Transaction[] = [];
  /** Rules that packets of a stream were already told of, until the stream itself is looked at. */
  readonly told: [Set<number>, Set<number>] = [new Set(), new Set()];

  constructor(id: number, proto: number, addresses: Uint32Array, clientPort: number, serverPort: number, now: number) {
    this.id = id;
    this.proto = proto;
    this.addresses = addresses;
    this.clientPort = clientPort;
    this.serverPort = serverPort;
    this.began = this.last = now;
  }

  setBit(name: string): void {
    if (this.bits.size < FLAGS) this.bits.add(name);
  }

  setInt(name: string, value: number): void {
    if (this.ints.size < FLAGS || this.ints.has(name)) this.ints.set(name, value);
  }

  /** The protocol that is spoken now; '' unknown. */
  get protocol(): string {
    return this.protocols.at(-1) ?? '';
  }

  directionOf(src: Uint32Array, at: number, port: number): Direction {
    const { addresses } = this;
    for (let i = 0; i < 4; i++) if (src[at + i] !== addresses[i]) return 1;
    const same = addresses.every((word, i) => i >= 4 || word === addresses[i + 4]);
    return same && port !== this.clientPort && (this.proto === 6 || this.proto === 17) ? 1 : 0;
  }
}

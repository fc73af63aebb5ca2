/** What rules know of one flow: who began it, how far it came, flags, and its application protocol. */
import type { Aged } from '../../../meter/age-list.ts';
import { PROTO } from '../../../meter/packets/types.ts';
import type { AppFlow, Direction, Transaction } from '../app/types.ts';
import type { SideWindow } from './window.ts';

/** Numbers of rules, of the client's direction and the server's. */
export type PlacesByDirection = readonly [Set<number>, Set<number>];

const NONE_KNOWN: readonly string[] = [];

/** Flags and counters a flow may have. */
const FLAGS = 256;

export class RuleFlow implements Aged<RuleFlow> {
  readonly id: number;
  readonly proto: number;
  // Whole numbers that lie in the flow itself: every packet is compared with them, and nobody asks most flows for more.
  private readonly client0: number;
  private readonly client1: number;
  private readonly client2: number;
  private readonly client3: number;
  private readonly server0: number;
  private readonly server1: number;
  private readonly server2: number;
  private readonly server3: number;
  private words: Uint32Array | undefined = undefined;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly began: number;
  last: number;
  /** Both ends have one address: ports tell them apart. */
  private readonly isWithItself: boolean;
  /** What `last` was when the flow was passed over in favour of others. */
  sparedAt = -Infinity;
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
  /** Who began before and after, among those that are followed. */
  older: RuleFlow | undefined = undefined;
  younger: RuleFlow | undefined = undefined;
  /** Application protocols, the newest last. */
  protocols: readonly string[] = NONE_KNOWN;
  /** Nothing known by now will become known. */
  unknown = false;
  app: AppFlow | null = null;
  /** Reassembled, of TCP. */
  sides: [SideWindow, SideWindow] | null = null;
  /** Latest transactions, where rules look at a request and its answer. */
  transactions: Transaction[] | null = null;
  // Made when first needed: most flows of a flood never need them.
  private bits: Set<string> | null = null;
  private ints: Map<string, number> | null = null;
  private onceSets: PlacesByDirection | null = null;
  private toldSets: PlacesByDirection | null = null;

  /** `addresses`: as those of the flow; they are copied. */
  constructor(id: number, proto: number, addresses: Uint32Array, clientPort: number, serverPort: number, now: number) {
    this.id = id;
    this.proto = proto;
    this.client0 = addresses[0]! | 0;
    this.client1 = addresses[1]! | 0;
    this.client2 = addresses[2]! | 0;
    this.client3 = addresses[3]! | 0;
    this.server0 = addresses[4]! | 0;
    this.server1 = addresses[5]! | 0;
    this.server2 = addresses[6]! | 0;
    this.server3 = addresses[7]! | 0;
    this.clientPort = clientPort;
    this.serverPort = serverPort;
    this.began = this.last = now;
    this.isWithItself = (proto === PROTO.TCP || proto === PROTO.UDP) && isOneHost(addresses);
  }

  /** Of the client, then of the server: who sent first, but that an answer to a greeting comes from the server. */
  get addresses(): Uint32Array {
    return (this.words ??= Uint32Array.of(
      this.client0,
      this.client1,
      this.client2,
      this.client3,
      this.server0,
      this.server1,
      this.server2,
      this.server3,
    ));
  }

  hasBit(name: string): boolean {
    return this.bits?.has(name) ?? false;
  }

  setBit(name: string): void {
    this.bits ??= new Set();
    if (this.bits.size < FLAGS) this.bits.add(name);
  }

  /** True where it was set. */
  unsetBit(name: string): boolean {
    return this.bits?.delete(name) ?? false;
  }

  intOf(name: string): number | undefined {
    return this.ints?.get(name);
  }

  setInt(name: string, value: number): void {
    this.ints ??= new Map();
    if (this.ints.size < FLAGS || this.ints.has(name)) this.ints.set(name, value);
  }

  /** Rules that look once a direction: numbers of rules that did. */
  get once(): PlacesByDirection {
    return (this.onceSets ??= [new Set(), new Set()]);
  }

  /** Rules that packets of a stream were already told of, until the stream itself is looked at. */
  get told(): PlacesByDirection {
    return (this.toldSets ??= [new Set(), new Set()]);
  }

  /** The same, where there were any. */
  get toldIfAny(): PlacesByDirection | null {
    return this.toldSets;
  }

  /** All numbers of rules that are remembered. */
  remembered(): Set<number>[] {
    return [...(this.onceSets ?? []), ...(this.toldSets ?? [])];
  }

  /** The protocol that is spoken now; '' unknown. */
  get protocol(): string {
    return this.protocols.at(-1) ?? '';
  }

  directionOf(src: Uint32Array, at: number, port: number): Direction {
    const isClient =
      (src[at + 3]! | 0) === this.client3 &&
      (src[at + 2]! | 0) === this.client2 &&
      (src[at + 1]! | 0) === this.client1 &&
      (src[at]! | 0) === this.client0;
    if (!isClient) return 1;
    return this.isWithItself && port !== this.clientPort ? 1 : 0;
  }
}

function isOneHost(addresses: Uint32Array): boolean {
  for (let i = 0; i < 4; i++) if (addresses[i] !== addresses[i + 4]) return false;
  return true;
}

/**
 * From the ends of a packet to the slot of its flow: open addressing with linear probing over an Int32Array, keyed by
 * the two ends whichever comes first, the protocol, and by VLAN and tunnel of the direction.
 */
import { stir, TABLE_SEED } from '../table-seed.ts';
import { NO_TAG } from './state.ts';
import type { HostTable } from '../hosts.ts';
import type { SegmentBatch } from '../packets/types.ts';
import type { Slots } from './slots.ts';

const EMPTY = -1;
const FIRST_SIZE = 8192;

function hashEnd(a: number, b: number, c: number, d: number, port: number): number {
  // IPv4 addresses differ in the last word only: the others cost them nothing.
  const h = a === 0 && b === 0 && c === 0xffff ? TABLE_SEED : stir(stir(stir(TABLE_SEED, a), b), c);
  return stir(stir(h, d), port);
}

export class FlowIndex {
  /** Side of the sender in the flow that the last `find` gave: 0 originator, 1 responder. */
  side = 0;
  /** Keeps the touching of `hashes` from being optimised away. */
  touched = 0;
  private readonly slots: Slots;
  private batch = new Int32Array(0);
  /** Pairs: slot (or -1), hash. Beside each other, so that a probe touches one cache line. */
  private table = new Int32Array(FIRST_SIZE * 2).fill(EMPTY);
  private mask = FIRST_SIZE - 1;
  private count = 0;

  constructor(slots: Slots) {
    this.slots = slots;
  }

  /** The same for both directions of a flow. `src` and `dst` are indices into four-word columns. */
  hash(
    srcWords: Uint32Array,
    src: number,
    sport: number,
    dstWords: Uint32Array,
    dst: number,
    dport: number,
    proto: number,
  ): number {
    const one = hashEnd(srcWords[src]!, srcWords[src + 1]!, srcWords[src + 2]!, srcWords[src + 3]!, sport);
    const two = hashEnd(dstWords[dst]!, dstWords[dst + 1]!, dstWords[dst + 2]!, dstWords[dst + 3]!, dport);
    let h = (one + two + Math.imul(one, two) + Math.imul(proto, 0x297a2d39)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    return h ^ (h >>> 15);
  }

  /**
   * Hashes of the first `count` rows by their ports as they are (for ICMP and the like: of no use), valid until the
   * next call. Each row's place in the table is touched: many fetches from memory then run at once, and `find` comes
   * upon what is in the cache (matters with hundreds of thousands of flows alive; see docs/performance.md).
   */
  hashes(c: SegmentBatch['columns'], count: number, hosts: HostTable): Int32Array<ArrayBuffer> {
    if (this.batch.length < count) this.batch = new Int32Array(count);
    const { batch, table, mask } = this;
    const { src, dst, srcPort, dstPort, proto } = c;
    let touched = 0;
    for (let i = 0; i < count; i++) {
      const hash = this.hash(src, i * 4, srcPort[i]!, dst, i * 4, dstPort[i]!, proto[i]!);
      batch[i] = hash;
      // Where nothing stands a flow is likely to begin, whose sender is then looked for.
      if (table[(hash & mask) * 2] === EMPTY) touched ^= hosts.touch(src, i * 4);
    }
    this.touched = touched;
    return batch;
  }

  /**
   * Slot of the live flow, or -1. A direction that was not seen yet takes any VLAN and tunnel, since captures often
   * tag only one direction; a direction that was seen keeps its own, so that equal addresses in two VLANs stay apart.
   */
  find(
    hash: number,
    srcWords: Uint32Array,
    src: number,
    sport: number,
    dstWords: Uint32Array,
    dst: number,
    dport: number,
    proto: number,
    tag: number,
    oneWay: boolean,
  ): number {
    const { live, state } = this.slots;
    const table = this.table;
    let fallback = EMPTY;
    let fallbackSide = 0;
    for (let at = hash & this.mask; ; at = (at + 1) & this.mask) {
      const slot = table[at * 2]!;
      if (slot === EMPTY) break;
      if (table[at * 2 + 1] !== hash || live.proto[slot] !== proto) continue;
      const w = slot * 4;
      let side = 0;
      if (
        live.origPort[slot] === sport &&
        live.respPort[slot] === dport &&
        sameAddress(live.orig, w, srcWords, src) &&
        sameAddress(live.resp, w, dstWords, dst)
      ) {
        side = 0;
      } else if (
        !oneWay &&
        live.origPort[slot] === dport &&
        live.respPort[slot] === sport &&
        sameAddress(live.orig, w, dstWords, dst) &&
        sameAddress(live.resp, w, srcWords, src)
      ) {
        side = 1;
      } else continue;
      const known = state.tag[slot * 2 + side]!;
      if (known === tag || (known === NO_TAG && state.tag[slot * 2 + 1 - side] === tag)) {
        this.side = side;
        return slot;
      }
      if (known === NO_TAG && fallback === EMPTY) {
        fallback = slot;
        fallbackSide = side;
      }
    }
    this.side = fallbackSide;
    return fallback;
  }

  insert(slot: number, hash: number): void {
    if (this.count * 2 >= this.mask) this.rehash();
    this.slots.state.hash[slot] = hash;
    this.place(slot, hash);
    this.count++;
  }

  remove(slot: number): void {
    const table = this.table;
    const mask = this.mask;
    let hole = this.slots.state.hash[slot]! & mask;
    while (table[hole * 2] !== slot) {
      if (table[hole * 2] === EMPTY) return;
      hole = (hole + 1) & mask;
    }
    // Entries behind the hole move up, unless they already stand where their hash wants them.
    for (let at = (hole + 1) & mask; table[at * 2] !== EMPTY; at = (at + 1) & mask) {
      const home = table[at * 2 + 1]! & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole * 2] = table[at * 2]!;
      table[hole * 2 + 1] = table[at * 2 + 1]!;
      hole = at;
    }
    table[hole * 2] = EMPTY;
    this.count--;
  }

  private place(slot: number, hash: number): void {
    let at = hash & this.mask;
    while (this.table[at * 2] !== EMPTY) at = (at + 1) & this.mask;
    this.table[at * 2] = slot;
    this.table[at * 2 + 1] = hash;
  }

  private rehash(): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2).fill(EMPTY);
    this.mask = this.table.length / 2 - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== EMPTY) this.place(old[i]!, old[i + 1]!);
    }
  }
}

/** Whether the four words of `one` from `i` are those of `two` from `j`. */
export function sameAddress(one: Uint32Array, i: number, two: Uint32Array, j: number): boolean {
  return one[i + 3] === two[j + 3] && one[i + 2] === two[j + 2] && one[i + 1] === two[j + 1] && one[i] === two[j];
}

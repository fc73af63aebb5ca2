/**
 * What one key (a source, a target) saw of late: flows, answers, refusals and sketches of distinct peers and ports,
 * over the current and the previous half minute of packet time. A slot is found by the key's low bits; a newer key
 * takes the slot of an older one, so that any number of keys costs the same memory.
 */

/** Half of the window: counts cover the last 30 to 60 s. */
export const HALF_WINDOW_S = 30;

const BITS = 256;
const SKETCH_WORDS = BITS / 32;

/** Distinct values by linear counting (Whang et al. 1990) from the number of bits set of 256. */
const DISTINCT = new Float64Array(BITS + 1);
for (let set = 0; set < BITS; set++) DISTINCT[set] = -BITS * Math.log(1 - set / BITS);
DISTINCT[BITS] = BITS * Math.log(BITS * 2);

function popcount(x: number): number {
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return (Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24) & 255;
}

/** Columns of one half window. */
interface Half {
  flows: Float64Array;
  answered: Float64Array;
  refused: Float64Array;
  peers: Uint32Array;
  ports: Uint32Array;
}

function makeHalf(slots: number): Half {
  return {
    flows: new Float64Array(slots),
    answered: new Float64Array(slots),
    refused: new Float64Array(slots),
    peers: new Uint32Array(slots * SKETCH_WORDS),
    ports: new Uint32Array(slots * SKETCH_WORDS),
  };
}

export class RecentWindows {
  private readonly ceiling: number;
  private mask: number;
  private keys: Uint32Array;
  private epochs: Float64Array;
  private now: Half;
  private past: Half;

  /** `ceiling`: most slots, a power of two; the table starts small and doubles while keys are below it. */
  constructor(ceiling = 1 << 16, initial = 1 << 8) {
    this.ceiling = ceiling;
    this.mask = initial - 1;
    this.keys = new Uint32Array(initial);
    this.epochs = new Float64Array(initial).fill(-1);
    this.now = makeHalf(initial);
    this.past = makeHalf(initial);
  }

  /** The slot of `key` with its halves turned to the time of `seconds`. */
  slot(key: number, seconds: number): number {
    while (key > this.mask && this.mask + 1 < this.ceiling) this.grow();
    const slot = key & this.mask;
    const epoch = Math.floor(seconds / HALF_WINDOW_S);
    if (this.keys[slot] !== key || this.epochs[slot] === -1) this.reset(slot, key, epoch);
    else if (epoch > this.epochs[slot]!) this.turn(slot, epoch);
    return slot;
  }

  /** A flow to `peer` (or from it) on `port`; both are hashed into the sketches. */
  addFlow(slot: number, peer: number, port: number): void {
    this.now.flows[slot]!++;
    setBit(this.now.peers, slot, peer);
    setBit(this.now.ports, slot, port);
  }

  addAnswer(slot: number): void {
    this.now.answered[slot]!++;
  }

  addRefusal(slot: number): void {
    this.now.refused[slot]!++;
  }

  flows(slot: number): number {
    return this.now.flows[slot]! + this.past.flows[slot]!;
  }

  answered(slot: number): number {
    return this.now.answered[slot]! + this.past.answered[slot]!;
  }

  refused(slot: number): number {
    return this.now.refused[slot]! + this.past.refused[slot]!;
  }

  peers(slot: number): number {
    return distinct(this.now.peers, this.past.peers, slot);
  }

  ports(slot: number): number {
    return distinct(this.now.ports, this.past.ports, slot);
  }

  private reset(slot: number, key: number, epoch: number): void {
    this.keys[slot] = key;
    this.epochs[slot] = epoch;
    clear(this.now, slot);
    clear(this.past, slot);
  }

  private turn(slot: number, epoch: number): void {
    clear(this.past, slot);
    if (epoch === this.epochs[slot]! + 1) copy(this.now, slot, this.past, slot);
    clear(this.now, slot);
    this.epochs[slot] = epoch;
  }

  private grow(): void {
    const slots = (this.mask + 1) * 2;
    const [keys, epochs, now, past] = [this.keys, this.epochs, this.now, this.past];
    this.keys = new Uint32Array(slots);
    this.epochs = new Float64Array(slots).fill(-1);
    this.now = makeHalf(slots);
    this.past = makeHalf(slots);
    this.mask = slots - 1;
    for (let old = 0; old < keys.length; old++) {
      if (epochs[old] === -1) continue;
      const slot = keys[old]! & this.mask;
      this.keys[slot] = keys[old]!;
      this.epochs[slot] = epochs[old]!;
      copy(now, old, this.now, slot);
      copy(past, old, this.past, slot);
    }
  }
}

function setBit(words: Uint32Array, slot: number, value: number): void {
  const hash = Math.imul(value ^ (value >>> 15), 0x9e3779b1);
  const bit = ((hash ^ (hash >>> 13)) >>> 8) & (BITS - 1);
  words[slot * SKETCH_WORDS + (bit >>> 5)]! |= 1 << (bit & 31);
}

function distinct(now: Uint32Array, past: Uint32Array, slot: number): number {
  let set = 0;
  const end = (slot + 1) * SKETCH_WORDS;
  for (let w = slot * SKETCH_WORDS; w < end; w++) set += popcount(now[w]! | past[w]!);
  return Math.round(DISTINCT[set]!);
}

function clear(half: Half, slot: number): void {
  half.flows[slot] = 0;
  half.answered[slot] = 0;
  half.refused[slot] = 0;
  const end = (slot + 1) * SKETCH_WORDS;
  for (let w = slot * SKETCH_WORDS; w < end; w++) {
    half.peers[w] = 0;
    half.ports[w] = 0;
  }
}

function copy(from: Half, old: number, to: Half, slot: number): void {
  to.flows[slot] = from.flows[old]!;
  to.answered[slot] = from.answered[old]!;
  to.refused[slot] = from.refused[old]!;
  for (let w = 0; w < SKETCH_WORDS; w++) {
    to.peers[slot * SKETCH_WORDS + w] = from.peers[old * SKETCH_WORDS + w]!;
    to.ports[slot * SKETCH_WORDS + w] = from.ports[old * SKETCH_WORDS + w]!;
  }
}

/** Seeded randomness: every random choice of detection comes from here. */

/** Murmur3's 32-bit finaliser. */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A uniform hash of a flow's number, 0 ≤ h < 2^53: the same whenever and wherever it is asked. Sampling by it does not
 * depend on the order in which rows come.
 */
export function hashId(id: number, seed: number): number {
  const low = id >>> 0;
  const high = Math.floor(id / 4294967296) >>> 0;
  const a = mix(low ^ mix(high ^ mix(seed ^ 0x9e3779b9)));
  const b = mix(a ^ Math.imul(low, 0x27d4eb2f) ^ 0x165667b1);
  return (a & 0x1fffff) * 4294967296 + b;
}

/** Random numbers 0 ≤ x < 1 of 32 bits; sfc32 of Chris Doty-Humphrey's PractRand, seeded by a number and a stream. */
export function randomSource(seed: number, stream = 0): () => number {
  let a = mix(seed ^ 0x2545f491);
  let b = mix(stream ^ 0x5bd1e995);
  let c = mix(seed + Math.imul(stream, 0x9e3779b1));
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

/** `count` distinct numbers of 0…size−1 in random order (all of them when there are fewer): a partial Fisher–Yates. */
export function sampleWithoutReplacement(size: number, count: number, random: () => number): Int32Array {
  const all = new Int32Array(size);
  for (let i = 0; i < size; i++) all[i] = i;
  const take = Math.min(count, size);
  for (let i = 0; i < take; i++) {
    const j = i + Math.floor(random() * (size - i));
    const swap = all[i]!;
    all[i] = all[j]!;
    all[j] = swap;
  }
  return all.slice(0, take);
}

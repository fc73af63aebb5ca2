/**
 * What is expected of the decisions in a batch (bits.ts): a table of probabilities and the weights of points of view. A batch is read
 * on its own, so every batch begins with the same model: what traffic is like in general, learned from generated traffic
 * (test/generator/train-wire.ts) and shipped as resources/models/fleet-wire.prior.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { resourcePath } from '../../paths.ts';

export const INPUTS = 4;
export const SLOT_BITS = 18;
const SLOTS = 1 << SLOT_BITS;
/** Sets of weights: a column has two of them, beside each other. */
export const SETS = 2048;
const WEIGHTS = SETS * INPUTS;
const WEIGHT = 0.3;
/** Weights are kept in these parts of one. */
const PARTS = 4096;
const NEW_SLOT = 0x8000_0000;
/** A slot is kept as twelve bits of its probability and four of how much was seen, by these counts. */
const SEEN = [0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 19, 22, 25, 28, 32] as const;

export interface Model {
  /** Probability of a 1 in the upper 22 bits, observations in the lower ten. */
  slots: Uint32Array;
  weights: Float64Array;
}

export interface Prior extends Model {
  /** Texts that every batch knows: names of protocols, of facts, letters of histories. */
  words: readonly string[];
  /** SHA-256 of what it was read from. */
  digest: string;
}

/** Of one who has seen nothing. */
export function emptyPrior(words: readonly string[] = []): Prior {
  const slots = new Uint32Array(SLOTS).fill(NEW_SLOT);
  return { slots, weights: new Float64Array(WEIGHTS).fill(WEIGHT), words, digest: '' };
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** As a file: the words as JSON, a line feed, slots, weights; packed. What was seen only once is left out. */
export function packPrior({ slots, weights }: Model, words: readonly string[]): Buffer {
  const kept = Uint16Array.from(slots, (slot) => {
    const seen = SEEN.findLastIndex((count) => count <= (slot & 1023));
    return seen < 2 ? 0x8000 : ((slot >>> 20) << 4) | seen;
  });
  const rounded = Int16Array.from(weights, (weight) => clamp(Math.round(weight * PARTS), -32_768, 32_767));
  const head = Buffer.from(`${JSON.stringify(words)}\n`, 'utf8');
  return zstdCompressSync(Buffer.concat([head, Buffer.from(kept.buffer), Buffer.from(rounded.buffer)]));
}

export function unpackPrior(packed: Buffer): Prior {
  const all = zstdDecompressSync(packed);
  const at = all.indexOf(0x0a) + 1;
  const words = JSON.parse(all.toString('utf8', 0, at)) as string[];
  const slots = Uint32Array.from({ length: SLOTS }, (_, i) => {
    const kept = all.readUInt16LE(at + i * 2);
    return (((kept >>> 4) << 20) | SEEN[kept & 15]!) >>> 0;
  });
  const from = at + SLOTS * 2;
  const weights = Float64Array.from({ length: WEIGHTS }, (_, i) => all.readInt16LE(from + i * 2) / PARTS);
  return { slots, weights, words, digest: createHash('sha256').update(packed).digest('hex') };
}

let shipped: Prior | undefined;

/** The shipped one. @throws Error where the installation is not whole. */
export function prior(): Prior {
  shipped ??= unpackPrior(readFileSync(resourcePath('models', 'fleet-wire.prior')));
  return shipped;
}

const scratch: Model = { slots: new Uint32Array(SLOTS), weights: new Float64Array(WEIGHTS) };

/** A model that begins with what is known, until it is asked for the next time. */
export function fresh({ slots, weights }: Model): Model {
  scratch.slots.set(slots);
  scratch.weights.set(weights);
  return scratch;
}

/** A column of a batch, and what is known of a value beside it. */
import { WireError } from './error.ts';
import { INPUTS, SETS } from './model.ts';

/** A column has two sets of weights. */
const PHASES = 2;

/** What a value may be. */
export interface Range {
  least: number;
  most: number;
  /** Only whole numbers. */
  whole: boolean;
}

/** @throws WireError */
export function checkRange(value: number, range: Range): number {
  // NaN fails both comparisons.
  if (!(value >= range.least && value <= range.most)) throw new WireError('out-of-range', 'a number is out of range');
  if (range.whole && !Number.isInteger(value)) throw new WireError('out-of-range', 'a number is not whole');
  return value;
}

export function mix(a: number, b: number): number {
  const h = Math.imul(a ^ (b | 0) ^ Math.floor(b / 4_294_967_296), 0x9e3779b1);
  return h ^ (h >>> 15);
}

const hashes = new Map<string, number>();

/** FNV-1a: columns are known by name, so a new one leaves what is known of the others. */
function hashOf(name: string): number {
  let h = hashes.get(name);
  if (h !== undefined) return h;
  h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  h ^= h >>> 15;
  hashes.set(name, h);
  return h;
}

/** A column of one batch. */
export class Column {
  readonly name: string;
  readonly hash: number;
  readonly set: number;
  /** Leading bits of a number that are told from each other; what follows them is noise. */
  readonly depth: number;
  before = 0;
  private readonly parts = new Map<string, Column>();

  constructor(name: string, depth = 16) {
    this.name = name;
    this.depth = depth;
    this.hash = hashOf(name);
    this.set = ((this.hash >>> 8) % (SETS / PHASES)) * PHASES * INPUTS;
  }

  part(name: string, depth = this.depth): Column {
    let part = this.parts.get(name);
    if (!part) this.parts.set(name, (part = new Column(`${this.name}/${name}`, depth)));
    return part;
  }
}

/** What else is known of a value: the kind of its row, and what stands beside it. */
export interface Beside {
  key: number;
  side: number;
}

export const ALONE: Beside = { key: 0, side: 0 };

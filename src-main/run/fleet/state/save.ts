/**
 * The state of an analysis as bytes. Behaviours are objects of maps, sets, lists, columns and small classes; what they refer to is
 * walked once and written as a flat table of nodes, so that lists of any length and rings of references are as good as trees.
 * Functions are not written: whoever reads the state back builds the analysis anew and lays the state over it (restore.ts).
 */
import { serialize } from 'node:v8';
import { constants, zstdCompressSync } from 'node:zlib';
import { nameOfClass } from './classes.ts';

/** Of the way states are written; others are not read. */
export const STATE_VERSION = 1;

/** Objects that are not state, by the name that both sides know them by: tables of hosts, models, views. */
export type Outside = ReadonlyMap<object, string>;

/** How a node was made: a list, a map, a set, or an object of these fields (`name`: its class, '' for none). */
export type Shape = { kind: 'list' } | { kind: 'map' } | { kind: 'set' } | ObjectShape;

export interface ObjectShape {
  kind: 'object';
  name: string;
  fields: readonly string[];
}

/** A value of a node: itself, `[n]` for a node, `[name]` for an object outside, `[]` for a function. */
export type Coded = unknown;

export interface SavedState {
  version: number;
  shapes: Shape[];
  /** By node: its shape, then its values. */
  nodes: [shape: number, ...values: Coded[]][];
}

/** Fast: states are written every few seconds, and are mostly zeros and repetitions. */
const LEVEL = 1;

/** Fields of classes that are no state: what they hold is made by who builds the object. */
const ONLY: ReadonlyMap<string, readonly string[]> = new Map([['scorer Scorer', ['context', 'flowsSeen']]]);

class Writer {
  private readonly outside: Outside;
  private readonly numbers = new Map<object, number>();
  private readonly waiting: object[] = [];
  private readonly shapes = new Map<string, number>();
  readonly saved: SavedState = { version: STATE_VERSION, shapes: [], nodes: [] };

  constructor(outside: Outside) {
    this.outside = outside;
  }

  write(root: object): SavedState {
    this.code(root);
    for (let i = 0; i < this.waiting.length; i++) this.saved.nodes.push(this.node(this.waiting[i]!));
    return this.saved;
  }

  private code(value: unknown): Coded {
    if (typeof value === 'function') return [];
    if (typeof value === 'symbol') throw new TypeError('a symbol cannot be saved');
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    const name = this.outside.get(value);
    if (name !== undefined) return [name];
    let number = this.numbers.get(value);
    if (number === undefined) {
      this.numbers.set(value, (number = this.waiting.length));
      this.waiting.push(value);
    }
    return [number];
  }

  private node(value: object): [number, ...Coded[]] {
    if (Array.isArray(value)) return [this.shape('list'), ...value.map((item: unknown) => this.code(item))];
    if (value instanceof Map) return [this.shape('map'), ...[...value].flat(1).map((item: unknown) => this.code(item))];
    if (value instanceof Set) return [this.shape('set'), ...[...value].map((item: unknown) => this.code(item))];
    return this.object(value as Record<string, unknown>);
  }

  private object(value: Record<string, unknown>): [number, ...Coded[]] {
    const prototype = Object.getPrototypeOf(value) as object | null;
    const isPlain = prototype === Object.prototype || prototype === null;
    const name = isPlain ? '' : nameOfClass(prototype);
    if (name === undefined) throw new TypeError(`objects of class ${value.constructor.name} cannot be saved`);
    const only = ONLY.get(name);
    const fields = only ?? Object.keys(value);
    return [this.shape('object', name, fields), ...fields.map((field) => this.code(value[field]))];
  }

  private shape(kind: Shape['kind'], name = '', fields: readonly string[] = []): number {
    const key = [kind, name, ...fields].join(' ');
    let number = this.shapes.get(key);
    if (number === undefined) {
      this.shapes.set(key, (number = this.saved.shapes.length));
      this.saved.shapes.push(kind === 'object' ? { kind, name, fields } : { kind });
    }
    return number;
  }
}

/**
 * What `root` refers to, as bytes.
 *
 * @throws TypeError for what cannot be saved (a class that classes.ts does not list): a mistake of ours.
 */
export function saveState(root: object, outside: Outside): Buffer {
  const bytes = serialize(new Writer(outside).write(root));
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

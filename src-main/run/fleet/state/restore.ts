/**
 * Lays a saved state over an analysis that was built anew with the same options. Where an object of the state and one of the new
 * analysis stand at the same place they are one: so functions and what belongs to the process stay those of the new one.
 */
import { deserialize } from 'node:v8';
import { zstdDecompressSync } from 'node:zlib';
import { SondeError } from '../../../../src-shared/errors.ts';
import { classNamed } from './classes.ts';
import { STATE_VERSION, type Coded, type ObjectShape, type Outside, type SavedState, type Shape } from './save.ts';

/** Largest state that is read, bytes. */
const LARGEST = 2 ** 31;

/** By these whoever writes a state would reach what all objects have in common. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

type Fields = Record<string, unknown>;

class Reader {
  private readonly saved: SavedState;
  private readonly outside = new Map<string, object>();
  /** By node. */
  private readonly made: (object | undefined)[];
  /** Objects of the new analysis that have their node. */
  private readonly taken = new Set<object>();

  constructor(saved: SavedState, outside: Outside) {
    this.saved = saved;
    for (const [object, name] of outside) this.outside.set(name, object);
    this.made = new Array<object | undefined>(saved.nodes.length);
  }

  lay(root: object): void {
    this.pair(root);
    for (let i = 0; i < this.made.length; i++) this.made[i] ??= this.make(this.shapeOf(i));
    for (let i = 0; i < this.made.length; i++) this.fill(i);
  }

  private shapeOf(node: number): Shape {
    const shape = this.saved.shapes[this.saved.nodes[node]![0]];
    if (shape?.kind === 'object' && shape.fields.some((field) => RESERVED.has(field)))
      throw new RangeError('a field has the name of what belongs to all objects');
    if (!shape) throw new RangeError(`node ${node} has no shape`);
    return shape;
  }

  /** Goes through the new analysis as far as the state agrees with it. */
  private pair(root: object): void {
    const open: [node: number, object: object][] = [];
    const meet = (value: Coded, object: unknown): void => {
      const node = nodeOf(value);
      if (node === undefined || typeof object !== 'object' || object === null) return;
      if (this.made[node] || this.taken.has(object) || !this.agrees(this.shapeOf(node), object)) return;
      this.made[node] = object;
      this.taken.add(object);
      open.push([node, object]);
    };
    meet([0], root);
    for (let next = open.pop(); next; next = open.pop()) {
      const [node, object] = next;
      const [, ...values] = this.saved.nodes[node]!;
      const shape = this.shapeOf(node);
      if (shape.kind === 'list') (object as unknown[]).forEach((item, i) => meet(values[i], item));
      else if (shape.kind === 'map') {
        for (let i = 0; i < values.length; i += 2) {
          if (!Array.isArray(values[i])) meet(values[i + 1], (object as Map<unknown, unknown>).get(values[i]));
        }
      } else if (shape.kind === 'object') {
        shape.fields.forEach((field, i) => meet(values[i], (object as Fields)[field]));
      }
    }
  }

  private agrees(shape: Shape, object: object): boolean {
    if (shape.kind === 'list') return Array.isArray(object);
    if (shape.kind === 'map') return object instanceof Map;
    if (shape.kind === 'set') return object instanceof Set;
    const prototype = Object.getPrototypeOf(object) as object | null;
    return shape.name === ''
      ? prototype === Object.prototype || prototype === null
      : prototype === classNamed(shape.name);
  }

  private make(shape: Shape): object {
    if (shape.kind === 'list') return [];
    if (shape.kind === 'map') return new Map();
    if (shape.kind === 'set') return new Set();
    if (shape.name === '') return {};
    const prototype = classNamed(shape.name);
    if (!prototype) throw new RangeError(`there is no class ${shape.name}`);
    return Object.create(prototype) as object;
  }

  private value(coded: Coded): unknown {
    if (!Array.isArray(coded)) return coded;
    const [what] = coded as [number | string | undefined];
    const found = typeof what === 'number' ? this.made[what] : this.outside.get(what ?? '');
    if (!found) throw new RangeError(`nothing is called ${what}`);
    return found;
  }

  private fill(node: number): void {
    const object = this.made[node]!;
    const [, ...values] = this.saved.nodes[node]!;
    const shape = this.shapeOf(node);
    // What is constant is the same on both sides.
    if (Object.isFrozen(object)) return;
    if (shape.kind === 'object') this.fillObject(object as Fields, shape, values);
    else if (shape.kind === 'list') {
      const list = object as unknown[];
      list.length = 0;
      for (const value of values) list.push(isFunction(value) ? undefined : this.value(value));
    } else if (shape.kind === 'set') {
      const set = object as Set<unknown>;
      set.clear();
      for (const value of values) set.add(this.value(value));
    } else {
      const map = object as Map<unknown, unknown>;
      map.clear();
      for (let i = 0; i < values.length; i += 2) map.set(this.value(values[i]), this.value(values[i + 1]));
    }
  }

  private fillObject(object: Fields, { name, fields }: ObjectShape, values: readonly Coded[]): void {
    for (const [i, field] of fields.entries()) {
      if (!isFunction(values[i])) object[field] = this.value(values[i]);
      else if (typeof object[field] !== 'function') throw new RangeError(`${name} ${field} is a function`);
    }
  }
}

const isFunction = (value: Coded): boolean => Array.isArray(value) && value.length === 0;

function nodeOf(value: Coded): number | undefined {
  return Array.isArray(value) && typeof value[0] === 'number' ? value[0] : undefined;
}

/**
 * Lays what `saveState` wrote over `root`, which was built with the same options and objects outside.
 *
 * @throws SondeError `wrong-version` for a state that another version wrote or that is damaged; `root` is of no use then.
 */
export function restoreState(bytes: Uint8Array, root: object, outside: Outside): void {
  try {
    const saved = deserialize(zstdDecompressSync(bytes, { maxOutputLength: LARGEST })) as SavedState;
    if (saved.version !== STATE_VERSION) throw new RangeError(`it is of version ${saved.version}`);
    new Reader(saved, outside).lay(root);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const cure =
      'Start all workers of a group by one version and the same options, or begin anew with another --group.';
    throw new SondeError('wrong-version', `a saved state cannot be read: ${why}`, 'state', cure, { cause: error });
  }
}

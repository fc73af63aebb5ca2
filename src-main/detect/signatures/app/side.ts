/** One side of a transaction while it is put together. */
import { bytesOf } from './bytes.ts';
import { LIMITS } from './limits.ts';
import type { Asks, Direction, Transaction } from './types.ts';

export class Side {
  readonly protocol: string;
  readonly direction: Direction;
  readonly id: number;
  readonly #buffers = new Map<string, Uint8Array[]>();
  readonly #numbers = new Map<string, number[]>();
  readonly #asks: Asks | undefined;
  #offered = false;

  /** `asks`: whether anybody asks for a buffer or number of this name; absent: for all. */
  constructor(protocol: string, direction: Direction, id: number, asks?: Asks) {
    this.protocol = protocol;
    this.direction = direction;
    this.id = id;
    this.#asks = asks;
  }

  /** Whether it is worth putting together what is to be added under this name. */
  asks(name: string): boolean {
    return this.#asks?.(name, this.direction) ?? true;
  }

  /** Adds a buffer; letters are taken as Latin-1. */
  add(name: string, value: Uint8Array | string | null | undefined): this {
    if (value === null || value === undefined) return this;
    this.#offered = true;
    return this.asks(name) ? this.put(name, value) : this;
  }

  /** The same of what is known to be asked for. */
  put(name: string, value: Uint8Array | string | null | undefined): this {
    if (value === null || value === undefined) return this;
    this.#offered = true;
    const list = this.#buffers.get(name);
    const bytes = typeof value === 'string' ? bytesOf(value) : value;
    if (list === undefined) this.#buffers.set(name, [bytes]);
    else if (list.length < LIMITS.repeats) list.push(bytes);
    return this;
  }

  number(name: string, value: number | null | undefined): this {
    if (value === null || value === undefined || Number.isNaN(value)) return this;
    this.#offered = true;
    if (!this.asks(name)) return this;
    const list = this.#numbers.get(name);
    if (list === undefined) this.#numbers.set(name, [value]);
    else if (list.length < LIMITS.repeats) list.push(value);
    return this;
  }

  /** The first buffer of a name. */
  first(name: string): Uint8Array | undefined {
    return this.#buffers.get(name)?.[0];
  }

  /** The numbers of a name so far. */
  numbersOf(name: string): readonly number[] {
    return this.#numbers.get(name) ?? [];
  }

  /** Nothing was offered, asked for or not. */
  get empty(): boolean {
    return !this.#offered;
  }

  done(): Transaction {
    return {
      protocol: this.protocol,
      direction: this.direction,
      id: this.id,
      buffers: this.#buffers,
      numbers: this.#numbers,
    };
  }
}

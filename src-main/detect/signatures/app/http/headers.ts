/** Header fields of HTTP: repeated and nameless ones too. */
import { LIMITS } from '../limits.ts';
import type { PlainHead } from './plain-head.ts';

export interface Field {
  /** As sent, without white space around it. */
  readonly name: string;
  /** Lower case without control characters: what it is compared by. */
  readonly key: string;
  value: string;
}

/** What was odd, for events. */
export interface Oddities {
  folded: boolean;
  noColon: boolean;
  repeated: boolean;
  tooLong: boolean;
  invalid: boolean;
}

/**
 * The fields of a message in order; those of one name are one, its values joined by `, ` (RFC 9110, 5.3). Of a plain block they
 * are put together when somebody asks for more than single ones.
 */
export class Headers {
  #plain: PlainHead | null = null;
  readonly #fields: Field[] = [];
  readonly #odd: Oddities = { folded: false, noColon: false, repeated: false, tooLong: false, invalid: false };
  readonly #byKey = new Map<string, Field>();
  readonly #counts = new Map<string, number>();
  readonly #each: Field[] = [];

  /** Takes a plain block; nothing was added before. */
  take(plain: PlainHead): void {
    this.#plain = plain;
  }

  get isEmpty(): boolean {
    return this.#plain ? this.#plain.isEmpty : this.#fields.length === 0;
  }

  get fields(): readonly Field[] {
    this.#unfold();
    return this.#fields;
  }

  get odd(): Oddities {
    this.#unfold();
    return this.#odd;
  }

  /** How often each came. */
  get counts(): ReadonlyMap<string, number> {
    this.#unfold();
    return this.#counts;
  }

  /** Each as it came, before those of one name are joined. */
  get each(): readonly Field[] {
    this.#unfold();
    return this.#each;
  }

  get(key: string): string | undefined {
    const plain = this.#plain;
    if (!plain) return this.#byKey.get(key)?.value;
    const line = plain.find(key);
    if (line < 0) return undefined;
    if (!plain.isRepeated(line, key)) return plain.value(line);
    this.#unfold();
    return this.#byKey.get(key)?.value;
  }

  /** The first value of a name. */
  first(key: string): string | undefined {
    const plain = this.#plain;
    if (!plain) return this.#each.find((field) => field.key === key)?.value;
    const line = plain.find(key);
    return line < 0 ? undefined : plain.value(line);
  }

  /** All fields but those of one name, a line each, as they stand in the message; null: they have to be put together. */
  linesWithout(key: string): Uint8Array | null {
    return this.#plain?.without(key) ?? null;
  }

  /** The names of all fields, each with a line end, between line ends. */
  names(): Uint8Array | string {
    const names = this.#plain?.names();
    return names ?? `\r\n${this.fields.map(({ name }) => `${name}\r\n`).join('')}\r\n`;
  }

  add(name: string, value: string): void {
    const key = keyOf(name);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (this.#each.length < LIMITS.headerCount) this.#each.push({ name, key, value });
    const before = this.#byKey.get(key);
    if (before !== undefined && key !== '') {
      this.#odd.repeated = true;
      if (before.value.length < LIMITS.headers) before.value += `, ${value}`;
      return;
    }
    if (this.#fields.length >= LIMITS.headerCount) return;
    const field = { name, key, value };
    this.#fields.push(field);
    this.#byKey.set(key, field);
  }

  #unfold(): void {
    const plain = this.#plain;
    if (!plain) return;
    this.#plain = null;
    for (const [name, value] of plain.fields()) this.add(name, value);
  }
}

/** A name to compare by: control characters and white space hide it from strict readers only. */
function keyOf(name: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return name.toLowerCase().replace(/[\0-\x20\x7f]/g, '');
}

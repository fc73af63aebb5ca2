/**
 * Keeps values of an MMDB file within bounds before a decoder that trusts them reads them: a few bytes can ask for
 * millions of elements, and pointers to lists of pointers for more than there is time for.
 *
 * The data section's form is MaxMind's (MaxMind DB File Format Specification, version 2.0): a control byte with type and
 * size, then the value.
 */

/** Values of one record, what pointers lead to counted each time; what one list or map holds; bytes of one value; nesting. */
const VALUES_MAX = 20_000;
const MEMBERS_MAX = 2048;
const BYTES_MAX = 65_536;
const DEPTH_MAX = 32;

const POINTER = 1;
const MAP = 7;
const ARRAY = 11;
const BOOLEAN = 14;
const LAST_TYPE = 15;
const FROM = [0, 2048, 526_336, 0];

/** A file says what nobody writes. */
export class DamagedPlaces extends Error {}

interface Head {
  type: number;
  size: number;
  /** Where the value begins. */
  at: number;
}

export class Guard {
  private readonly bytes: Buffer;
  private left = VALUES_MAX;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** @throws DamagedPlaces where the value at `at` is not sound; `base`: what pointers count from */
  check(at: number, base: number): void {
    this.left = VALUES_MAX;
    this.value(at, base, 0);
  }

  /** Where what follows the value begins. */
  private value(at: number, base: number, depth: number): number {
    if (this.left-- <= 0 || depth > DEPTH_MAX) throw new DamagedPlaces('a record is larger than any there is');
    const control = this.byte(at);
    if (control >> 5 === POINTER) return this.pointer(at, control, base, depth);
    const { type, size, at: from } = this.head(at, control);
    if (type === BOOLEAN) return from;
    if (type !== MAP && type !== ARRAY) {
      if (size > BYTES_MAX || from + size > this.bytes.length) throw new DamagedPlaces('a record leads beyond the end');
      return from + size;
    }
    if (size > MEMBERS_MAX) throw new DamagedPlaces('a record is larger than any there is');
    let next = from;
    for (let i = size * (type === MAP ? 2 : 1); i > 0; i--) next = this.value(next, base, depth + 1);
    return next;
  }

  private pointer(at: number, control: number, base: number, depth: number): number {
    const size = (control >> 3) & 3;
    let to = size === 3 ? 0 : control & 7;
    for (let i = 1; i <= size + 1; i++) to = to * 256 + this.byte(at + i);
    const target = base + FROM[size]! + to;
    if (this.byte(target) >> 5 === POINTER) throw new DamagedPlaces('a pointer leads to a pointer');
    this.value(target, base, depth + 1);
    return at + size + 2;
  }

  private head(at: number, control: number): Head {
    let type = control >> 5;
    let next = at + 1;
    if (type === 0) type = this.byte(next++) + 7;
    if (type > LAST_TYPE || type === POINTER || (control >> 5 === 0 && type <= MAP)) {
      throw new DamagedPlaces('a value of no known kind');
    }
    const short = control & 31;
    if (short < 29) return { type, size: short, at: next };
    const extra = short - 28;
    let size = 0;
    for (let i = 0; i < extra; i++) size = size * 256 + this.byte(next + i);
    return { type, size: size + [29, 285, 65_821][extra - 1]!, at: next + extra };
  }

  private byte(at: number): number {
    const byte = this.bytes[at];
    if (byte === undefined) throw new DamagedPlaces('a record leads beyond the end');
    return byte;
  }
}

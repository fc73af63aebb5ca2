/** BER and DER elements (X.690), bounded: for LDAP, Kerberos, SNMP and X.509. */

/** One element; the reader fills it in, so that walking a message makes no objects. */
export class Element {
  tag = 0;
  /** The content is [start, stop), which may pass the end of the bytes at hand: see `readElement`. */
  start = 0;
  stop = 0;

  is(tag: number): boolean {
    return this.tag === tag;
  }
}

/**
 * Reads the element at `at`. Tags of several bytes give their first byte. False when the bytes at hand do not hold
 * the whole tag and length, or the length is indefinite or longer than four bytes. The content may be longer than
 * what is there: compare `element.stop` with `end`.
 */
export function readElement(data: Uint8Array, at: number, end: number, element: Element): boolean {
  if (at + 2 > end) return false;
  element.tag = data[at]!;
  let next = at + 1;
  if ((element.tag & 0x1f) === 0x1f) {
    while (next < end && data[next]! & 0x80) next++;
    next++;
    if (next >= end) return false;
  }
  const first = data[next]!;
  next++;
  let length = first;
  if (first & 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4 || next + count > end) return false;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + data[next + i]!;
    next += count;
  }
  element.start = next;
  element.stop = next + length;
  return true;
}

/** As `readElement`, and the whole content is there. */
export function readWhole(data: Uint8Array, at: number, end: number, element: Element): boolean {
  return readElement(data, at, end, element) && element.stop <= end;
}

/** The integer content [at, end), signed, up to six bytes; longer ones give NaN. */
export function integer(data: Uint8Array, at: number, end: number): number {
  const length = end - at;
  if (length <= 0 || length > 6) return NaN;
  let value = data[at]! & 0x80 ? data[at]! - 256 : data[at]!;
  for (let i = at + 1; i < end; i++) value = value * 256 + data[i]!;
  return value;
}

/** Walks down: the content of the first child with `tag` in [at, end), into `element`. At most 64 children are looked at. */
export function child(data: Uint8Array, at: number, end: number, tag: number, element: Element): boolean {
  let next = at;
  for (let i = 0; i < 64 && next < end; i++) {
    if (!readWhole(data, next, end, element)) return false;
    if (element.tag === tag) return true;
    next = element.stop;
  }
  return false;
}

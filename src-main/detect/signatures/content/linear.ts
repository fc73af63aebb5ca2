/** Searching in a time that grows with the text alone, however a pattern repeats itself (Knuth, Morris and Pratt). */

/** How far a pattern repeats its own beginning, at each of its places. */
const repeats = new WeakMap<Uint8Array, Uint16Array>();

function repeatsOf(needle: Uint8Array): Uint16Array {
  let own = repeats.get(needle);
  if (own) return own;
  own = new Uint16Array(needle.length);
  for (let i = 1, length = 0; i < needle.length; i++) {
    while (length > 0 && needle[i] !== needle[length]) length = own[length - 1]!;
    if (needle[i] === needle[length]) length++;
    own[i] = length;
  }
  repeats.set(needle, own);
  return own;
}

/** As `find`, the letters of `hay` taken as `as` says. A pattern has fewer than 65,536 bytes. */
export function findLinear(hay: Uint8Array, needle: Uint8Array, from: number, end: number, as: Uint8Array): number {
  const own = repeatsOf(needle);
  let length = 0;
  for (let at = from; at < end; at++) {
    const letter = as[hay[at]!];
    while (length > 0 && needle[length] !== letter) length = own[length - 1]!;
    if (needle[length] === letter) length++;
    if (length === needle.length) return at + 1 - length;
  }
  return -1;
}

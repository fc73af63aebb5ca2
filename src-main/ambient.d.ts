/** What Node has and its type declarations leave out. */

/** Decoders without option parsing: several times faster than `toString` on the short strings of protocols. */
interface Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> extends Uint8Array<TArrayBuffer> {
  latin1Slice(start?: number, end?: number): string;
  ucs2Slice(start?: number, end?: number): string;
  hexSlice(start?: number, end?: number): string;
  utf8Slice(start?: number, end?: number): string;
}

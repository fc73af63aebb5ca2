/** What one flow may hold, in bytes unless said otherwise. */
export const LIMITS = {
  /** Not yet understood, of a direction: a protocol that asks for more gets nothing any more. */
  pending: 512 * 1024,
  /** Bytes of a direction looked at before a flow counts as of no known protocol. */
  recognise: 512,
  /** A body as sent, before it is decoded; its size is counted beyond. */
  body: 256 * 1024,
  /** A body after decoding: what a decompression bomb gets. */
  decoded: 1 << 20,
  /** Headers of a message, and the longest line of them. */
  headers: 64 * 1024,
  headerCount: 256,
  /** A line of a protocol of lines. */
  line: 16 * 1024,
  /** Content encodings, one inside another. */
  layers: 3,
  /** Requests that wait for their answers (a number). */
  waiting: 256,
  /** Buffers of one name in a transaction (a number). */
  repeats: 256,
} as const;

/** What a batch may hold at most: encoders keep to it, decoders refuse more. */
export const LIMITS = {
  /** Bytes of a batch as it is published. */
  packed: 4 << 20,
  /** Decisions that it takes to read one (bits.ts), some seconds' work at most; and bytes of all its texts. */
  decisions: 1 << 25,
  allTexts: 8 << 20,
  slices: 4096,
  hosts: 1 << 17,
  /** Rows of each list, of all slices together. */
  rows: 1 << 16,
  cards: 1 << 16,
  texts: 1 << 17,
  /** UTF-16 units of one text. */
  text: 4096 + 8,
  /** Facts of a flow. */
  facts: 32,
  fact: 256,
  /** Place of a row in its sensor's slice. */
  position: 1 << 22,
} as const;

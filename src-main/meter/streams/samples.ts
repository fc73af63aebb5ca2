/**
 * Every thirty-second of the latest 2 KiB that a stream has delivered, by sequence number: bytes that are sent again can be
 * compared with what came first, without keeping it. A change of 32 bytes or more is met by a sample; one of fewer may
 * pass. Costs 44 bytes written for a segment of full size.
 */
const SHIFT = 5;
const STEP = 1 << SHIFT;
const COUNT = 64;
const REACH = COUNT << SHIFT;

export class Samples {
  /** Made when first needed: most flows are datagrams or over soon. */
  private ring: Uint8Array | null = null;
  /** Bytes before the next expected one of which samples are held without a hole. */
  private reach = 0;
  private readonly isUsed: boolean;

  /** `isUsed`: else none are taken, and nothing differs. */
  constructor(isUsed = true) {
    this.isUsed = isUsed;
  }

  clear(): void {
    this.reach = 0;
  }

  /** Bytes [at, end) that were delivered; the first of them has the sequence number `seq`. */
  add(seq: number, data: Uint8Array, at: number, end: number): void {
    if (!this.isUsed) return;
    const length = end - at;
    const ring = (this.ring ??= new Uint8Array(COUNT));
    let offset = length > REACH ? length - REACH : 0;
    offset += (STEP - ((seq + offset) & (STEP - 1))) & (STEP - 1);
    for (let place = (seq + offset) >>> SHIFT; offset < length; offset += STEP, place++)
      ring[place & (COUNT - 1)] = data[at + offset]!;
    this.reach = Math.min(REACH, this.reach + length);
  }

  /**
   * Whether the segment [at, end), whose first byte has the number `seq`, repeats bytes before `next` with another
   * content.
   */
  differ(next: number, seq: number, data: Uint8Array, at: number, end: number): boolean {
    const { ring } = this;
    if (this.reach === 0 || !ring) return false;
    const old = (next - seq) | 0;
    const stop = Math.min(old, end - at);
    let offset = Math.max(0, old - this.reach);
    offset += (STEP - ((seq + offset) & (STEP - 1))) & (STEP - 1);
    for (; offset < stop; offset += STEP)
      if (ring[((seq + offset) >>> SHIFT) & (COUNT - 1)] !== data[at + offset]) return true;
    return false;
  }
}

/**
 * State of streams (hosts, channels, sockets) in one typed array, found by a 64-bit hash of who they are. Sets of eight places:
 * a new stream whose set is full takes the place of the one of them not seen for longest, so that memory is bounded
 * whatever comes. Two streams of the same 64 bits would share a place.
 */
const WAYS = 8;

export class StreamTable {
  /** `width` numbers a place. */
  readonly data: Float64Array;
  /** Streams that were forgotten for others. */
  evicted = 0;
  private readonly width: number;
  private readonly mask: number;
  private readonly keys: Uint32Array;
  /** Packet time of the last look-up, −∞ where nothing is. */
  private readonly seen: Float64Array;

  /** `places`: a power of two, at least eight. */
  constructor(places: number, width: number) {
    if (places < WAYS || (places & (places - 1)) !== 0) throw new RangeError(`${places} places: not a power of two`);
    this.width = width;
    this.data = new Float64Array(places * width);
    this.keys = new Uint32Array(places * 2);
    this.seen = new Float64Array(places).fill(-Infinity);
    this.mask = places / WAYS - 1;
  }

  /** Where the numbers of a stream begin in `data`; of a new one they are all 0. */
  find(high: number, low: number, now: number): number {
    const { keys, seen, width } = this;
    const first = (low & this.mask) * WAYS;
    let oldest = first;
    for (let place = first; place < first + WAYS; place++) {
      if (keys[place * 2] === high && keys[place * 2 + 1] === low && seen[place]! > -Infinity) {
        if (now > seen[place]!) seen[place] = now;
        return place * width;
      }
      if (seen[place]! < seen[oldest]!) oldest = place;
    }
    if (seen[oldest]! > -Infinity) this.evicted++;
    keys[oldest * 2] = high;
    keys[oldest * 2 + 1] = low;
    seen[oldest] = now;
    this.data.fill(0, oldest * width, (oldest + 1) * width);
    return oldest * width;
  }
}

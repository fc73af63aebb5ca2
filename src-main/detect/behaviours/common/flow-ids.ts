/** Which flows a case consists of, held in about two bytes each. */

/** Flow ids kept. */
export const FLOW_LIMIT = 10_000;
/** Flow ids that a case may hold whatever the others hold. */
const FLOWS_OWN = 128;
/** Flow ids that the cases of one behaviour hold together beyond those. */
const FLOWS_SHARED = 1 << 17;
/** Bytes to begin with: up to 64 lie in the object itself (V8), and most cases stay small. */
const FIRST_BYTES = 16;
/** Longest code of one step: 2^53 in groups of seven bits. */
const LONGEST = 8;

/** How many flow ids a behaviour's cases still have room for, together: a bound for captures that last for days. */
export class FlowRoom {
  private left: number;

  constructor(most = FLOWS_SHARED) {
    this.left = most;
  }

  take(): boolean {
    if (this.left <= 0) return false;
    this.left--;
    return true;
  }

  giveBack(count: number): void {
    this.left += count;
  }
}

/**
 * The first `FLOW_LIMIT` different flow ids, and how many there were. Ids given in a row need not be unique. With a room
 * that is shared: the first 128, and further ones while there is room.
 *
 * Ids (0 … 2^52) lie as steps from one to the next, seven bits a byte, sign in the lowest bit (as LEB128 and zigzag of Protocol
 * Buffers): cases that grow for days take a quarter of what numbers in an array do.
 */
export class FlowIds {
  total = 0;
  /** Ids held. */
  count = 0;
  private readonly limit: number;
  private last = -1;
  private room: FlowRoom | undefined;
  private taken = 0;
  private bytes: Uint8Array | undefined;
  private used = 0;
  /** The id that was put last. */
  private put = 0;

  constructor(limit = FLOW_LIMIT) {
    this.limit = limit;
  }

  /** Ids below 0 (no flow) and repeats of the one before are passed over. */
  add(flow: number): void {
    if (flow < 0 || flow === this.last) return;
    this.last = flow;
    this.total++;
    if (this.count >= this.limit) return;
    if (this.room && this.count >= FLOWS_OWN) {
      if (!this.room.take()) return;
      this.taken++;
    }
    this.count++;
    this.write(flow - this.put);
    this.put = flow;
  }

  /** The ids, in the order they came. */
  list(): number[] {
    const ids: number[] = [];
    let id = 0;
    for (let i = 0; i < this.used;) {
      let coded = 0;
      let scale = 1;
      for (; this.bytes![i]! >= 128; i++, scale *= 128) coded += (this.bytes![i]! - 128) * scale;
      coded += this.bytes![i++]! * scale;
      id += coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
      ids.push(id);
    }
    return ids;
  }

  /** From now on room is taken from what several share. */
  share(room: FlowRoom): void {
    this.room = room;
  }

  /** Nobody will look at these any more: what was taken of the shared room is free. */
  release(): void {
    this.room?.giveBack(this.taken);
    this.room = undefined;
    this.taken = 0;
  }

  /** Begins anew, in the same room. */
  clear(): void {
    this.room?.giveBack(this.taken);
    this.taken = this.total = this.count = this.used = this.put = 0;
    this.last = -1;
  }

  private write(step: number): void {
    let bytes = (this.bytes ??= new Uint8Array(FIRST_BYTES));
    if (this.used + LONGEST > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = this.bytes = larger;
    }
    let coded = step >= 0 ? step * 2 : -step * 2 - 1;
    for (; coded >= 128; coded = Math.floor(coded / 128)) bytes[this.used++] = 128 + (coded % 128);
    bytes[this.used++] = coded;
  }
}

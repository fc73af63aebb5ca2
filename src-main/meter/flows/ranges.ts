/**
 * Out-of-order stretches of TCP streams: which bytes lie beyond a hole, without the bytes. Sorted, disjoint lists in a
 * shared, bounded pool.
 */

const NONE = -1;
const FIRST_NODES = 256;
/** Stretches held for one direction; beyond it holes are closed as if their bytes had been seen. */
const MOST_OF_A_STREAM = 64;

export class RangePool {
  start = new Float64Array(FIRST_NODES);
  end = new Float64Array(FIRST_NODES);
  next = new Int32Array(FIRST_NODES);
  private free = NONE;
  private used = 0;
  private readonly ceiling: number;

  constructor(ceiling = 1 << 18) {
    this.ceiling = ceiling;
  }

  /** Adds [from, to) to the list that begins at `head`; returns its new first node. */
  add(head: number, from: number, to: number): number {
    let before = NONE;
    let at = head;
    let count = 0;
    while (at !== NONE && this.end[at]! < from) {
      before = at;
      at = this.next[at]!;
      count++;
    }
    if (at !== NONE && this.start[at]! <= to) {
      this.widen(at, from, to);
      return head;
    }
    if (count >= MOST_OF_A_STREAM) {
      if (this.end[before]! < to) this.end[before] = to;
      return head;
    }
    const node = this.take(from, to, at);
    if (node === NONE || before === NONE) return node === NONE ? head : node;
    this.next[before] = node;
    return head;
  }

  /** Frees the first node of a list and returns the one after it. */
  drop(head: number): number {
    const after = this.next[head]!;
    this.next[head] = this.free;
    this.free = head;
    return after;
  }

  clear(head: number): void {
    let at = head;
    while (at !== NONE) at = this.drop(at);
  }

  private widen(at: number, from: number, to: number): void {
    if (from < this.start[at]!) this.start[at] = from;
    if (to > this.end[at]!) this.end[at] = to;
    for (let after = this.next[at]!; after !== NONE && this.start[after]! <= this.end[at]!;) {
      if (this.end[after]! > this.end[at]!) this.end[at] = this.end[after]!;
      after = this.drop(after);
      this.next[at] = after;
    }
  }

  private take(from: number, to: number, after: number): number {
    let node = this.free;
    if (node !== NONE) this.free = this.next[node]!;
    else {
      if (this.used >= this.ceiling) return NONE;
      if (this.used >= this.start.length) this.grow();
      node = this.used++;
    }
    this.start[node] = from;
    this.end[node] = to;
    this.next[node] = after;
    return node;
  }

  private grow(): void {
    const size = this.start.length * 2;
    const start = new Float64Array(size);
    const end = new Float64Array(size);
    const next = new Int32Array(size);
    start.set(this.start);
    end.set(this.end);
    next.set(this.next);
    this.start = start;
    this.end = end;
    this.next = next;
  }
}

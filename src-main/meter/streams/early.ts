/**
 * Segments of a TCP direction that came before one that is missing: in order, none over another. Where one overlaps those
 * held before, theirs are the bytes. A segment costs its bytes and a search among those held.
 */
import type { Budget, Holder } from './budget.ts';

/** Segments and bytes held a direction while one before them is missing. */
export const HELD_SEGMENTS = 128;
export const HELD_BYTES = 32 * 1024;
/** What a segment takes beside its bytes. */
const PIECE_BYTES = 96;
/** Pages after the first take more than one small segment. */
const SECOND_PAGE = 257;

/** A buffer that several segments share; it is given back with the last of them. */
interface Page {
  readonly bytes: Uint8Array;
  used: number;
  pieces: number;
}

export interface Held {
  readonly seq: number;
  /** Bytes on the wire; `page` holds those captured, from `at`. */
  readonly length: number;
  readonly captured: number;
  readonly page: Page;
  readonly at: number;
}

const distance = (to: number, from: number): number => (to - from) | 0;

export class Early implements Holder {
  older: Holder | undefined = undefined;
  younger: Holder | undefined = undefined;
  bytes = 0;
  private readonly pieces: Held[] = [];
  /** Where the next small segment goes. */
  private page: Page | null = null;

  get count(): number {
    return this.pieces.length;
  }

  /** No further segment would be held, however small. */
  get crowded(): boolean {
    return this.pieces.length >= HELD_SEGMENTS;
  }

  /** The segment that comes first, or null. */
  get first(): Held | null {
    return this.pieces[0] ?? null;
  }

  /** Takes out the segment that comes first. The caller reads it and says `done`. */
  shift(budget: Budget): Held | null {
    const piece = this.pieces.shift();
    if (!piece) return null;
    this.bytes -= piece.captured;
    if (this.pieces.length === 0) budget.forgo(this);
    return piece;
  }

  /** A segment taken out was read. */
  done(budget: Budget, piece: Held): void {
    const { page } = piece;
    budget.release(PIECE_BYTES);
    budget.yielding -= PIECE_BYTES;
    if (--page.pieces > 0) return;
    budget.yielding -= page.bytes.length;
    budget.give(page.bytes);
    if (this.page === page) this.page = null;
  }

  giveWay(budget: Budget): void {
    if (this.pieces.length === 0) return;
    for (const piece of this.pieces) this.done(budget, piece);
    this.pieces.length = 0;
    this.bytes = 0;
    budget.forgo(this);
  }

  /** Whether the segment says something else than one that is held. */
  contradicts(seq: number, data: Uint8Array, at: number, captured: number): boolean {
    const { pieces } = this;
    for (let k = this.placeOf(seq); k < pieces.length; k++) {
      const piece = pieces[k]!;
      const ahead = distance(piece.seq, seq);
      if (ahead >= captured) return false;
      const { bytes } = piece.page;
      const stop = Math.min(captured, ahead + piece.captured);
      for (let i = Math.max(0, ahead); i < stop; i++) if (data[at + i] !== bytes[piece.at + i - ahead]) return true;
    }
    return false;
  }

  /** Holds what is new of a segment. False when there is no room. */
  hold(budget: Budget, seq: number, data: Uint8Array, at: number, captured: number, length: number): boolean {
    const { pieces } = this;
    let place = this.placeOf(seq);
    let from = 0;
    const before = pieces[place];
    if (before && distance(before.seq, seq) <= 0) {
      from = distance(before.seq, seq) + before.length;
      if (from >= length) return true;
      place++;
    }
    // Those that lie within are held with it from now on; it ends where one begins that does not.
    let end = length;
    let stop = place;
    let within = 0;
    for (; stop < pieces.length; stop++) {
      const piece = pieces[stop]!;
      const ahead = distance(piece.seq, seq);
      if (ahead >= end) break;
      if (ahead + piece.length > end || ahead + piece.captured > captured) {
        end = ahead;
        break;
      }
      within += piece.captured;
    }
    if (end <= from) return true;
    const size = Math.max(0, Math.min(captured, end) - from);
    if (pieces.length - (stop - place) >= HELD_SEGMENTS || this.bytes - within + size > HELD_BYTES) return false;
    const page = this.room(budget, size);
    if (!page) return false;
    // The room may have been its own.
    if (pieces.length === 0) place = stop = 0;
    const piece: Held = { seq: (seq + from) | 0, length: end - from, captured: size, page, at: page.used };
    page.bytes.set(data.subarray(at + from, at + from + size), page.used);
    page.used += size;
    page.pieces++;
    this.place(budget, place, stop, piece);
    return true;
  }

  /** Puts `piece` in the place of those from `place` to `stop`, whose bytes came first. */
  private place(budget: Budget, place: number, stop: number, piece: Held): void {
    const { pieces } = this;
    const { bytes } = piece.page;
    for (let k = place; k < stop; k++) {
      const old = pieces[k]!;
      bytes.set(old.page.bytes.subarray(old.at, old.at + old.captured), piece.at + distance(old.seq, piece.seq));
      this.bytes -= old.captured;
      this.done(budget, old);
    }
    if (pieces.length === 0) budget.enlist(this);
    if (place === pieces.length) pieces.push(piece);
    else pieces.splice(place, stop - place, piece);
    this.bytes += piece.captured;
  }

  /** A page with room for `size` bytes, and for what a piece takes itself; null when the ceiling is reached. */
  private room(budget: Budget, size: number): Page | null {
    if (!budget.reserve(PIECE_BYTES)) return null;
    budget.yielding += PIECE_BYTES;
    const { page } = this;
    if (page && page.used + size <= page.bytes.length) return page;
    const bytes = budget.take(page ? Math.max(SECOND_PAGE, size) : size);
    if (!bytes) {
      budget.release(PIECE_BYTES);
      budget.yielding -= PIECE_BYTES;
      return null;
    }
    budget.yielding += bytes.length;
    return (this.page = { bytes, used: 0, pieces: 0 });
  }

  /** Index of the first segment that ends after `seq`. */
  private placeOf(seq: number): number {
    const { pieces } = this;
    let low = 0;
    let high = pieces.length;
    const last = pieces[high - 1];
    if (!last || distance(last.seq, seq) + last.length <= 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = pieces[middle]!;
      if (distance(piece.seq, seq) + piece.length > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

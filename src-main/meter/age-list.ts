/**
 * Things in the order of their age, each linked to its neighbours. A `Map` alone would do, but finding its oldest entry takes
 * an iterator: a new one passes over the holes of all that was deleted, and one that is kept keeps every table the map has
 * outgrown since (memory without end, where entries are touched and none has to go).
 */

/** What can stand in one such list at a time. */
export interface Aged<T> {
  older: T | undefined;
  younger: T | undefined;
}

export class AgeList<T extends Aged<T>> {
  oldest: T | undefined;
  youngest: T | undefined;

  /** `one` is in no list. */
  append(one: T): void {
    one.older = this.youngest;
    if (this.youngest) this.youngest.younger = one;
    else this.oldest = one;
    this.youngest = one;
  }

  remove(one: T): void {
    const { older, younger } = one;
    if (older) older.younger = younger;
    else this.oldest = younger;
    if (younger) younger.older = older;
    else this.youngest = older;
    one.older = one.younger = undefined;
  }

  /** Makes it the youngest. */
  renew(one: T): void {
    if (one === this.youngest) return;
    this.remove(one);
    this.append(one);
  }
}

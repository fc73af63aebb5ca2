/** Where in a list something stands, by what it is about: so that each is compared with its likes, and not with all. */
export class Places<K> {
  private readonly lists = new Map<K, number[]>();

  /** To be called in the order of the list. */
  add(key: K, place: number): void {
    const list = this.lists.get(key);
    if (!list) this.lists.set(key, [place]);
    else if (list.at(-1) !== place) list.push(place);
  }

  of(key: K): readonly number[] {
    return this.lists.get(key) ?? NONE;
  }

  /** Those of all these keys, in the order of the list. */
  ofAll(keys: Iterable<K>, also: Iterable<number> = NONE): number[] {
    const found = new Set(also);
    for (const key of keys) for (const place of this.of(key)) found.add(place);
    return [...found].sort((a, b) => a - b);
  }
}

const NONE: readonly number[] = [];

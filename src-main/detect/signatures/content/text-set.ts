/** Sets of values that rules fill and ask (`dataset`). Each set of rules has its own; bounded. */

const MOST = 100_000;

/** Sets of one loading of rules, by name. */
export type TextSets = Map<string, TextSet>;

export class TextSet {
  private readonly values = new Set<string>();

  static named(sets: TextSets, name: string): TextSet {
    let set = sets.get(name);
    if (!set) sets.set(name, (set = new TextSet()));
    return set;
  }

  /** False: it was there, or there is no room. */
  add(bytes: Uint8Array): boolean {
    const text = Buffer.from(bytes).toString('latin1');
    if (this.values.has(text) || this.values.size >= MOST) return false;
    this.values.add(text);
    return true;
  }

  has(bytes: Uint8Array): boolean {
    return this.values.has(Buffer.from(bytes).toString('latin1'));
  }

  remove(bytes: Uint8Array): boolean {
    return this.values.delete(Buffer.from(bytes).toString('latin1'));
  }
}

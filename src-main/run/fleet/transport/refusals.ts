/** What was not taken from the server because it was too large: told once of a key, and counted. */
import type { TooLarge } from '../types.ts';

/** Keys that are remembered, the first ones. */
const KEYS = 64;
const NAME_MAX = 128;

export class Refusals {
  readonly byKey = new Map<string, TooLarge>();
  private readonly onFirst: (key: string, one: TooLarge) => void;

  constructor(onFirst: (key: string, one: TooLarge) => void = () => undefined) {
    this.onFirst = onFirst;
  }

  /** `part`: which entry or field of it; '' for all of it. */
  add(key: string, part: string, bytes: number): void {
    const known = this.byKey.get(key);
    if (!known && this.byKey.size >= KEYS) return;
    const one = { part: printable(part), bytes, times: (known?.times ?? 0) + 1 };
    this.byKey.set(key, one);
    if (!known) this.onFirst(key, one);
  }
}

/** For people, once of each key. */
export function tooLargeWords(key: string, { part, bytes }: TooLarge): string {
  const what = [part, bytes === 0 ? '' : `${bytes} bytes`].filter(Boolean).join(', ');
  const cure = 'Look who has rights in Redis, and remove it there.';
  return `Too large to be taken from the server, and passed over: ${key}${what === '' ? '' : ` (${what})`}. ${cure}`;
}

/** Names that somebody else wrote move no cursor. */
function printable(name: string): string {
  return name.slice(0, NAME_MAX).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

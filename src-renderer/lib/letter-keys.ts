/**
 * Whether single keys (`g o`, `/`, `x` …) do something. Speech input types such keys by accident, so that they can be
 * turned off (WCAG 2.1.4, Character Key Shortcuts); it is a matter of the person, so their browser remembers it.
 */
const KEY = 'sonde-letter-keys';
const OFF = 'off';

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class LetterKeys {
  private readonly store: Store;
  private readonly listeners = new Set<() => void>();
  private on: boolean;

  constructor(store: Store) {
    this.store = store;
    this.on = store.getItem(KEY) !== OFF;
  }

  readonly current = (): boolean => this.on;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  set(on: boolean): void {
    this.on = on;
    if (on) this.store.removeItem(KEY);
    else this.store.setItem(KEY, OFF);
    for (const listener of this.listeners) listener();
  }
}

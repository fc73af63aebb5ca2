/** Keys of the desk: one registry, so that `?` can list what works here and now. */
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { letterKeys } from './use-letter-keys.ts';

export interface KeyBinding {
  /** One key (`/`, `?`, `j`, `ArrowDown`) or two in a row (`g o`). */
  keys: string;
  label: string;
  run(): void;
}

interface Group {
  title: string;
  bindings: readonly KeyBinding[];
}

/** Time in which the second key of two must come. */
const CHORD_MS = 1500;

class Keys {
  private readonly groups = new Set<{ current: Group }>();
  private first = '';
  private at = 0;

  add(group: { current: Group }): () => void {
    this.groups.add(group);
    return () => void this.groups.delete(group);
  }

  all(): Group[] {
    return [...this.groups].map(({ current }) => current).filter(({ bindings }) => bindings.length > 0);
  }

  /** @returns whether the key meant something */
  press(key: string, now: number): boolean {
    const chord = this.first !== '' && now - this.at < CHORD_MS ? `${this.first} ${key}` : key;
    this.first = '';
    if (this.run(chord) || (chord !== key && this.run(key))) return true;
    if (!this.begins(key)) return false;
    this.first = key;
    this.at = now;
    return true;
  }

  private run(keys: string): boolean {
    // What was added last is nearest to the user.
    for (const { bindings } of this.all().reverse()) {
      const found = bindings.find((binding) => binding.keys === keys);
      if (found) {
        found.run();
        return true;
      }
    }
    return false;
  }

  private begins(key: string): boolean {
    return this.all().some(({ bindings }) => bindings.some(({ keys }) => keys.startsWith(`${key} `)));
  }
}

export const makeKeys = (): Keys => new Keys();

const KeysContext = createContext<Keys | null>(null);

/** Whether what has the focus takes letters itself. */
function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT') return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}

export function KeysProvider({ children }: { children: ReactNode }) {
  const keys = useMemo(makeKeys, []);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesText(event.target)) return;
      if (document.querySelector('[aria-modal="true"]') !== null) return;
      if (event.key.length === 1 && !letterKeys.current()) return;
      if (keys.press(event.key, event.timeStamp)) event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [keys]);
  return <KeysContext value={keys}>{children}</KeysContext>;
}

/** These keys work while the caller is shown. */
export function useKeys(title: string, bindings: readonly KeyBinding[]): void {
  const keys = useContext(KeysContext);
  const group = useRef<Group>({ title, bindings });
  group.current = { title, bindings };
  useEffect(() => keys?.add(group), [keys]);
}

/** What works now; asked each time the list is opened. */
export function useKeyGroups(open: boolean): Group[] {
  const keys = useContext(KeysContext);
  const [groups, setGroups] = useState<Group[]>([]);
  useEffect(() => {
    if (open && keys) setGroups(keys.all());
  }, [open, keys]);
  return groups;
}

/** Light or dark, by what was chosen and what the system has; knows no browser, so that it can be tested without one. */
import type { Settings } from '../../src-shared/contract/topics/settings.ts';

type Theme = Settings['theme'];
export type Scheme = 'light' | 'dark';

const KEY = 'sonde-theme';

/** What it needs of a browser. */
export interface ThemeParts {
  storage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
  /** Whether the system is dark, and when that changes. */
  dark: {
    readonly matches: boolean;
    addEventListener(type: 'change', listener: () => void): void;
    removeEventListener(type: 'change', listener: () => void): void;
  };
}

export class ThemeChoice {
  private readonly parts: ThemeParts;
  private readonly listeners = new Set<() => void>();
  /** Until the settings are there, what they were last time: no flash of the other colours. */
  private chosen: Theme;

  constructor(parts: ThemeParts) {
    this.parts = parts;
    const text = parts.storage.getItem(KEY);
    this.chosen = text === 'light' || text === 'dark' ? text : 'system';
  }

  choose(theme: Theme): void {
    if (theme === this.chosen) return;
    this.chosen = theme;
    this.parts.storage.setItem(KEY, theme);
    for (const listener of this.listeners) listener();
  }

  readonly scheme = (): Scheme => {
    if (this.chosen !== 'system') return this.chosen;
    return this.parts.dark.matches ? 'dark' : 'light';
  };

  /** Calls back when the scheme may have changed, until the function it returns is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.parts.dark.addEventListener('change', listener);
    return () => {
      this.listeners.delete(listener);
      this.parts.dark.removeEventListener('change', listener);
    };
  };
}

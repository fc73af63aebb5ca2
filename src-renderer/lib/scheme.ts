/** Light or dark: as the settings say, or as the system does. */
import { useSyncExternalStore } from 'react';
import type { Settings } from '../../src-shared/contract/topics/settings.ts';

type Theme = Settings['theme'];

const KEY = 'sonde-theme';

/** Until the settings are there, what they were last time: no flash of the other colours. */
let chosen: Theme = remembered();
const listeners = new Set<() => void>();
const dark = matchMedia('(prefers-color-scheme: dark)');

function remembered(): Theme {
  const text = localStorage.getItem(KEY);
  return text === 'light' || text === 'dark' ? text : 'system';
}

export function chooseTheme(theme: Theme): void {
  if (theme === chosen) return;
  chosen = theme;
  localStorage.setItem(KEY, theme);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  dark.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    dark.removeEventListener('change', listener);
  };
}

export function useScheme(): 'light' | 'dark' {
  return useSyncExternalStore(subscribe, () => (chosen === 'system' ? (dark.matches ? 'dark' : 'light') : chosen));
}

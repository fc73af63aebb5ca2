/** Light or dark: as the settings say, or as the system does. */
import { useSyncExternalStore } from 'react';
import type { Settings } from '../../src-shared/contract/topics/settings.ts';
import { tellTheme } from './shell.ts';
import { ThemeChoice, type Scheme } from './theme-choice.ts';

const choice = new ThemeChoice({ storage: localStorage, dark: matchMedia('(prefers-color-scheme: dark)') });

export function chooseTheme(theme: Settings['theme']): void {
  choice.choose(theme);
  tellTheme(theme);
}

export function useScheme(): Scheme {
  return useSyncExternalStore(choice.subscribe, choice.scheme);
}

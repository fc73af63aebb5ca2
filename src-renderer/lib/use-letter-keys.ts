import { useSyncExternalStore } from 'react';
import { LetterKeys } from './letter-keys.ts';

export const letterKeys = new LetterKeys(localStorage);

export function useLetterKeys(): [boolean, (on: boolean) => void] {
  return [useSyncExternalStore(letterKeys.subscribe, letterKeys.current), (on) => letterKeys.set(on)];
}

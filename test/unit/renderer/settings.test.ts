import { beforeEach, describe, expect, it } from 'vitest';
import { knownText, rolesWith } from '../../../src-renderer/lib/known.ts';
import { ThemeChoice } from '../../../src-renderer/lib/theme-choice.ts';

describe('a known device', () => {
  it('is told with name and role, as far as they are known', () => {
    expect(knownText({ name: 'Front door', role: 'Camera' })).toBe('Front door (Camera)');
    expect(knownText({ name: '', role: 'Camera' })).toBe('Camera');
    expect(knownText({ name: 'Front door', role: '' })).toBe('Front door');
    expect(knownText(undefined)).toBe('');
  });

  it('has its role before what it was seen to do, once', () => {
    expect(rolesWith({ name: '', role: 'scanner' }, ['scanner', 'client'])).toEqual(['scanner', 'client']);
    expect(rolesWith({ name: 'x', role: ' ' }, ['client'])).toEqual(['client']);
    expect(rolesWith(null, ['client'])).toEqual(['client']);
  });
});

describe('the theme', () => {
  const kept = new Map<string, string>();
  const listeners = new Set<() => void>();
  let systemIsDark = false;
  const begin = (): ThemeChoice =>
    new ThemeChoice({
      storage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) },
      dark: {
        get matches() {
          return systemIsDark;
        },
        addEventListener: (_, listener) => void listeners.add(listener),
        removeEventListener: (_, listener) => void listeners.delete(listener),
      },
    });

  beforeEach(() => {
    kept.clear();
    listeners.clear();
    systemIsDark = false;
  });

  it('is the system’s until another is chosen, and follows it as it changes', () => {
    const theme = begin();
    let told = 0;
    const end = theme.subscribe(() => told++);
    expect(theme.scheme()).toBe('light');
    systemIsDark = true;
    for (const listener of listeners) listener();
    expect([theme.scheme(), told]).toEqual(['dark', 1]);
    theme.choose('light');
    expect([theme.scheme(), told]).toEqual(['light', 2]);
    theme.choose('light');
    theme.choose('system');
    expect([theme.scheme(), told]).toEqual(['dark', 3]);
    end();
    expect(listeners.size).toBe(0);
  });

  it('is remembered for the next start, before the settings are there', () => {
    begin().choose('dark');
    expect(begin().scheme()).toBe('dark');
    kept.set('sonde-theme', 'purple');
    expect(begin().scheme()).toBe('light');
  });
});

/** Light or dark for what the system draws: menus, dialogs, and the window before its page is there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from '../../../src-shared/contract/schema.ts';
import { settingsShape, type Settings } from '../../../src-shared/contract/topics/settings.ts';
import type { ThemeParts } from './electron-parts.ts';

const kept = z.strictObject({ theme: settingsShape.shape.theme });

/** The setting itself is in the engine's database; this is what it was last time, for the moment before the engine runs. */
export class Theme {
  private readonly path: string;
  private readonly native: ThemeParts;

  constructor(path: string, native: ThemeParts) {
    this.path = path;
    this.native = native;
    native.themeSource = this.read();
  }

  choose(theme: Settings['theme']): void {
    if (theme === this.native.themeSource) return;
    this.native.themeSource = theme;
    try {
      writeFileSync(this.path, JSON.stringify({ theme }));
    } catch {
      // The next window may open in the other colours for a moment.
    }
  }

  private read(): Settings['theme'] {
    try {
      return kept.parse(JSON.parse(readFileSync(this.path, 'utf8'))).theme;
    } catch {
      return 'system';
    }
  }
}

/** Where the window was, and whether that place is still on a screen. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from '../../../src-shared/contract/schema.ts';

const saved = z.strictObject({
  x: z.int(),
  y: z.int(),
  width: z.int().min(1),
  height: z.int().min(1),
  maximized: z.boolean(),
});
export type SavedBounds = z.infer<typeof saved>;

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const SMALLEST = { width: 900, height: 600 } as const;
const FIRST = { width: 1440, height: 900 } as const;
/** So much of the window must be on a screen to be caught with the mouse, pixels. */
const CATCH = 80;

/** Null where there is none, or nothing sensible. */
export function readBounds(path: string): SavedBounds | null {
  try {
    return saved.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Whole or not at all. What cannot be written is not remembered. */
export function writeBounds(path: string, bounds: SavedBounds): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, JSON.stringify(bounds));
    renameSync(`${path}.tmp`, path);
  } catch {
    // A window in another place is no reason to trouble anyone.
  }
}

function overlap(a: Area, b: Area): { width: number; height: number } {
  return {
    width: Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
    height: Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y),
  };
}

/** Where to open: as it was if that can be seen; else centred by the system. `screens`: their work areas. */
export function openingBounds(
  was: SavedBounds | null,
  screens: readonly Area[],
): Partial<Area> & { maximized: boolean } {
  const home = was && screens.find((screen) => Object.values(overlap(was, screen)).every((length) => length >= CATCH));
  if (!was || !home) return { ...FIRST, maximized: was?.maximized ?? false };
  const width = Math.max(SMALLEST.width, Math.min(was.width, home.width));
  const height = Math.max(SMALLEST.height, Math.min(was.height, home.height));
  return { x: was.x, y: was.y, width, height, maximized: was.maximized };
}

/** Names of captures in lists to choose from: the same file may have been imported more than once. */
import type { CaptureRow } from '../../src-shared/contract/topics/captures.ts';
import { dateTime } from './clock.ts';

type Named = Pick<CaptureRow, 'id' | 'name' | 'importedAt'>;

/** By number: the name, and where others have it, too, which one it is. Times of `zone`. */
export function captureChoices(captures: readonly Named[], zone?: string): { value: string; label: string }[] {
  const known = new Map<string, number>();
  for (const { name } of captures) known.set(name, (known.get(name) ?? 0) + 1);
  return captures.map(({ id, name, importedAt }) => ({
    value: String(id),
    label: known.get(name) === 1 ? name : `${name} (${id}, imported ${dateTime(importedAt / 1000, zone)})`,
  }));
}

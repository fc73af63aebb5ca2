/** Names in the preview of an imported document: what comes, what goes, and what would be called alike. */
import { channelName, type AlertRoute, type Replacement } from '../../../../src-shared/contract/topics/alerts.ts';
import type { StoredChannel } from '../../../keep/store/types.ts';

const NAME_MAX = channelName.maxLength ?? 100;

/** `name`, or one with the id behind it where that is taken. */
function freeName({ id, name }: StoredChannel, taken: ReadonlySet<string>): string {
  for (let turn = 1, free = name; ; turn++) {
    if (!taken.has(free)) return free;
    const tail = turn === 1 ? ` (${id})` : ` (${id} ${turn})`;
    free = `${name.slice(0, NAME_MAX - tail.length)}${tail}`;
  }
}

/** Programs and people call channels by their names: of two that would be called alike, the later one is renamed. */
export function namesApart<T extends { channel: StoredChannel }>(
  asked: readonly T[],
  kept: readonly string[],
): (T & { renamedFrom: string | null })[] {
  const taken = new Set(kept);
  return asked.map((each) => {
    const name = freeName(each.channel, taken);
    taken.add(name);
    const renamedFrom = name === each.channel.name ? null : each.channel.name;
    return { ...each, channel: { ...each.channel, name }, renamedFrom };
  });
}

/** Its name, or what it does. */
export function routeName({ name, severity, channels }: AlertRoute, named: ReadonlyMap<string, string>): string {
  if (name !== '') return name;
  const to = channels.map((id) => named.get(id) ?? id).join(', ');
  return `${severity}${severity === 'critical' ? '' : ' or worse'} to ${to === '' ? 'nobody' : to}`;
}

/** A value's text, whatever the order of its fields. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

/** What comes and what goes; what is on both sides is neither. null where the document does not speak of it. */
export function replaced<T>(
  asked: readonly T[] | undefined,
  there: readonly T[],
  nameOf: (each: T) => string,
): Replacement {
  if (!asked) return null;
  const without = (some: readonly T[], others: readonly T[]): string[] => {
    const known = new Set(others.map(sorted));
    return some.filter((each) => !known.has(sorted(each))).map(nameOf);
  };
  return { count: asked.length, comes: without(asked, there), goes: without(there, asked) };
}

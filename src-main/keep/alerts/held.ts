/** What is held back for a digest, as the queue keeps it. */
import { z } from '../../../src-shared/contract/schema.ts';
import { SEVERITIES } from '../../../src-shared/domain/incident.ts';
import type { HeldWhy } from '../store/types.ts';
import { alertKey, digestAlert, type DigestItem, type Made } from './make.ts';
import type { Alert } from './types.ts';

const time = z.string().max(100);
/** A row may have been damaged, or another program may have written it. */
const item = z.object({
  incident: z.object({
    uid: z.string(),
    kind: z.string(),
    severity: z.enum(SEVERITIES),
    title: z.string(),
    firstTs: time,
    lastTs: time,
  }),
  reason: z.enum(['opened', 'worsened', 'goes-on', 'digest', 'report', 'test']),
  // What a date can be made of.
  at: z.number().min(0).max(8.64e15),
});

function itemOf(text: string): DigestItem | null {
  try {
    return item.parse(JSON.parse(text)) as DigestItem;
  } catch {
    return null;
  }
}

/** Those that can be read, and how many cannot. */
export function soundItems(rows: readonly { item: string }[]): { items: DigestItem[]; damaged: number } {
  const items = rows.map((row) => itemOf(row.item)).filter((each) => each !== null);
  return { items, damaged: rows.length - items.length };
}

/** `ids`: of the rows that it stands for. */
export function digestOf(
  channel: string,
  items: readonly DigestItem[],
  why: HeldWhy,
  ids: readonly number[],
  made: Made,
): Alert {
  const key = alertKey('digest', channel, String(made.at), String(ids[0]), String(ids.at(-1)));
  return digestAlert(items, why === 'ceiling', key, made);
}

/** Texts of many rows on their way to another thread: one text is copied in a hundredth of the time of as many as there are rows. */
import type { FlowRows } from './types.ts';

/** None of the rows' texts has a line's end, but for what someone else wrote: those go one by one. */
type Texts = string | readonly string[];

const NAMES = ['service', 'app', 'facts', 'uid', 'communityId'] as const;
type Name = (typeof NAMES)[number];

export type SentFlowRows = Omit<FlowRows, Name> & Readonly<Record<Name, Texts>>;

const asOne = (texts: readonly string[]): Texts =>
  texts.some((text) => text.includes('\n')) ? texts : texts.join('\n');

const apart = (texts: Texts): readonly string[] => (typeof texts === 'string' ? texts.split('\n') : texts);

export function sentRows(rows: FlowRows): SentFlowRows {
  const texts = NAMES.map((name) => [name, asOne(rows[name])] as const);
  return { ...rows, ...(Object.fromEntries(texts) as Record<Name, Texts>) };
}

export function receivedRows(rows: SentFlowRows): FlowRows {
  const texts = NAMES.map((name) => [name, apart(rows[name])] as const);
  return { ...rows, ...(Object.fromEntries(texts) as Record<Name, string[]>) };
}
